"""What has changed since a day: added, removed, moved, slipped, recovered."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.core.history import past as as_of
from portfolio.reports.engine.report import Report, ReportQuery, Row, text_column
from projects.choices import GRAVEST_FIRST, LightColour, Stage
from projects.milestones.models import Milestone

WEEK = dt.timedelta(days=7)
CHANGES = {
    "added": _("新增项目"),
    "removed": _("移除项目"),
    "moved": _("阶段变动"),
    "slipped": _("节点延期"),
    "done": _("节点完成"),
    "worsened": _("评灯变差"),
    "recovered": _("评灯好转"),
}


class Changes(Report):
    """One line a change between the end of ``since`` (a week before, unless said) and the day."""

    name = "changes"
    title = _("变动")
    description = _("自某日以来新增、移除、阶段变动的项目, 延期和完成的节点, 评灯的好转与变差。")
    columns = (
        text_column("change", _("变动代码")),
        text_column("change_display", _("变动")),
        text_column("project", _("项目编号")),
        text_column("project_name", _("项目")),
        text_column("lead_department", _("责任单位")),
        text_column("what", _("事项")),
        text_column("before", _("原为")),
        text_column("after", _("现为")),
    )
    key = ("change", "project", "what")
    parameters = ("since",)

    def rows(self, asked: ReportQuery) -> list[Row]:
        since = asked.more.get("since") or max(asked.on, dt.date.min + WEEK) - WEEK
        now = _projects(self, asked, asked.on), _milestones(asked)
        with as_of.read_as_of(since):
            then = _projects(self, asked, since), _milestones(asked)
            chosen_then = _keys(asked.choose()) if asked.filtered else set(then[0])
        gone = chosen_then - now[0].keys()
        if asked.filtered and gone:  # what only left the choice is still there
            gone -= _keys(self.source(user=asked.user, on=asked.on).filter(pk__in=gone))
        found = [
            *_project_changes(then[0], now[0], gone),
            *_milestone_changes(then[1], now[1], now[0]),
        ]
        order = list(CHANGES)
        return sorted(
            found, key=lambda row: (order.index(row["change"]), row["project"], row["what"])
        )


def _projects(report: Report, asked: ReportQuery, on: dt.date) -> dict[int, Mapping[str, Any]]:
    # What the filters chose today, also where it stood otherwise then.
    chosen = asked.chosen if on == asked.on else report.source(user=asked.user, on=on)
    rows = chosen.order_by("pk").values(
        "pk", "code", "name", "stage", "light", "lead_department__short_name"
    )
    return {row["pk"]: row for row in rows}


def _keys(projects: QuerySet) -> set[int]:
    return set(projects.order_by().values_list("pk", flat=True))


def _milestones(asked: ReportQuery) -> dict[int, Mapping[str, Any]]:
    rows = Milestone.objects.visible_to(asked.user).order_by("pk")
    return {row["pk"]: row for row in rows.values("pk", "project_id", "name", "due_on", "done_on")}


def _project_changes(then: dict[int, Any], now: dict[int, Any], gone: Iterable[int]) -> list[Row]:
    found = []
    for pk, project in now.items():
        earlier = then.get(pk)
        if earlier is None:
            found.append(_line("added", project, "", "", _stage(project)))
            continue
        if earlier["stage"] != project["stage"]:
            found.append(_line("moved", project, "", _stage(earlier), _stage(project)))
        turn = _turn(earlier["light"], project["light"])
        if turn:
            lights = _light(earlier), _light(project)
            found.append(_line(turn, project, "", *lights))
    return found + [_line("removed", then[pk], "", _stage(then[pk]), "") for pk in gone]


def _milestone_changes(
    then: dict[int, Any], now: dict[int, Any], projects: dict[int, Any]
) -> list[Row]:
    found = []
    for pk, milestone in now.items():
        earlier, project = then.get(pk), projects.get(milestone["project_id"])
        if earlier is None or project is None:
            continue
        name = milestone["name"]
        if milestone["due_on"] > earlier["due_on"]:
            days = str(earlier["due_on"]), str(milestone["due_on"])
            found.append(_line("slipped", project, name, *days))
        if milestone["done_on"] and not earlier["done_on"]:
            days = str(milestone["due_on"]), str(milestone["done_on"])
            found.append(_line("done", project, name, *days))
    return found


def _turn(before: str | None, after: str | None) -> str | None:
    # Grey says nothing, and before the first month there is no light at all.
    if not before or not after or before == after or LightColour.GREY in (before, after):
        return None
    worse = GRAVEST_FIRST.index(LightColour(after)) < GRAVEST_FIRST.index(LightColour(before))
    return "worsened" if worse else "recovered"


def _stage(project: Mapping[str, Any]) -> str:
    return str(Stage(project["stage"]).label)


def _light(project: Mapping[str, Any]) -> str:
    return str(LightColour(project["light"]).label)


def _line(change: str, project: Mapping[str, Any], what: str, before: str, after: str) -> Row:
    return {
        "change": change,
        "change_display": str(CHANGES[change]),
        "project": project["code"],
        "project_name": project["name"],
        "lead_department": project["lead_department__short_name"],
        "what": what,
        "before": before,
        "after": after,
    }
