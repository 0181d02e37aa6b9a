"""堵点: what stands in the way, who must solve it, and how long it takes."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from portfolio.reports.report import Asked, Report, Row, number, text, whole
from projects.models import Problem, ProblemKind, ProblemState
from projects.rules.inspection_results import mean
from projects.rules.problems import DONE_BY_THE_SOLVER

NOBODY = _("未交办")


class Problems(Report):
    """One line for each department that must solve problems, and each kind of problem."""

    name = "problems"
    title = _("堵点")
    description = _("按解决单位和类别: 提出、未解决、逾期、已解决、已销号和平均解决天数。")
    columns = (
        text("code", _("代码")),
        text("name", _("解决单位")),
        text("kind", _("类别代码")),
        text("kind_display", _("类别")),
        whole("raised", _("提出"), _("个")),
        whole("open", _("未解决"), _("个")),
        whole("overdue", _("逾期"), _("个")),
        whole("solved", _("已解决"), _("个")),
        whole("confirmed", _("已销号"), _("个")),
        number("days_to_solve", _("平均解决天数"), _("天")),
    )
    key = ("code", "kind")

    def rows(self, asked: Asked) -> list[Row]:
        groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
        problems = Problem.objects.visible_to(asked.user).filter(
            project__in=asked.chosen.order_by().values("pk"),
            raised_on__range=(asked.first, asked.last),
        )
        for each in (
            problems.order_by()
            .values(
                "pk", "kind", "state", "raised_on", "due_on", "solved_on",
                "solver_department__code", "solver_department__short_name",
            )
            .distinct()
        ):  # fmt: skip
            name = each["solver_department__short_name"] or str(NOBODY)
            groups[each["solver_department__code"] or "", name, each["kind"]].append(each)
        return [_line(key, members, asked) for key, members in sorted(groups.items())]


def _line(key: tuple[str, str, str], members: list[Mapping[str, Any]], asked: Asked) -> Row:
    code, name, kind = key
    still = [each for each in members if each["state"] not in DONE_BY_THE_SOLVER]
    solved = [each for each in members if each["state"] in DONE_BY_THE_SOLVER]
    days = [
        Decimal((each["solved_on"] - each["raised_on"]).days)
        for each in solved
        if each["solved_on"]
    ]
    return {
        "code": code,
        "name": name,
        "kind": kind,
        "kind_display": str(ProblemKind(kind).label),
        "raised": len(members),
        "open": len(still),
        "overdue": sum(each["due_on"] is not None and each["due_on"] < asked.on for each in still),
        "solved": len(solved),
        "confirmed": sum(each["state"] == ProblemState.CONFIRMED for each in members),
        "days_to_solve": mean(days) if days else None,
    }
