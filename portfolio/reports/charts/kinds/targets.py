"""目标进度: what is reached of each target's value, and where the plan to date stands."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from portfolio.core.complete import check_complete
from portfolio.reports.charts.chart import (
    BLUE,
    GREEN,
    ORANGE,
    PALE,
    RED,
    SKY,
    Bar,
    Bars,
    Chart,
    NativeChart,
    ReportDate,
    Rows,
    Style,
    format_dated_title,
    format_number,
    join_list,
)
from targets.choices import GRAVE_STATUSES, Status

MOST_BARS = 40
LONGEST = 150.0  # per cent of the target: one that is exceeded tenfold must not flatten the rest
STYLES: dict[str, Style] = {
    Status.MISSED: Style("#000000"),
    Status.BEHIND: RED,
    Status.AT_RISK: ORANGE,
    Status.NO_DATA: PALE,
    Status.AWAITING: SKY,
    Status.ON_TRACK: BLUE,
    Status.ACHIEVED: Style(GREEN.fill, "||||"),
}
check_complete("STYLES", STYLES, Status)


class TargetsChart(Chart):
    """Units differ, so lengths are per cent of each target's own value."""

    native = NativeChart("bar", "", "name", ("reached", "plan_share"), most=LONGEST / 100)

    def title(self, rows: Rows, told: ReportDate) -> str:
        return format_dated_title(_("目标进度对照序时计划"), told)

    def words(self, rows: Rows) -> str:
        counts = Counter(row["status"] for row in rows)
        standing = [f"{status.label} {counts[status]}" for status in Status if counts[status]]
        words = _("%(count)s 项目标: %(standing)s") % {
            "count": len(rows), "standing": join_list(standing),
        }  # fmt: skip
        gravest = [row for row in _drawable(rows) if row["status"] in GRAVE_STATUSES][:3]
        if gravest:
            words += _("; 落后的有 %(names)s") % {
                "names": join_list([f"{row['name']} ({_reached_per_cent(row)})" for row in gravest])
            }
        return words + "。"

    def content(self, rows: Rows) -> Bars | None:
        shown = _drawable(rows)[:MOST_BARS]
        if not shown:
            return None
        present = {row["status"] for row in shown}
        return Bars(
            bars=[_bar(row) for row in shown],
            axis=_("占目标值的百分比"),
            legend=[(style, str(Status(each).label)) for each, style in STYLES.items()
                    if each in present],
            marker=_("序时计划"),
            most=LONGEST,
        )  # fmt: skip

    def note(self, rows: Rows) -> str:
        drawable = _drawable(rows)
        notes = []
        if (hidden := len(drawable) - MOST_BARS) > 0:
            notes.append(_("另有 %(count)s 项较好的未画出") % {"count": hidden})
        if without := len(rows) - len(drawable):
            notes.append(_("%(count)s 项尚无可比的数值") % {"count": without})
        return _("%(notes)s, 见报表。") % {"notes": join_list(notes)} if notes else ""

    def native_rows(self, rows: Rows) -> range:
        """Returns the gravest; one without a figure keeps its line, empty."""
        return range(min(len(rows), MOST_BARS))


def _drawable(rows: Rows) -> list[Any]:
    """Returns the rows, the gravest first, whose actual can be put beside a value."""
    return [row for row in rows if row["value"] and row["actual"] is not None]


def _bar(row: Any) -> Bar:
    plan = row["plan_to_date"]
    return Bar(
        label=str(row["name"]),
        value=_per_cent(row["actual"], row["value"]),
        told=_reached_per_cent(row),
        marker=None if plan is None else _per_cent(plan, row["value"]),
        style=STYLES[row["status"]],
    )


def _per_cent(part: Any, whole: Any) -> float:
    return float(100 * part / abs(whole))


def _reached_per_cent(row: Any) -> str:
    return f"{format_number(row['actual'])} / {format_number(row['value'])} {row['unit']}".strip()
