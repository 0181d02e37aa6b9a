"""月报及时率: of the monthly returns that each department owed, how many came in time."""

from collections import Counter, defaultdict
from functools import partial

from django.db.models import Count, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portfolio.reports.catalogue.scoreboard import select_due_returns, share
from portfolio.reports.charts.kinds.punctuality import PunctualityChart
from portfolio.reports.engine.report import (
    Column,
    Report,
    ReportQuery,
    Row,
    percent_column,
    text_column,
    whole_column,
)

MONTHS = range(1, 13)
OWED, IN_TIME, LATE, MISSING = "owed", "in_time", "late", "missing"


def _month_columns() -> list[Column]:
    return [
        percent_column(f"month_{month:02d}", format_lazy(_("{month}月及时率"), month=month))
        for month in MONTHS
    ]


class ReturnsPunctuality(Report):
    """One line a department: the year so far, then month by month."""

    name = "returns-punctuality"
    title = _("月报及时率")
    description = _("各责任单位本年应报、按时、迟报、未报的月报, 及逐月及时率。")
    columns = (
        text_column("code", _("代码")),
        text_column("name", _("责任单位")),
        whole_column("owed", _("应报"), _("份")),
        whole_column("in_time", _("按时"), _("份")),
        whole_column("late", _("迟报"), _("份")),
        whole_column("missing", _("未报"), _("份")),
        percent_column("punctuality", _("及时率")),
        *_month_columns(),
    )
    key = ("code",)
    chart = PunctualityChart()

    def rows(self, asked: ReportQuery) -> list[Row]:
        counts: dict[tuple[str, str], dict[int, Counter]] = defaultdict(dict)
        for code, name, month, owed, late, missing in asked.read("months", partial(_months, asked)):
            counts[code, name][month] = Counter(
                owed=owed, late=late, missing=missing, in_time=owed - late - missing
            )
        return [_line(code, name, months) for (code, name), months in sorted(counts.items())]


def _months(asked: ReportQuery) -> QuerySet:
    months = asked.narrowed(select_due_returns(asked)).values_list(
        "project__lead_department__code",
        "project__lead_department__short_name",
        "period__month",
    )
    return months.annotate(
        owed=Count("pk"),
        lates=Count("pk", filter=Q(late=True)),
        missings=Count("pk", filter=Q(missing=True)),
    )


def _line(code: str, name: str, months: dict[int, Counter]) -> Row:
    year: Counter = sum(months.values(), Counter())
    return {
        "code": code,
        "name": name,
        **{each: year[each] for each in (OWED, IN_TIME, LATE, MISSING)},
        "punctuality": share(year[IN_TIME], year[OWED]),
        **{
            f"month_{month:02d}": share(months[month][IN_TIME], months[month][OWED])
            if month in months
            else None
            for month in MONTHS
        },
    }
