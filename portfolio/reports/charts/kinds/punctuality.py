"""月报及时率: departments × months; the darker, the more came late or not at all."""

from decimal import Decimal

from django.utils.translation import gettext as _

from portfolio.reports.charts.chart import (
    Chart,
    Heat,
    Line,
    NativeChart,
    ReportDate,
    Rows,
    format_dated_title,
    format_number,
)

MOST_ROWS = 60
MONTHS = range(1, 13)
COLUMNS = tuple(f"month_{month:02d}" for month in MONTHS)
HUNDRED = Decimal(100)


class PunctualityChart(Chart):
    native = NativeChart(scale=("punctuality", *COLUMNS))

    def title(self, rows: Rows, told: ReportDate) -> str:
        return format_dated_title(_("月报及时率"), told)

    def words(self, rows: Rows) -> str:
        owed = sum(row["owed"] or 0 for row in rows)
        in_time = sum(row["in_time"] or 0 for row in rows)
        ordered = sorted(rows, key=_punctuality)
        words = _("%(count)s 个单位应报 %(owed)s 份, 按时 %(in_time)s 份") % {
            "count": len(rows), "owed": owed, "in_time": in_time,
        }  # fmt: skip
        if owed:
            words += f" ({format_number(HUNDRED * in_time / owed)}%)"
        return words + _("; 最低 %(low)s, 最高 %(high)s。") % {
            "low": _share(ordered[0]), "high": _share(ordered[-1]),
        }  # fmt: skip

    def content(self, rows: Rows) -> Heat:
        shown = _visible_rows(rows)
        due = [
            month for month in MONTHS if any(row[COLUMNS[month - 1]] is not None for row in rows)
        ]
        months = range(1, max(due, default=1) + 1)
        names = (*COLUMNS[: len(months)], "punctuality")
        return Heat(
            rows=[str(row["name"]) for row in shown],
            columns=[*(_("%(month)s月") % {"month": month} for month in months), _("本年")],
            values=[[row[name] for name in names] for row in shown],
        )

    def note(self, rows: Rows) -> str:
        hidden = len(rows) - MOST_ROWS
        if hidden <= 0:
            return ""
        return _("只画及时率最低的 %(shown)s 个单位, 另有 %(count)s 个见报表。") % {
            "shown": MOST_ROWS, "count": hidden,
        }  # fmt: skip


def _punctuality(row: Line) -> Decimal:
    return HUNDRED if row["punctuality"] is None else Decimal(row["punctuality"])


def _share(row: Line) -> str:
    return f"{row['name']} {format_number(_punctuality(row))}%"


def _visible_rows(rows: Rows) -> Rows:
    """Returns the rows in their own order; of very many, those that are the latest."""
    if len(rows) <= MOST_ROWS:
        return rows
    kept = {id(row) for row in sorted(rows, key=_punctuality)[:MOST_ROWS]}
    return [row for row in rows if id(row) in kept]
