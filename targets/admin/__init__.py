"""The admin pages of what was promised; one subject a file."""

from targets.admin import targets, work_items

__all__ = ["targets", "work_items"]
