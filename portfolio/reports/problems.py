"""堵点: what stands in the way, who must solve it, and how long it takes."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from operator import itemgetter

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from portfolio.reports.report import Asked, Report, Row, number, text, whole
from portfolio.reports.words import labels_of
from projects.models import Problem, ProblemKind, ProblemState
from projects.rules.inspection_results import half_up
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
        labels, nobody = labels_of(ProblemKind), str(NOBODY)
        cells = asked.read("cells", partial(_cells, asked))
        rows = [_line(labels, nobody, *each) for each in cells]
        return sorted(rows, key=itemgetter("code", "name", "kind"))


def _cells(asked: Asked) -> QuerySet:
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
            took=Sum(F("solved_on") - F("raised_on"), filter=~still),
            dated=Count("solved_on", filter=~still),
        )
    )


def _line(
    labels: Mapping[str, str], nobody: str, code: str | None, name: str | None, kind: str,
    raised: int, still: int, overdue: int, confirmed: int, took: dt.timedelta | None, dated: int,
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
        "days_to_solve": half_up(Decimal(took.days) / dated) if took is not None else None,
    }
