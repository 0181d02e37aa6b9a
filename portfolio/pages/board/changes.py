"""The panel of what has changed since last week."""

from collections import Counter
from itertools import groupby

from django.utils.translation import gettext as _

from portfolio.pages.board import drawings
from portfolio.pages.board.panel import Drawing, Panel, answer_for_board
from portfolio.pages.board.question import BoardQuery
from portfolio.reports.catalogue.changes import CHANGES, WEEK
from portfolio.reports.charts.chart import BLUE, GREEN, RED, Bar, Bars, join_list

MOST, LEAST_OF_A_KIND = 10, 3
STYLES = {"slipped": RED, "worsened": RED, "done": GREEN, "recovered": GREEN}


def build_changes_panel(question: BoardQuery) -> Panel:
    """What changed since a week before the day, some of each kind."""
    found = answer_for_board(question, "changes")
    counts = Counter(row["change"] for row in found.rows)
    kinds = [(code, str(label), counts[code]) for code, label in CHANGES.items()]
    bars = [
        Bar(label, count, str(count), style=STYLES.get(code, BLUE)) for code, label, count in kinds
    ]
    alt = join_list([f"{label} {count}" for _code, label, count in kinds])
    content = drawings.build_bars(Bars(bars, axis=_("项")))
    drawing = Drawing("changes", f"{alt}。", content, "changes-counts")
    most = max(LEAST_OF_A_KIND, MOST // max(1, len(counts)))
    groups = [
        (label, list(rows)[:most])
        for label, rows in groupby(found.rows, key=lambda row: row["change_display"])
    ]
    facts = {"kinds": kinds, "since": question.on - WEEK, "count": len(found.rows)}
    return Panel(
        "changes", _("一周变动"), question, found.report, groups, {"changes": drawing}, facts
    )
