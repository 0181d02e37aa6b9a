"""The registers in the admin, listed for Django; nobody imports them from here."""

from notifications.calendar import admin as calendar
from notifications.outbox import admin as outbox
from notifications.policies import admin as policies
from notifications.webhooks import admin as webhooks

__all__ = [
    "calendar",
    "outbox",
    "policies",
    "webhooks",
]
