"""The registers in the admin, listed for Django; nobody imports them from here."""

from projects.evidence import admin as evidence
from projects.funding import admin as funding
from projects.handover import admin as handover
from projects.inspections import admin as inspections
from projects.inspections import entries_admin
from projects.lights import admin as lights
from projects.milestones import admin as milestones
from projects.people import admin as people
from projects.problems import admin as problems
from projects.programmes import admin as programmes
from projects.register import admin as register
from projects.returns import admin as returns

__all__ = [
    "entries_admin",
    "evidence",
    "funding",
    "handover",
    "inspections",
    "lights",
    "milestones",
    "people",
    "problems",
    "programmes",
    "register",
    "returns",
]
