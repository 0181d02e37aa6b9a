"""堵点: what stands in the way, who must solve it, and how long it takes."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from django.db.models import Avg, Count, DecimalField, F, Func, Q, QuerySet
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from portfolio.reports.engine.report import (
    Report,
    ReportQuery,
    Row,
    number_column,
    text_column,
    whole_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import ProblemState
from projects.problems.models import Problem, ProblemKind
from projects.problems.rules import DONE_BY_THE_SOLVER

NOBODY = _("未交办")


class Problems(Report):
    """One line for each department that must solve problems, and each kind of problem."""

    name = "problems"
    title = _("堵点")
    description = _("按解决单位和类别: 提出、未解决、逾期、已解决、已销号和平均解决天数。")
    columns = (
        text_column("code", _("代码")),
        text_column("name", _("解决单位")),
        text_column("kind", _("类别代码")),
        text_column("kind_display", _("类别")),
        whole_column("raised", _("提出"), _("个")),
        whole_column("open", _("未解决"), _("个")),
        whole_column("overdue", _("逾期"), _("个")),
        whole_column("solved", _("已解决"), _("个")),
        whole_column("confirmed", _("已销号"), _("个")),
        number_column("days_to_solve", _("平均解决天数"), _("天")),
    )
    key = ("code", "kind")

    def rows(self, asked: ReportQuery) -> list[Row]:
        labels, nobody = labels_of(ProblemKind), str(NOBODY)
        cells = asked.read("cells", partial(_cells, asked))
        rows = [_line(labels, nobody, *each) for each in cells]
        return sorted(rows, key=itemgetter("code", "name", "kind"))


class DaysToSolve(Func):
    """How many days a problem took, as a number."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = DecimalField(max_digits=8, decimal_places=0)

    def __init__(self, *sources: Any, **more: Any) -> None:
        super().__init__(*(sources or (F("solved_on"), F("raised_on"))), **more)


def _cells(asked: ReportQuery) -> QuerySet:
    problems = Problem.objects.visible_to(asked.user).filter(
        raised_on__range=(asked.first, asked.last)
    )
    still = ~Q(state__in=DONE_BY_THE_SOLVER)
    return (
        asked.narrowed(problems)
        .order_by()
        .values_list("solver_department__code", "solver_department__short_name", "kind")
        .annotate(
            raised=Count("pk"),
            open=Count("pk", filter=still),
            overdue=Count("pk", filter=still & Q(due_on__lt=asked.on)),
            confirmed=Count("pk", filter=Q(state=ProblemState.CONFIRMED)),
            # PostgreSQL rounds half away from zero: half up, for what is never below it.
            days=Round(Avg(DaysToSolve(), filter=~still), 2),
        )
    )


def _line(
    labels: Mapping[str, str], nobody: str, code: str | None, name: str | None, kind: str,
    raised: int, still: int, overdue: int, confirmed: int, days: Decimal | None,
) -> Row:  # fmt: skip
    return {
        "code": code or "",
        "name": name or nobody,
        "kind": kind,
        "kind_display": labels[kind],
        "raised": raised,
        "open": still,
        "overdue": overdue,
        "solved": raised - still,
        "confirmed": confirmed,
        "days_to_solve": days,
    }
