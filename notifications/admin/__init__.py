"""The admin pages of the outbox."""

from notifications.admin import calendar, outbox

__all__ = ["calendar", "outbox"]
