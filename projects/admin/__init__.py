"""The admin pages of what is built and by whom; one subject a file."""

from projects.admin import inspections, milestones, organisation, programmes, projects

__all__ = ["inspections", "milestones", "organisation", "programmes", "projects"]
