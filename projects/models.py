"""The models of the app, listed for Django; nobody imports them from here."""

from projects.evidence.models import EvidenceFile
from projects.funding.models import FundingApplication
from projects.handover.models import NoticeCounter
from projects.importing.models import ImportPreview
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
)
from projects.lights.models import (
    LightExemption,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.people.models import CalendarDay, Department, Membership, PersonalToken, User
from projects.problems.models import Problem
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.register.models import Project, ProjectCodeCounter, ProjectSupport, StageTransition
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck

__all__ = [
    "Amendment",
    "Baseline",
    "CalendarDay",
    "Department",
    "EvidenceFile",
    "ExtensionRequest",
    "FundingApplication",
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
    "LightExemption",
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
    "Programme",
    "ProgrammeEntry",
    "ProgressReturn",
    "Project",
    "ProjectCodeCounter",
    "ProjectSupport",
    "ReturnPeriod",
    "SpotCheck",
    "StageTransition",
    "User",
]
