"""How rows of each model are written, listed so that no door passes a rule by; nobody imports
them from here."""

from projects.inspections import kinds as inspections
from projects.milestones import kinds as milestones
from projects.people import kinds as people
from projects.register import kinds as register
from projects.returns import kinds as returns

__all__ = ["inspections", "milestones", "people", "register", "returns"]
