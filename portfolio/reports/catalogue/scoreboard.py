"""The scoreboards: how departments, and districts, keep what they promised (domain §6).

完成率: of the milestones due in the year so far, how many are done. 按时率: how many were done by
the day first promised. 月报及时率: of the returns due, how many came in time. Ranked by the mean of
those of the three that are known, equal means sharing a rank, within leagues: districts and parks,
city departments and state companies.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, ClassVar

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portfolio.reports.charts.kinds.scoreboard import ScoreboardChart
from portfolio.reports.engine.report import (
    Report,
    ReportQuery,
    Row,
    percent_column,
    text_column,
    whole_column,
)
from projects.choices import DepartmentKind, LightColour
from projects.inspections.rules import mean, ranks_within
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.problems.models import Problem
from projects.problems.rules import DONE_BY_THE_SOLVER
from projects.returns.models import ProgressReturn

DISTRICTS = frozenset({DepartmentKind.DISTRICT, DepartmentKind.PARK})
LEAGUES = {True: _("旗县区和园区"), False: _("市直部门和市属国企")}
CENT = Decimal("0.01")


@dataclass
class OwnerCounts:
    """What is counted for one department or district."""

    projects: int = 0
    lights: Counter = field(default_factory=Counter)
    due: int = 0
    done: int = 0
    on_time: int = 0
    returns_due: int = 0
    returns_on_time: int = 0
    problems_open: int = 0
    problems_overdue: int = 0


def share(part: int, whole: int) -> Decimal | None:
    """Returns per cent with two decimals, half up; ``None`` of nothing."""
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(CENT, ROUND_HALF_UP)


class Scoreboard(Report):
    """What both scoreboards share; ``owner`` leads from a project to who answers for it."""

    owner: ClassVar[str]
    columns = (
        text_column("league", _("组别")),
        text_column("code", _("代码")),
        text_column("name", pgettext_lazy("department", "单位")),
        whole_column("rank", _("名次")),
        percent_column("result", _("综合")),
        percent_column("completion", _("完成率")),
        percent_column("punctuality", _("按时率")),
        percent_column("returns_punctuality", _("月报及时率")),
        whole_column("milestones_due", _("应完成节点"), _("个")),
        whole_column("milestones_done", _("已完成节点"), _("个")),
        whole_column("milestones_on_time", _("按时完成节点"), _("个")),
        whole_column("returns_due", _("应报月报"), _("份")),
        whole_column("returns_on_time", _("按时上报"), _("份")),
        whole_column("projects", _("项目"), _("个")),
        *(whole_column(f"light_{code}", label, _("个")) for code, label in LightColour.choices),
        whole_column("problems_open", _("未解决堵点"), _("个")),
        whole_column("problems_overdue", _("逾期堵点"), _("个")),
    )
    key = ("code",)
    chart = ScoreboardChart()

    def rows(self, asked: ReportQuery) -> list[Row]:
        records = self._records(asked)
        owners = Department.objects.filter(pk__in=records).order_by("code")
        lines = [_line(each, records[each.pk]) for each in owners]
        _rank(lines)
        return sorted(lines, key=lambda row: (row["league"], row["rank"] or len(lines) + 1))

    def _records(self, asked: ReportQuery) -> dict[int, OwnerCounts]:
        found: dict[int, OwnerCounts] = defaultdict(OwnerCounts)
        for owner, light, count in asked.read("lights", partial(self._lights, asked)):
            found[owner].projects += count
            found[owner].lights[light] += count
        for owner, *counts in asked.read("milestones", partial(self._milestones, asked)):
            record = found[owner]
            record.due, record.done, record.on_time = counts
        for owner, *counts in asked.read("returns", partial(self._returns, asked)):
            found[owner].returns_due, found[owner].returns_on_time = counts
        for owner, *counts in asked.read("problems", partial(self._problems, asked)):
            found[owner].problems_open, found[owner].problems_overdue = counts
        found.pop(None, None)  # type: ignore[call-overload]  # projects that stand in no district
        return found

    def _lights(self, asked: ReportQuery) -> QuerySet:
        projects = asked.chosen.order_by()
        return projects.values_list(self.owner, "light").annotate(count=Count("pk"))

    def _counted(self, rows: Any, **counts: Count) -> QuerySet:
        """Returns tuples: who answers for the rows' projects, and the counts of the rows."""
        owners = rows.order_by().values_list(f"project__{self.owner}")
        return owners.annotate(**counts)

    def _milestones(self, asked: ReportQuery) -> QuerySet:
        due = Milestone.objects.visible_to(asked.user).filter(
            due_on__range=(asked.first, asked.last)
        )
        due = due.exclude(project__stage="cancelled").not_parked(on=asked.on)
        return self._counted(
            asked.narrowed(due),
            due=Count("pk"),
            done=Count("done_on"),
            on_time=Count("pk", filter=Q(done_on__lte=F("baseline_on"))),
        )

    def _returns(self, asked: ReportQuery) -> QuerySet:
        return self._counted(
            asked.narrowed(select_due_returns(asked)),
            due=Count("pk"),
            on_time=Count("pk", filter=Q(late=False, missing=False)),
        )

    def _problems(self, asked: ReportQuery) -> QuerySet:
        problems = Problem.objects.visible_to(asked.user)
        return self._counted(
            asked.narrowed(problems.exclude(state__in=DONE_BY_THE_SOLVER)),
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_on__lt=asked.on)),
        )


