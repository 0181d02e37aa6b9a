"""Who may do what with targets: this app's rows of the permission table."""

from projects.permissions import table
from projects.permissions.table import (
    CONCERNED,
    CONCERNED_AND_SUPERVISORS,
    DEPARTMENT,
    DEPARTMENT_AND_SUPERVISORS,
    EVERYONE,
    SUPERVISORS,
)


def add_permissions() -> None:
    """Adds this app's rows to the permission table."""
    table.add_rows(
        {
            "targets.Target": {
                "view": EVERYONE,
                "add": SUPERVISORS,
                "change": SUPERVISORS,
                "delete": SUPERVISORS,
            },
            "targets.TargetPart": {
                "view": EVERYONE,
                "add": SUPERVISORS,
                "change": SUPERVISORS,
                "delete": SUPERVISORS,
            },
            "targets.TargetPathPoint": {
                "view": EVERYONE,
                "add": SUPERVISORS,
                "change": SUPERVISORS,
                "delete": SUPERVISORS,
            },
            "targets.WorkItem": {
                "view": EVERYONE,
                "add": DEPARTMENT_AND_SUPERVISORS,
                "change": DEPARTMENT_AND_SUPERVISORS,
                "delete": SUPERVISORS,
            },
            "targets.WorkItemStep": {
                "view": CONCERNED,
                "report": DEPARTMENT,
                "decide": SUPERVISORS,  # assign, return, park, close
            },
            "targets.WorkItemEvidence": {"view": CONCERNED, "add": CONCERNED_AND_SUPERVISORS},
            "targets.Measurement": {"view": EVERYONE, "add": DEPARTMENT_AND_SUPERVISORS},
        },
        supervised_fields={
            "targets.WorkItem": frozenset(
                {
                    "target",
                    "kind",
                    "origin",
                    "quantity",
                    "unit",
                    "placeholder",
                    "due_on",
                    "lead_department",
                    "section",
                }
            ),
        },
        own_path={
            "targets.WorkItem": "lead_department",
            "targets.WorkItemStep": "work_item__lead_department",
            "targets.WorkItemEvidence": "work_item__lead_department",
            "targets.Measurement": "target__lead_department",
        },
        own_also={
            "targets.Measurement": ("part__department",),
        },
        supported_paths={
            # Whoever answers for the target that the item is a part of.
            **{
                f"targets.{model}": (
                    "work_item__target__lead_department",
                    "work_item__target__supporting_departments",
                )
                for model in ("WorkItemStep", "WorkItemEvidence")
            },
        },
    )
