"""All reports, by name. A new one is a file and a line here."""

from portfolio.reports.changes import Changes
from portfolio.reports.deadlines import Deadlines
from portfolio.reports.four_batches import FourBatches
from portfolio.reports.funding import Funding
from portfolio.reports.inspection import InspectionRanking, InspectionTrend
from portfolio.reports.lights_by_month import LightsByMonth
from portfolio.reports.milestones import Milestones
from portfolio.reports.portfolio_summary import PortfolioSummary
from portfolio.reports.problems import Problems
from portfolio.reports.project_lights import ProjectLights
from portfolio.reports.report import Report
from portfolio.reports.returns_punctuality import ReturnsPunctuality
from portfolio.reports.scoreboard import DepartmentScoreboard, DistrictScoreboard
from portfolio.reports.target_progress import TargetProgress

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
