"""The models of what is built and by whom; one subject a file."""

from projects.choices import (
    Assigned,
    Category,
    Cluster,
    Commitment,
    DepartmentKind,
    LightColour,
    Role,
    Stage,
)
from projects.evidence.models import EvidenceFile, EvidenceSubject
from projects.funding.models import FundingApplication, FundingChannel, FundingState
from projects.handover.models import HandoverState, NoticeCounter
from projects.inspections.models import (
    Amendment,
    InspectionCriterion,
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionResult,
    InspectionRound,
    InspectionScore,
    JudgeGroup,
    RoundMethod,
    RoundStatus,
)
from projects.lights.models import (
    LightExemption,
    LightMeasure,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.milestones.models import (
    DateBasis,
    Decider,
    ExtensionRequest,
    ExtensionState,
    HandoverStep,
    Milestone,
)
from projects.models.importing import ImportPreview
from projects.people.models import CalendarDay, Department, Membership, PersonalToken, User
from projects.problems.models import Problem, ProblemKind, ProblemState
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.register.models import Project, ProjectCodeCounter, ProjectSupport, StageTransition
from projects.returns.models import ProgressReturn, ReturnPeriod, ReturnState, SpotCheck

__all__ = [
    "Amendment",
    "Assigned",
    "Baseline",
    "CalendarDay",
    "Category",
    "Cluster",
    "Commitment",
    "DateBasis",
    "Decider",
    "Department",
    "DepartmentKind",
    "EvidenceFile",
    "EvidenceSubject",
    "ExtensionRequest",
    "ExtensionState",
    "FundingApplication",
    "FundingChannel",
    "FundingState",
    "HandoverState",
    "HandoverStep",
    "ImportPreview",
    "InspectionCriterion",
    "InspectionDeduction",
    "InspectionEntry",
    "InspectionJudge",
    "InspectionResult",
    "InspectionRound",
    "InspectionScore",
    "JudgeGroup",
    "LightColour",
    "LightExemption",
    "LightMeasure",
    "LightOverride",
    "LightPolicy",
    "LightRule",
    "Membership",
    "Milestone",
    "MonthlyLight",
    "NoticeCounter",
    "PersonalToken",
    "PlanPoint",
    "Problem",
    "ProblemKind",
    "ProblemState",
    "Programme",
    "ProgrammeEntry",
    "ProgressReturn",
    "Project",
    "ProjectCodeCounter",
    "ProjectSupport",
    "ReturnPeriod",
    "ReturnState",
    "Role",
    "RoundMethod",
    "RoundStatus",
    "SpotCheck",
    "Stage",
    "StageTransition",
    "User",
]
