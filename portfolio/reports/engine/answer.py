"""Answers a report: the one way for the API, the pages, exports and subscriptions."""

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.http import QueryDict

from portfolio.core.history import past as as_of
from portfolio.reports.charts.chart import ReportDate
from portfolio.reports.engine.compare import compare_rows
from portfolio.reports.engine.parameters import COMPARE_TO, parse_days, parse_query
from portfolio.reports.engine.report import Column, Report, Row
from portfolio.reports.engine.words import columns_of
from projects.permissions import Actor
from projects.permissions.access import access_of


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """A report's rows as of ``told.on``; ``plain`` are those of that day alone, without the day
    ``compared_to``. Rows hold plain values, to be put into their form by ``shaped``."""

    report: Report
    columns: Sequence[Column]
    rows: Sequence[Row]
    plain: Sequence[Row]
    told: ReportDate
    compared_to: dt.date | None


def answer_report(report: Report, parameters: QueryDict, *, user: Actor) -> ReportAnswer:
    """Answers what the address' ``parameters`` ask for, as far as the user may see it; raises
    the ``ValidationError`` of the API naming the parameter that is wrong."""
    access_of(user)  # rights are today's, also over a past day's rows
    on, other = parse_days(parameters)
    year, rows = _rows(report, parameters, user, on)
    if other is None:
        return ReportAnswer(report, report.columns, rows, rows, ReportDate(on, year), None)
    _same, then = _rows(report, parameters, user, other, year=year)
    return ReportAnswer(
        report=report,
        columns=columns_of(report, compared=True),
        rows=compare_rows(report.columns, report.key, rows, then),
        plain=rows,
        told=ReportDate(on, year),
        compared_to=other,
    )


def _rows(
    report: Report, parameters: QueryDict, user: Actor, on: dt.date, *, year: int | None = None
) -> tuple[int, Sequence[Row]]:
    with ExitStack() as reading:
        if {as_of.PARAMETER, COMPARE_TO} & parameters.keys():
            reading.enter_context(as_of.read_as_of(on))
            reading.enter_context(as_of.join_whole_tables())
        asked = parse_query(report, parameters, user=user, on=on, year=year)
        return asked.year, report.rows(asked)
