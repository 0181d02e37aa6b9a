"""The admin pages of what was promised; one subject a file."""

from targets.admin import status, targets, work_items

__all__ = ["status", "targets", "work_items"]
