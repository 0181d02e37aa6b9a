"""The routes of who is told, when."""

from notifications.api import deadlines, views

ROUTES = [
    ("deadlines", deadlines.DeadlineViewSet),
    ("reminders", views.ReminderViewSet),
    ("messages", views.MessageViewSet),
]
