"""逐月红黄绿灯: how many projects stood in each colour at the end of each month of the year."""

from collections import defaultdict
from functools import partial

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.reports.charts.kinds.lights import LightsChart
from portfolio.reports.engine.report import Report, ReportQuery, Row, whole_column
from projects.choices import LightColour
from projects.lights.models import MonthlyLight

PROJECTS = _("个")


class LightsByMonth(Report):
    """One line a month up to the day, from the lights that were kept; of corrected ones the
    newest."""

    name = "lights-by-month"
    title = _("逐月红黄绿灯")
    description = _("本年每月末红灯、黄灯、绿灯和数据不足的项目数; 未评灯的月份为 0。")
    columns = (
        whole_column("month", _("月份")),
        *(whole_column(colour, label, PROJECTS) for colour, label in LightColour.choices),
        whole_column("projects", _("合计"), PROJECTS),
    )
    key = ("month",)
    chart = LightsChart()

    def rows(self, asked: ReportQuery) -> list[Row]:
        counts: dict[int, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(LightColour.values, 0)
        )
        for month, colour, count in asked.read("counts", partial(_counts, asked)):
            counts[month][colour] = count
        last = asked.last.month if asked.year <= asked.on.year else 0
        return [
            {"month": month, **counts[month], "projects": sum(counts[month].values())}
            for month in range(1, last + 1)
        ]


def _counts(asked: ReportQuery) -> QuerySet:
    lights = MonthlyLight.objects.visible_to(asked.user).newest().filter(year=asked.year)
    rows = asked.narrowed(lights).order_by()
    return rows.values_list("month", "colour").annotate(count=Count("pk"))
