"""The workbench: what is due to me, how grave it is, and what waits for my hand."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.own_deadlines import department_deadlines_condition, own_deadlines_condition
from portfolio.core import clock
from portfolio.pages.desk.pending import list_pending_tiles
from portfolio.pages.kit.lights import light_word
from portfolio.pages.kit.page import page
from projects.choices import LightColour, Role
from projects.deadlines import deadline_rows, kind_labels
from projects.people.models import Department
from projects.permissions import Actor
from projects.permissions.access import access_of
from projects.register.models import Project

SOON_DAYS = 7
MOST_DUE = 500
SHOWN = 25  # of a group; the rest is folded


@dataclass(frozen=True)
class DeadlineLine:
    """Something that is due, as the page shows it."""

    address: str
    kind: str | Promise
    title: str
    due_on: dt.date
    forecast_on: dt.date | None
    days_left: int
    department: str
    light: str | None

    @property
    def late_by(self) -> int:
        """Returns by how many days it is expected after its day."""
        return max((self.forecast_on - self.due_on).days, 0) if self.forecast_on else 0

    @property
    def days_over(self) -> int:
        return -self.days_left

    @property
    def light_word(self) -> str:
        return light_word(self.light)

    @property
    def colour(self) -> str:
        if self.days_left < 0:
            return LightColour.RED
        if self.days_left <= SOON_DAYS or self.late_by:
            return LightColour.YELLOW
        return LightColour.GREEN


@dataclass(frozen=True)
class DeadlineGroup:
    colour: str
    label: str | Promise
    lines: list[DeadlineLine]

    @property
    def shown(self) -> list[DeadlineLine]:
        return self.lines[:SHOWN]

    @property
    def folded(self) -> list[DeadlineLine]:
        return self.lines[SHOWN:]


GROUPS = (
    (LightColour.RED, _("已逾期")),
    (LightColour.YELLOW, _("7 天内到期或预计晚")),
    (LightColour.GREEN, _("以后到期")),
)


SCOPES: dict[str, tuple[Any, Callable[[Any], Q]]] = {
    "mine": (_("我的"), own_deadlines_condition),
    "department": (_("本单位"), department_deadlines_condition),
}


def default_scope(user: Actor) -> str:
    """Returns whose deadlines the person begins with: a head looks over the whole department's."""
    circles = access_of(user).circles()
    return "department" if Role.HEAD in circles and Role.REPORTER not in circles else "mine"


@page
def due_page(request: HttpRequest) -> HttpResponse:
    """Shows what the reader answers for, the gravest first, and what waits for the reader."""
    user: Actor = request.user
    scope = request.GET.get("scope", "")
    scope = scope if scope in SCOPES else default_scope(user)
    where = SCOPES[scope][1](user) & Q(done=False)
    rows = list(deadline_rows(user, where=where)[: MOST_DUE + 1])
    lines = _lines(rows[:MOST_DUE])
    groups = [
        DeadlineGroup(colour, label, [line for line in lines if line.colour == colour])
        for colour, label in GROUPS
    ]
    context = {
        "groups": groups,
        "any_due": bool(lines),
        "more_than": MOST_DUE if len(rows) > MOST_DUE else None,
        "waits": list_pending_tiles(user),
        "scopes": [(name, label) for name, (label, _where) in SCOPES.items()],
        "scope": scope,
    }
    return render(request, "workbench/due.html", context)


def _lines(rows: list[dict[str, Any]]) -> list[DeadlineLine]:
    today, labels = clock.today(), kind_labels()
    lights = _lights(row["project_id"] for row in rows)
    wanted = {row["department_id"] for row in rows}
    departments = dict(Department.objects.filter(pk__in=wanted).values_list("pk", "short_name"))
    return [
        DeadlineLine(
            address=reverse("go", args=[row["kind"], row["object_id"]]),
            kind=labels[row["kind"]],
            title=row["title"],
            due_on=row["due_on"],
            forecast_on=row["forecast_on"],
            days_left=(row["due_on"] - today).days,
            department=departments.get(row["department_id"], ""),
            light=lights.get(row["project_id"]),
        )
        for row in rows
    ]


def _lights(projects: Iterable[int | None]) -> dict[int, str]:
    """Returns the lights of those of the projects that have one."""
    wanted = {pk for pk in projects if pk is not None}
    rows: Any = Project.objects.filter(pk__in=wanted).with_light()
    return {pk: light for pk, light in rows.values_list("pk", "light") if light}
