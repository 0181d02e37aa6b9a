"""All reports, by name. A new one is a file and a line here."""

from portfolio.reports.catalogue.changes import Changes
from portfolio.reports.catalogue.deadlines import Deadlines
from portfolio.reports.catalogue.four_batches import FourBatches
from portfolio.reports.catalogue.funding import Funding
from portfolio.reports.catalogue.inspection import InspectionRanking, InspectionTrend
from portfolio.reports.catalogue.lights_by_month import LightsByMonth
from portfolio.reports.catalogue.milestones import Milestones
from portfolio.reports.catalogue.portfolio_summary import PortfolioSummary
from portfolio.reports.catalogue.problems import Problems
from portfolio.reports.catalogue.project_lights import ProjectLights
from portfolio.reports.catalogue.returns_punctuality import ReturnsPunctuality
from portfolio.reports.catalogue.scoreboard import DepartmentScoreboard, DistrictScoreboard
from portfolio.reports.catalogue.target_progress import TargetProgress
from portfolio.reports.engine.report import Report

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        PortfolioSummary(),
        FourBatches(),
        DepartmentScoreboard(),
        DistrictScoreboard(),
        InspectionRanking(),
        InspectionTrend(),
        TargetProgress(),
        Deadlines(),
        Milestones(),
        ProjectLights(),
        LightsByMonth(),
        ReturnsPunctuality(),
        Problems(),
        Funding(),
        Changes(),
    )
}
