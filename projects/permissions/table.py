"""The permission table: role × model × action → scope (domain §1).

Administrators (superusers) may do everything and do not stand here. Who is in no cell may not:
a row that a person may not see answers 404, a verb that a person may not use 403.
`docs/permissions.md` is printed from this file by ``manage.py permission_table``.
"""

from enum import StrEnum

from projects.choices import Role


class Scope(StrEnum):
    """Which rows a cell is about."""

    ALL = "all"
    OWN = "own"  # rows that the person's department (or one below it) leads
    SUPPORTED = "supported"  # … leads, supports, or that stand in its district
    SELF = "self"  # rows about the person
    PUBLISHED = "published"  # rows of a published inspection round


class Group(StrEnum):
    """Circles of people that are no role of their own."""

    ANYONE = "anyone"  # everyone signed in
    PROGRAMME_OFFICE = "programme_office"  # reporters and heads of the programme office


ALL, OWN, SUPPORTED, SELF, PUBLISHED = Scope
ANYONE, OFFICE = Group
REPORTER, HEAD, SUPERVISOR, JUDGE, LEADER, VIEWER = Role

Cells = dict[str, Scope]

EVERYONE: Cells = {ANYONE: ALL}
SUPERVISORS: Cells = {SUPERVISOR: ALL}
OFFICE_AND_SUPERVISORS: Cells = {OFFICE: ALL, SUPERVISOR: ALL}
DEPARTMENT: Cells = {REPORTER: OWN, HEAD: OWN}
DEPARTMENT_AND_SUPERVISORS: Cells = {**DEPARTMENT, SUPERVISOR: ALL}
CONCERNED: Cells = {
    REPORTER: SUPPORTED,
    HEAD: SUPPORTED,
    SUPERVISOR: ALL,
    LEADER: ALL,
    VIEWER: ALL,
}
# What the programme office accepts, assigns or changes it has to see, of every department.
CONCERNED_AND_OFFICE: Cells = {**CONCERNED, OFFICE: ALL}
JUDGE_AND_SUPERVISORS: Cells = {JUDGE: SELF, SUPERVISOR: ALL}
NOBODY: Cells = {}
HEADS: Cells = {HEAD: OWN}
LEADERS: Cells = {LEADER: ALL}
THE_OFFICE: Cells = {OFFICE: ALL}
DEPARTMENT_AND_OFFICE: Cells = {**DEPARTMENT, **THE_OFFICE}
CONCERNED_AND_SUPERVISORS: Cells = {REPORTER: SUPPORTED, HEAD: SUPPORTED, SUPERVISOR: ALL}

