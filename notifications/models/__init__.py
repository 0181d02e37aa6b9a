"""The models of who is told, when."""

from notifications.models.calendar import CalendarEntry, CalendarFeed
from notifications.models.outbox import (
    Capacity,
    DeliveryAttempt,
    Message,
    MessageKind,
    MessageState,
    Outcome,
    Reminder,
    ReminderState,
    Tier,
)
from notifications.models.planning import (
    PlannedDay,
    ReminderPolicy,
    TierOptOut,
    TierRule,
    Timing,
)
from notifications.models.webhook import Webhook, WebhookDelivery, WebhookState

__all__ = [
    "CalendarEntry",
    "CalendarFeed",
    "Capacity",
    "DeliveryAttempt",
    "Message",
    "MessageKind",
    "MessageState",
    "Outcome",
    "PlannedDay",
    "Reminder",
    "ReminderPolicy",
    "ReminderState",
    "Tier",
    "TierOptOut",
    "TierRule",
    "Timing",
    "Webhook",
    "WebhookDelivery",
    "WebhookState",
]
