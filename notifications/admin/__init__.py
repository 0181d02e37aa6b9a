"""The admin pages of the outbox."""

from notifications.admin import outbox

__all__ = ["outbox"]
