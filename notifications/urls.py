"""The routes of who is told, when."""

from notifications.calendar import api as calendar
from notifications.outbox import api as views
from notifications.outbox import deadlines_api as deadlines
from notifications.outbox import preview_api as preview
from notifications.outbox import statistics_api as statistics
from notifications.policies import api as opt_outs
from notifications.policies import api as policies
from notifications.webhooks import api as webhooks

ROUTES = [
    ("calendar-feeds", calendar.CalendarFeedViewSet),
    ("deadlines", deadlines.DeadlineViewSet),
    ("reminders", views.ReminderViewSet),
    ("messages", views.MessageViewSet),
    ("reminder-policies", policies.ReminderPolicyViewSet),
    ("reminder-preview", preview.ReminderPreviewViewSet),
    ("reminder-statistics", statistics.ReminderStatisticsViewSet),
    ("tier-opt-outs", opt_outs.TierOptOutViewSet),
    ("webhooks", webhooks.WebhookViewSet),
    ("webhook-deliveries", webhooks.WebhookDeliveryViewSet),
]
