"""The red and the yellow projects of a day, with the reasons that were kept with their lights."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from projects.choices import GRAVE_LIGHTS, LightColour
from projects.lights.models import LightOverride, MonthlyLight
from projects.permissions import Actor
from projects.register.models import Project


@dataclass(frozen=True, slots=True)
class LightWithReasons:
    """A project's light and why: the supervisor's own reason, or those computed for the month."""

    code: str
    name: str
    department: str
    colour: str
    reasons: tuple[str, ...]


def list_red_and_yellow(*, user: Actor, on: dt.date) -> list[LightWithReasons]:
    """Returns the projects that are red or yellow on the day, by colour, department and code."""
    projects = list(
        Project.objects.visible_to(user)
        .with_light(on=on)
        .filter(light__in=GRAVE_LIGHTS)  # type: ignore[misc]
        .order_by("lead_department__code", "code")
        .values("pk", "code", "name", "light", "lead_department__short_name")
    )
    reasons = light_reasons([each["pk"] for each in projects], user=user, on=on)
    found = [
        LightWithReasons(
            each["code"], each["name"], each["lead_department__short_name"], each["light"],
            reasons.get(each["pk"], ()),
        )
        for each in projects
    ]  # fmt: skip
    return sorted(found, key=lambda each: GRAVE_LIGHTS.index(LightColour(each.colour)))


def light_reasons(
    projects: Collection[int], *, user: Actor, on: dt.date
) -> dict[int, tuple[str, ...]]:
    """Returns project id → why its light is what it is on the day; two queries."""
    newest = (
        _up_to(on, user)
        .filter(project__in=projects)
        .order_by("project_id", "-year", "-month", "-id")
        .distinct("project_id")
    )
    reasons = {light.project_id: _effective_reasons(light) for light in newest}
    overrides = LightOverride.objects.visible_to(user).in_force(on=on).filter(project__in=projects)
    for override in reversed(overrides):  # of two the later one holds
        reasons[override.project_id] = (override.reason,)
    return reasons


def _effective_reasons(light: MonthlyLight) -> tuple[str, ...]:
    """Returns the reasons for the colour itself: what is exempted gave none."""
    return tuple(
        each["text"]
        for each in light.reasons
        if each["colour"] == light.computed_colour and not each["exempted"]
    )


def lights_month(*, user: Actor, on: dt.date) -> tuple[int, int] | None:
    """Returns year and month of the newest lights, up to the day's month."""
    newest = _up_to(on, user).order_by("-year", "-month")
    return newest.values_list("year", "month").first()


def _up_to(on: dt.date, user: Actor) -> QuerySet[MonthlyLight]:
    of_the_year = Q(year=on.year, month__lte=on.month)
    return MonthlyLight.objects.visible_to(user).filter(of_the_year | Q(year__lt=on.year))