def select_due_returns(asked: ReportQuery) -> Any:
    """Returns the returns of the year whose day is past, with ``late`` and ``missing``; one a
    project and month, whatever was corrected."""
    returns = ProgressReturn.objects.visible_to(asked.user).with_timeliness(on=asked.on)
    due = returns.filter(revision=1, period__year=asked.year, period__due_on__lt=asked.on)
    return due.order_by()


def _line(owner: Department, record: OwnerCounts) -> Row:
    rates = {
        "completion": share(record.done, record.due),
        "punctuality": share(record.on_time, record.due),
        "returns_punctuality": share(record.returns_on_time, record.returns_due),
    }
    known = [rate for rate in rates.values() if rate is not None]
    return {
        "league": str(LEAGUES[owner.kind in DISTRICTS]),
        "code": owner.code,
        "name": owner.short_name,
        "rank": None,
        "result": mean(known).quantize(CENT, ROUND_HALF_UP) if known else None,
        **rates,
        "milestones_due": record.due,
        "milestones_done": record.done,
        "milestones_on_time": record.on_time,
        "returns_due": record.returns_due,
        "returns_on_time": record.returns_on_time,
        "projects": record.projects,
        **{f"light_{code}": record.lights[code] for code in LightColour.values},
        "problems_open": record.problems_open,
        "problems_overdue": record.problems_overdue,
    }


def _rank(lines: Iterable[Row]) -> None:
    """Ranks those that have a result; the others have nothing to be ranked by."""
    ranked = {row["code"]: row for row in lines if row["result"] is not None}
    places = ranks_within(
        {code: row["result"] for code, row in ranked.items()},
        {code: row["league"] for code, row in ranked.items()},
    )
    for code, place in places.items():
        ranked[code]["rank"] = place


class DepartmentScoreboard(Scoreboard):
    """The departments that lead projects."""

    name = "department-scoreboard"
    title = _("责任单位得分榜")
    description = _("各责任单位的完成率、按时率、月报及时率、红黄绿灯和名次。")
    owner = "lead_department"


class DistrictScoreboard(Scoreboard):
    """The districts, banners and parks that projects stand in."""

    name = "district-scoreboard"
    title = _("旗县区和园区得分榜")
    description = _("各旗县区、园区所在项目的完成率、按时率、月报及时率、红黄绿灯和名次。")
    owner = "district"
