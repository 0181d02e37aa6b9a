"""Answers a report: the one way for the API, the pages, exports and subscriptions."""

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from portfolio.core.history import past as as_of
from portfolio.reports.charts.chart import Told
from portfolio.reports.engine.compare import compared_rows
from portfolio.reports.engine.parameters import COMPARE_TO, asked_of, days_asked
from portfolio.reports.engine.report import Column, Report, Row
from portfolio.reports.engine.words import columns_of
from projects.permissions.access import access_of


@dataclass(frozen=True, slots=True)
class Answer:
    """A report's rows as of ``told.on``; ``plain`` are those of that day alone, without the day
    ``compared_to``. Rows hold plain values, to be put into their form by ``shaped``."""

    report: Report
    columns: Sequence[Column]
    rows: Sequence[Row]
    plain: Sequence[Row]
    told: Told
    compared_to: dt.date | None


def answer(report: Report, parameters: QueryDict, *, user: Any) -> Answer:
    """Answers what the address' ``parameters`` ask for, as far as the user may see it; raises
    the ``ValidationError`` of the API naming the parameter that is wrong."""
    access_of(user)  # rights are today's, also over a past day's rows
    on, other = days_asked(parameters)
    year, rows = _rows(report, parameters, user, on)
    if other is None:
        return Answer(report, report.columns, rows, rows, Told(on, year), None)
    _same, then = _rows(report, parameters, user, other, year=year)
    return Answer(
        report=report,
        columns=columns_of(report, compared=True),
        rows=compared_rows(report.columns, report.key, rows, then),
        plain=rows,
        told=Told(on, year),
        compared_to=other,
    )


def _rows(
    report: Report, parameters: QueryDict, user: Any, on: dt.date, *, year: int | None = None
) -> tuple[int, Sequence[Row]]:
    with ExitStack() as reading:
        if {as_of.PARAMETER, COMPARE_TO} & parameters.keys():
            reading.enter_context(as_of.reading_as_of(on))
            reading.enter_context(as_of.joining_whole_tables())
        asked = asked_of(report, parameters, user=user, on=on, year=year)
        return asked.year, report.rows(asked)
