"""The panel of milestones: a calendar of the year, a table of its months, the gravest as Gantt."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from portfolio.pages.board.panel import Drawing, Panel, answer_for_board
from portfolio.pages.board.question import BoardQuery
from portfolio.reports.catalogue.deadlines import DONE, DUE, OVERDUE
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts.chart import Line, Rows
from projects.programmes.rules import month_end

# How many of each state are drawn: what is late the longest, what is next, what was done last.
MOST_OF = {OVERDUE: 10, DUE: 8, DONE: 6}
COUNTS = ("due", DONE, OVERDUE, "open", "moved", "slipping")


def build_milestones_panel(question: BoardQuery) -> Panel:
    """Milestones as calendar and Gantt: baseline, present, forecast, done."""
    found = answer_for_board(question, "milestones")
    shown = _most_pressing(found.rows)
    drawn = {}
    if found.rows:
        drawn["calendar"] = Drawing("calendar", *_calendar(found.rows, question))
        drawn["gantt"] = Drawing("gantt", *_gantt(shown, question))
    facts = {
        "months": _months(found.rows, question),
        "count": len(found.rows),
        "on": question.on,
    }
    return Panel(
        "milestones", _("项目节点"), question, found.report, shown, drawn, facts, wide=True
    )


def _most_pressing(rows: Rows) -> list[Line]:
    """Returns some of each state: the longest late, those expected late and the next, the last
    ones done."""
    found: list[Line] = []
    for state, most in MOST_OF.items():
        found += sorted((row for row in rows if row["state"] == state), key=_urgency)[:most]
    return found


def _urgency(row: Line) -> tuple[int, int]:
    if row["done_on"]:
        return 0, -row["done_on"].toordinal()
    return 0 if row["state"] == OVERDUE or _slips(row) else 1, row["days_left"]


def _slips(row: Line) -> bool:
    forecast = row["forecast_on"]
    return row["state"] != DONE and forecast is not None and forecast > row["due_on"]


def _months(rows: Rows, question: BoardQuery) -> list[dict[str, Any]]:
    """Returns, month by month, how many are due, and of these how many stand how."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    for row in rows:
        of_month = counts[row["due_on"].month]
        of_month["due"] += 1
        of_month["open" if row["state"] == DUE else row["state"]] += 1
        of_month["moved"] += row["days_moved"] > 0
        of_month["slipping"] += _slips(row)
    report = REPORTS["milestones"]
    found = []
    for month in sorted(counts):
        first = dt.date(question.year, month, 1)
        days = {"due_after": str(first), "due_before": str(month_end(question.year, month))}
        found.append(
            {
                "month": month,
                **counts[month],
                "address": question.table(report, **days),
                "overdue_address": question.table(report, **days, state=OVERDUE),
            }
        )
    return found


def _calendar(rows: Rows, question: BoardQuery) -> tuple[str, dict[str, Any]]:
    due: dict[str, int] = defaultdict(int)
    overdue: dict[str, int] = defaultdict(int)
    for row in rows:
        day = str(row["due_on"])
        due[day] += 1
        overdue[day] += row["state"] == OVERDUE
    late = sum(overdue.values())
    alt = _("%(year)s 年到期节点 %(count)s 个, 其中逾期 %(late)s 个; 逐月数目见右表。") % {
        "year": question.year, "count": len(rows), "late": late,
    }  # fmt: skip
    data = {
        "kind": "calendar",
        "year": question.year,
        "on": str(question.on),
        "due": list(due.items()),
        "overdue": [each for each in overdue.items() if each[1]],
        "words": {"due": _("到期节点"), "overdue": _("其中逾期"), "on": _("截至"),
                  "fewer": _("少"), "more": _("多")},
        "months": [_("%(month)s月") % {"month": each} for each in range(1, 13)],
        "days": [_("日"), _("一"), _("二"), _("三"), _("四"), _("五"), _("六")],
    }  # fmt: skip
    return alt, data


def _gantt(shown: Rows, question: BoardQuery) -> tuple[str, dict[str, Any]]:
    alt = _("最紧要的 %(count)s 个节点: 基准日期、现定期限、预计完成和完成日期, 逐项见下表。") % {
        "count": len(shown)
    }
    data = {
        "kind": "gantt",
        "on": str(question.on),
        "first": str(question.first),
        "last": f"{question.year}-12-31",
        "words": {"baseline": _("基准日期"), "due": _("现定期限"), "forecast": _("预计完成"),
                  "done": _("完成日期"), "on": _("截至"), "overdue": _("逾期")},
        "months": [_("%(month)s月") % {"month": each} for each in range(1, 13)],
        "lines": [
            {
                "project": row["project_name"],
                "name": row["name"],
                "state": row["state"],
                **{
                    name: str(row[f"{name}_on"] or "")
                    for name in ("baseline", "due", "forecast", "done")
                },
            }
            for row in shown
        ],
    }  # fmt: skip
    return alt, data
