"""A report's chart by the report's name, for whoever has its rows: the bulletin, a mail."""

import datetime as dt

from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts.chart import ReportDate, Rows
from portfolio.reports.charts.output import render_chart


def chart_png(report_name: str, rows: Rows, *, on: dt.date, year: int | None = None) -> bytes:
    """Returns the PNG of the report's rows as of ``on``, 6.6 inches wide.

    Raises ``MissingFontError`` without a Chinese font, ``LookupError`` for a report that has no
    chart."""
    return _chart(report_name, rows, on, year, "png")


def chart_svg(report_name: str, rows: Rows, *, on: dt.date, year: int | None = None) -> bytes:
    """Returns the SVG of the report's rows as of ``on``."""
    return _chart(report_name, rows, on, year, "svg")


def chart_alt(report_name: str, rows: Rows, *, on: dt.date, year: int | None = None) -> str:
    """Returns what the chart shows, in words."""
    chart = REPORTS[report_name].chart
    if chart is None:
        raise LookupError(report_name)
    return chart.alt(rows, ReportDate(on, year or on.year))


def _chart(name: str, rows: Rows, on: dt.date, year: int | None, format: str) -> bytes:
    chart = REPORTS[name].chart
    if chart is None:
        raise LookupError(name)
    return render_chart(chart, rows, ReportDate(on, year or on.year), format=format)
