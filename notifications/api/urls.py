"""The routes of who is told, when."""

from notifications.api import views

ROUTES = [
    ("reminders", views.ReminderViewSet),
    ("messages", views.MessageViewSet),
]