TABLE: dict[str, dict[str, Cells]] = {
    "projects.Department": {
        "view": EVERYONE,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
    },
    # Accounts and roles are given by administrators: whoever gives roles could take any.
    "projects.User": {"view": EVERYONE, "add": NOBODY, "change": NOBODY, "delete": NOBODY},
    "projects.Membership": {"view": EVERYONE, "add": NOBODY, "change": NOBODY, "delete": NOBODY},
    "projects.CalendarDay": {
        "view": EVERYONE,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
    },
    "projects.Programme": {
        "view": EVERYONE,
        "add": OFFICE_AND_SUPERVISORS,
        "change": OFFICE_AND_SUPERVISORS,
        "delete": SUPERVISORS,
        "approve": OFFICE_AND_SUPERVISORS,
    },
    "projects.ProgrammeEntry": {
        "view": EVERYONE,
        "add": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
        "change": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
        "delete": OFFICE_AND_SUPERVISORS,
        "approve": OFFICE_AND_SUPERVISORS,
        "rebaseline": OFFICE_AND_SUPERVISORS,
        "leave": OFFICE_AND_SUPERVISORS,
    },
    "projects.Baseline": {"view": EVERYONE},
    "projects.PlanPoint": {
        "view": EVERYONE,
        "add": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
        "change": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
        "delete": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
    },
    "projects.ReturnPeriod": {"view": EVERYONE, "add": OFFICE_AND_SUPERVISORS},
    # Supervisors do not accept returns, they check on site.
    "projects.ProgressReturn": {
        "view": CONCERNED_AND_OFFICE,
        "change": DEPARTMENT,
        "submit": DEPARTMENT,
        "confirm": HEADS,
        "send_back": {**HEADS, **THE_OFFICE},
        "accept": THE_OFFICE,
        "correct": DEPARTMENT,
    },
    "projects.SpotCheck": {"view": CONCERNED_AND_OFFICE, "add": SUPERVISORS},
    "projects.LightPolicy": {"view": EVERYONE, "add": SUPERVISORS},
    "projects.MonthlyLight": {"view": EVERYONE, "add": SUPERVISORS},
    "projects.LightOverride": {
        "view": EVERYONE,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
    },
    "projects.LightExemption": {
        "view": EVERYONE,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
    },
    "projects.Problem": {
        "view": {ANYONE: SELF, **CONCERNED_AND_OFFICE},
        "add": CONCERNED_AND_SUPERVISORS,
        "change": DEPARTMENT,
        "delete": SUPERVISORS,
        "assign": OFFICE_AND_SUPERVISORS,
        "solve": DEPARTMENT,  # of the department that must solve it (ACTION_PATH)
        # Only whoever raised it closes the loop.
        "confirm": {ANYONE: SELF},
        "reopen": {ANYONE: SELF, SUPERVISOR: ALL},
    },
    "projects.FundingApplication": {
        "view": CONCERNED_AND_OFFICE,
        "add": DEPARTMENT_AND_OFFICE,
        "change": DEPARTMENT_AND_OFFICE,
        "delete": {**THE_OFFICE, **SUPERVISORS},
    },
    "projects.HandoverStep": {
        "view": CONCERNED,
        "report": DEPARTMENT,
        "decide": SUPERVISORS,  # assign, return, park, close
    },
    "projects.EvidenceFile": {"view": CONCERNED_AND_OFFICE, "add": CONCERNED_AND_SUPERVISORS},
    "projects.Project": {
        "view": EVERYONE,
        "add": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
        "change": {**DEPARTMENT, **OFFICE_AND_SUPERVISORS},
        "delete": OFFICE_AND_SUPERVISORS,
    },
    "projects.StageTransition": {
        "view": EVERYONE,
        "add": DEPARTMENT_AND_SUPERVISORS,
        # Back moves, take-backs and 终止 need a supervisor and a reason.
        "move_back": SUPERVISORS,
    },
    "projects.Milestone": {
        "view": EVERYONE,
        "add": DEPARTMENT_AND_SUPERVISORS,
        "change": DEPARTMENT_AND_SUPERVISORS,
        "delete": SUPERVISORS,
    },
    "projects.ExtensionRequest": {
        "view": CONCERNED,
        "add": DEPARTMENT,
        "change": DEPARTMENT,
        "delete": DEPARTMENT,
        "sign": HEADS,
        # Which of the two decides is a rule of its own (projects/milestones/rules.py).
        "decide": {**SUPERVISORS, **LEADERS},
    },
    "projects.InspectionRound": {
        "view": EVERYONE,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
        "open": SUPERVISORS,
        "close": SUPERVISORS,
        "approve": LEADERS,
        "publish": SUPERVISORS,
    },
    "projects.InspectionDeduction": {
        "view": CONCERNED,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
    },
    "projects.InspectionResult": {"view": EVERYONE},  # there are none before publication
    "projects.Amendment": {"view": EVERYONE, "add": SUPERVISORS},
    "projects.InspectionEntry": {
        "view": EVERYONE,
        "add": SUPERVISORS,
        "change": SUPERVISORS,
        "delete": SUPERVISORS,
    },
    "projects.InspectionScore": {
        "view": {ANYONE: PUBLISHED, JUDGE: SELF, **CONCERNED},
        "add": JUDGE_AND_SUPERVISORS,
        "change": JUDGE_AND_SUPERVISORS,
        "delete": SUPERVISORS,
    },
}

