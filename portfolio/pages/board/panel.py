"""A panel of the board: a report's rows as a table, and as a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from portfolio.pages.board.question import DEPARTMENT, DISTRICT, BoardQuery
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.engine.answer import ReportAnswer, answer_report
from portfolio.reports.engine.report import Report


def answer_for_board(question: BoardQuery, name: str, **more: str) -> ReportAnswer:
    """Returns the report as the board asks it."""
    report = REPORTS[name]
    return answer_report(report, question.asked_of(report, **more), user=question.user)


@dataclass(frozen=True)
class Drawing:
    """A chart: the words for those who do not see it, its data; ``rows`` is the table that it
    stands beside, line by line."""

    name: str
    alt: str
    data: Mapping[str, Any]
    rows: str = ""

    @property
    def script(self) -> str:
        return f"chart-{self.name}"


@dataclass
class Panel:
    """``name`` is its anchor and its template; ``more`` is what the addresses of its table and
    sheet say besides."""

    name: str
    title: str
    question: BoardQuery
    report: Report
    rows: Sequence[Any]
    charts: Mapping[str, Drawing] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False

    @property
    def template(self) -> str:
        return f"dashboard/panels/{self.name}.html"

    @property
    def csv(self) -> str:
        return self.question.sheet(self.report, "csv", **self.more)

    @property
    def table(self) -> str:
        return self.question.table(self.report, **self.more)

    @property
    def note(self) -> str:
        """Returns which of the filters do not hold here; "" when all do."""
        unknown = self.question.unknown_to(self.report)
        if not unknown:
            return ""
        names = {DISTRICT: _("所在地"), DEPARTMENT: _("责任单位")}
        return _("本栏不按%(filters)s筛选。") % {
            "filters": "、".join(names[each] for each in sorted(unknown))
        }


def to_yi(amount: Decimal) -> Decimal:
    """Returns 万元 as 亿元."""
    return amount / 10_000
