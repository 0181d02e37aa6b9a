"""The routes of what is built and by whom."""

from projects.evidence import api as evidence
from projects.funding import api as funding
from projects.inspections import api as inspections
from projects.lights import api as lights
from projects.milestones.api import ExtensionRequestViewSet, HandoverStepViewSet, MilestoneViewSet
from projects.opendata.api import OpenProjectViewSet
from projects.people.api import (
    CalendarDayViewSet,
    DepartmentViewSet,
    MembershipViewSet,
    UserViewSet,
)
from projects.problems import api as problems
from projects.programmes import api as programmes
from projects.progress.api import EntryProgressViewSet, ProgrammeProgressViewSet
from projects.returns import api as returns

ROUTES = [
    ("departments", DepartmentViewSet),
    ("users", UserViewSet),
    ("memberships", MembershipViewSet),
    ("calendar-days", CalendarDayViewSet),
    ("programmes", ProgrammeProgressViewSet),
    ("programme-entries", EntryProgressViewSet),
    ("plan-points", programmes.PlanPointViewSet),
    ("projects", OpenProjectViewSet),
    ("milestones", MilestoneViewSet),
    ("extension-requests", ExtensionRequestViewSet),
    ("hand-over-steps", HandoverStepViewSet),
    ("problems", problems.ProblemViewSet),
    ("funding-applications", funding.FundingApplicationViewSet),
    ("evidence-files", evidence.EvidenceFileViewSet),
    ("inspection-rounds", inspections.InspectionRoundViewSet),
    ("inspection-entries", inspections.InspectionEntryViewSet),
    ("inspection-scores", inspections.InspectionScoreViewSet),
    ("inspection-deductions", inspections.InspectionDeductionViewSet),
    ("inspection-results", inspections.InspectionResultViewSet),
    ("amendments", inspections.AmendmentViewSet),
    ("return-periods", returns.ReturnPeriodViewSet),
    ("progress-returns", returns.ProgressReturnViewSet),
    ("spot-checks", returns.SpotCheckViewSet),
    ("monthly-lights", lights.MonthlyLightViewSet),
    ("light-policies", lights.LightPolicyViewSet),
    ("light-overrides", lights.LightOverrideViewSet),
    ("light-exemptions", lights.LightExemptionViewSet),
]