# Fields that a department never changes on its own rows: what it promised is not its to move.
SUPERVISED_FIELDS: dict[str, frozenset[str]] = {
    "projects.Project": frozenset({"lead_department", "sponsor", "section"}),
    "projects.ProgrammeEntry": frozenset({"programme", "project", "approved_on", "approved_by"}),
    "projects.Milestone": frozenset(
        {"project", "name", "commitment", "baseline_on", "due_on", "date_basis", "section"}
    ),
}
# … and what it does not fill in either when it makes the row: others decide it.
SUPERVISED_ON_CREATION: dict[str, frozenset[str]] = {
    "projects.Project": frozenset({"sponsor"}),
    "projects.ProgrammeEntry": frozenset({"approved_on", "approved_by"}),
}
# Who is above the department for these fields.
FIELD_SUPERVISORS = frozenset({SUPERVISOR, OFFICE})

# From a model's row to the departments and the person that the scopes speak of.
OWN_PATH: dict[str, str] = {
    "projects.Project": "lead_department",
    "projects.ProgrammeEntry": "project__lead_department",
    "projects.PlanPoint": "entry__project__lead_department",
    "projects.ProgressReturn": "project__lead_department",
    "projects.SpotCheck": "project__lead_department",
    "projects.Problem": "project__lead_department",
    "projects.FundingApplication": "project__lead_department",
    "projects.HandoverStep": "milestone__project__lead_department",
    "projects.EvidenceFile": "project__lead_department",
    "projects.InspectionDeduction": "entry__project__lead_department",
    "projects.StageTransition": "project__lead_department",
    "projects.Milestone": "project__lead_department",
    "projects.ExtensionRequest": "milestone__project__lead_department",
    "projects.InspectionScore": "entry__project__lead_department",
}
# … and other departments that a row is as much about: a part's figure is its own department's.
OWN_ALSO: dict[str, tuple[str, ...]] = {}
# Actions that another department than the leading one takes.
ACTION_PATH: dict[tuple[str, str], str] = {("projects.Problem", "solve"): "solver_department"}
SUPPORTED_PATHS: dict[str, tuple[str, ...]] = {
    **{
        f"projects.{model}": ("project__supporting_departments", "project__district")
        for model in ("ProgressReturn", "SpotCheck", "FundingApplication", "EvidenceFile")
    },
    "projects.Problem": (
        "project__supporting_departments",
        "project__district",
        "solver_department",
    ),
    "projects.HandoverStep": (
        "milestone__project__supporting_departments",
        "milestone__project__district",
    ),
    "projects.InspectionDeduction": (
        "entry__project__supporting_departments",
        "entry__project__district",
    ),
    "projects.ExtensionRequest": (
        "milestone__project__supporting_departments",
        "milestone__project__district",
    ),
    "projects.InspectionScore": (
        "entry__project__supporting_departments",
        "entry__project__district",
    ),
}
SELF_PATH: dict[str, str] = {
    "projects.Problem": "raised_by",
    "projects.InspectionScore": "judge__user",
}
PUBLISHED_PATH: dict[str, str] = {"projects.InspectionScore": "inspection_round__status"}


def add_rows(
    rows: dict[str, dict[str, Cells]],
    *,
    supervised_fields: dict[str, frozenset[str]] | None = None,
    own_path: dict[str, str] | None = None,
    own_also: dict[str, tuple[str, ...]] | None = None,
    supported_paths: dict[str, tuple[str, ...]] | None = None,
    self_path: dict[str, str] | None = None,
) -> None:
    """Adds the rows of an app that stands above this one, with the paths that they speak of.

    Each app calls this in ``ready()``; of this app nothing names what lies above it.
    """
    TABLE.update(rows)
    SUPERVISED_FIELDS.update(supervised_fields or {})
    OWN_PATH.update(own_path or {})
    OWN_ALSO.update(own_also or {})
    SUPPORTED_PATHS.update(supported_paths or {})
    SELF_PATH.update(self_path or {})
