"""红黄绿灯: the projects in each colour, month by month."""

from django.utils.translation import gettext as _

from portfolio.core.complete import check_complete
from portfolio.reports.charts.chart import (
    GREEN,
    PALE,
    RED,
    YELLOW,
    Chart,
    Line,
    NativeChart,
    ReportDate,
    Rows,
    Stacks,
    format_dated_title,
    join_list,
)
from projects.choices import LightColour

# From the ground up: the gravest stands on the axis, where lengths are compared most easily.
STYLES = {
    LightColour.RED: RED,
    LightColour.YELLOW: YELLOW,
    LightColour.GREEN: GREEN,
    LightColour.GREY: PALE,
}
check_complete("STYLES", STYLES, LightColour)


class LightsChart(Chart):
    native = NativeChart("column", "stacked", "month", tuple(each.value for each in STYLES))

    def title(self, rows: Rows, told: ReportDate) -> str:
        return format_dated_title(_("逐月红黄绿灯"), told)

    def words(self, rows: Rows) -> str:
        return "; ".join(_month(row) for row in rows) + "。"

    def content(self, rows: Rows) -> Stacks:
        return Stacks(
            labels=[_("%(month)s月") % {"month": row["month"]} for row in rows],
            series=[
                (style, str(colour.label), [row[colour.value] or 0 for row in rows])
                for colour, style in STYLES.items()
            ],
            axis=_("项目 (个)"),
        )


def _month(row: Line) -> str:
    month = _("%(month)s月") % {"month": row["month"]}
    counts = [f"{each.label} {row[each.value]}" for each in STYLES if row[each.value]]
    told = join_list(counts) if counts else _("未评灯")
    return f"{month} {told}"
