"""A project's light on its page, with the reasons in words."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from projects.choices import LightColour
from projects.lights.models import LightExemption, LightOverride, MonthlyLight
from projects.register.models import Project

MOST_MONTHS = 12


@dataclass(frozen=True)
class CurrentLight:
    """The light that stands, by hand where ``override`` is; ``months``: the newest first."""

    colour: str
    override: LightOverride | None
    months: list[MonthlyLight]
    exemptions: list[LightExemption]

    @property
    def word(self) -> str:
        return light_word(self.colour)

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The reasons of the newest month, those of the override of then aside: it is told by
        itself while it holds."""
        newest = self.months[0].reasons if self.months else []
        return [each for each in newest if each.get("measure") != "override"]


def light_word(colour: str | None) -> str:
    return str(LightColour(colour or LightColour.GREY).label)


def read_current_light(project: Project, *, on: dt.date) -> CurrentLight:
    """Returns the light of a project that was read ``with_light``."""
    months = MonthlyLight.objects.newest().filter(project=project)
    exemptions = LightExemption.objects.in_force(on=on).filter(project=project)
    return CurrentLight(
        colour=project.light or LightColour.GREY,  # type: ignore[attr-defined]
        override=LightOverride.objects.in_force(on=on).filter(project=project).first(),
        months=list(months.order_by("-year", "-month")[:MOST_MONTHS]),
        exemptions=list(exemptions),
    )
