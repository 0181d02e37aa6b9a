"""The admin pages of what is built and by whom; one subject a file."""

from projects.admin import (
    evidence,
    handover,
    inspection_entries,
    inspections,
    lights,
    milestones,
    organisation,
    problems,
    programmes,
    projects,
    returns,
)

__all__ = [
    "evidence",
    "handover",
    "inspection_entries",
    "inspections",
    "lights",
    "milestones",
    "organisation",
    "problems",
    "programmes",
    "projects",
    "returns",
]
