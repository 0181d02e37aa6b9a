"""备开完纳: each batch as a bar, its goal as a mark."""

from django.utils.translation import gettext as _

from portfolio.reports.charts.chart import (
    BLUE,
    Bar,
    Bars,
    Chart,
    Line,
    Native,
    Rows,
    Told,
    dated,
    figure,
)


class BatchesChart(Chart):
    native = Native("column", "", "batch", ("count", "goal"))

    def title(self, rows: Rows, told: Told) -> str:
        return dated(_("备开完纳对照全年目标"), told)

    def words(self, rows: Rows) -> str:
        return "; ".join(f"{row['batch']} {_told(row)}" for row in rows) + "。"

    def content(self, rows: Rows) -> Bars:
        bars = [
            Bar(
                label=str(row["batch"]),
                value=float(row["count"] or 0),
                told=_told(row),
                marker=None if row["goal"] is None else float(row["goal"]),
                style=BLUE,
            )
            for row in rows
        ]
        return Bars(bars, axis=_("个"), legend=[(BLUE, _("本年累计"))], marker=_("全年目标"))


def _told(row: Line) -> str:
    count = row["count"] or 0
    if row["goal"] is None:
        return _("%(count)s 个, 未定目标") % {"count": count}
    return _("%(count)s 个, 目标 %(goal)s (%(share)s%%)") % {
        "count": count, "goal": figure(row["goal"]), "share": figure(row["share"]),
    }  # fmt: skip
