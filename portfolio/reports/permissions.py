"""Who may do what with exports and subscriptions: this app's rows of the permission table."""

from projects.permissions import table
from projects.permissions.table import (
    ALL,
    ANYONE,
    SELF,
    SUPERVISOR,
    SUPERVISORS,
    VIEWER,
)


def add_permissions() -> None:
    """Adds this app's rows to the permission table."""
    table.add_rows(
        {
            "reports.Export": {
                "view": {ANYONE: SELF},
                "add": {ANYONE: SELF},
                "delete": {ANYONE: SELF},
            },
            "reports.ReportSubscription": {
                "view": {ANYONE: SELF, SUPERVISOR: ALL, VIEWER: ALL},
                "add": SUPERVISORS,
                "change": SUPERVISORS,
                "delete": SUPERVISORS,
                "preview": SUPERVISORS,
            },
        },
        self_path={
            "reports.Export": "owner",
            "reports.ReportSubscription": "owner",
        },
    )
