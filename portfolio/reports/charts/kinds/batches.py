"""备开完纳: each batch as a bar, its goal as a mark."""

from django.utils.translation import gettext as _

from portfolio.reports.charts.chart import (
    BLUE,
    Bar,
    Bars,
    Chart,
    Line,
    NativeChart,
    ReportDate,
    Rows,
    format_dated_title,
    format_number,
)


class BatchesChart(Chart):
    native = NativeChart("column", "", "batch", ("count", "goal"))

    def title(self, rows: Rows, told: ReportDate) -> str:
        return format_dated_title(_("备开完纳对照全年目标"), told)

    def words(self, rows: Rows) -> str:
        return "; ".join(f"{row['batch']} {_describe_row(row)}" for row in rows) + "。"

    def content(self, rows: Rows) -> Bars:
        bars = [
            Bar(
                label=str(row["batch"]),
                value=float(row["count"] or 0),
                told=_describe_row(row),
                marker=None if row["goal"] is None else float(row["goal"]),
                style=BLUE,
            )
            for row in rows
        ]
        return Bars(bars, axis=_("个"), legend=[(BLUE, _("本年累计"))], marker=_("全年目标"))


def _describe_row(row: Line) -> str:
    count = row["count"] or 0
    if row["goal"] is None:
        return _("%(count)s 个, 未定目标") % {"count": count}
    return _("%(count)s 个, 目标 %(goal)s (%(share)s%%)") % {
        "count": count, "goal": format_number(row["goal"]), "share": format_number(row["share"]),
    }  # fmt: skip
