"""The routes of who is told, when."""

from notifications.api import (
    calendar,
    deadlines,
    opt_outs,
    policies,
    preview,
    statistics,
    views,
    webhooks,
)

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
