"""The admin pages of what is built and by whom; one subject a file."""

from projects.admin import (
    inspection_entries,
    inspections,
    milestones,
    organisation,
    programmes,
    projects,
)

__all__ = [
    "inspection_entries",
    "inspections",
    "milestones",
    "organisation",
    "programmes",
    "projects",
]
