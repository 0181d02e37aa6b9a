"""The admin pages of who is told, when, and through which channel."""

from notifications.admin import calendar, outbox, policies, webhooks

__all__ = ["calendar", "outbox", "policies", "webhooks"]
