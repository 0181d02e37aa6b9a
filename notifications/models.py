"""The models of the app, listed for Django; nobody imports them from here."""

from notifications.calendar.models import CalendarEntry, CalendarFeed
from notifications.outbox.models import DeliveryAttempt, Message, PlannedDay, Reminder
from notifications.policies.models import ReminderPolicy, TierOptOut, TierRule
from notifications.webhooks.models import Webhook, WebhookDelivery

__all__ = [
    "CalendarEntry",
    "CalendarFeed",
    "DeliveryAttempt",
    "Message",
    "PlannedDay",
    "Reminder",
    "ReminderPolicy",
    "TierOptOut",
    "TierRule",
    "Webhook",
    "WebhookDelivery",
]
