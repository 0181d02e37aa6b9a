"""The routes of who is told, when."""

from notifications.api import calendar, deadlines, views

ROUTES = [
    ("calendar-feeds", calendar.CalendarFeedViewSet),
    ("deadlines", deadlines.DeadlineViewSet),
    ("reminders", views.ReminderViewSet),
    ("messages", views.MessageViewSet),
]
