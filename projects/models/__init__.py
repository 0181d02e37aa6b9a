"""The models of what is built and by whom; one subject a file."""

from projects.choices import (
    Assigned,
    Category,
    Cluster,
    Commitment,
    DepartmentKind,
    Role,
    Stage,
)
from projects.models.inspection import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    InspectionScore,
    RoundMethod,
    RoundStatus,
)
from projects.models.milestone import DateBasis, ExtensionRequest, ExtensionState, Milestone
from projects.models.organisation import Department, Membership, User
from projects.models.programme import Programme, ProgrammeEntry
from projects.models.project import Project, ProjectCodeCounter, ProjectSupport, StageTransition
from projects.models.tokens import PersonalToken
from projects.models.working_day import CalendarDay

__all__ = [
    "Assigned",
    "CalendarDay",
    "Category",
    "Cluster",
    "Commitment",
    "DateBasis",
    "Department",
    "DepartmentKind",
    "ExtensionRequest",
    "ExtensionState",
    "InspectionCriterion",
    "InspectionEntry",
    "InspectionJudge",
    "InspectionRound",
    "InspectionScore",
    "Membership",
    "Milestone",
    "PersonalToken",
    "Programme",
    "ProgrammeEntry",
    "Project",
    "ProjectCodeCounter",
    "ProjectSupport",
    "Role",
    "RoundMethod",
    "RoundStatus",
    "Stage",
    "StageTransition",
    "User",
]
