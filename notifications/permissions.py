"""Who may do what with mails, policies and channels: this app's rows of the permission table."""

from projects.permissions import table
from projects.permissions.table import (
    ALL,
    ANYONE,
    CONCERNED,
    EVERYONE,
    SELF,
    SUPERVISOR,
    SUPERVISORS,
    VIEWER,
)


def add_permissions() -> None:
    """Adds this app's rows to the permission table."""
    table.add_rows(
        {
            "notifications.Reminder": {"view": {ANYONE: SELF, **CONCERNED}},
            "notifications.Message": {
                "view": {ANYONE: SELF, SUPERVISOR: ALL, VIEWER: ALL},
                "acknowledge": {ANYONE: SELF},
            },
            "notifications.ReminderPolicy": {
                "view": EVERYONE,
                "add": SUPERVISORS,
                "preview": {
                    SUPERVISOR: ALL,
                    VIEWER: ALL,
                },  # says who is told of what, as all mails do
            },
            "notifications.TierOptOut": {
                "view": {ANYONE: SELF, **SUPERVISORS},
                "add": {ANYONE: SELF},
                "delete": {ANYONE: SELF},
            },
            "notifications.CalendarFeed": {
                "view": {ANYONE: SELF},
                "add": {ANYONE: SELF},
                "revoke": {ANYONE: SELF},
            },
            "notifications.Webhook": {
                "view": SUPERVISORS,
                "add": SUPERVISORS,
                "change": SUPERVISORS,
                "delete": SUPERVISORS,
                "renew_key": SUPERVISORS,
            },
            "notifications.WebhookDelivery": {"view": SUPERVISORS},
        },
        own_path={
            "notifications.Reminder": "department",
        },
        self_path={
            "notifications.Reminder": "recipient_user",
            "notifications.Message": "recipient_user",
            "notifications.TierOptOut": "user",
            "notifications.CalendarFeed": "user",
        },
    )
