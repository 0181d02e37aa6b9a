"""A report's chart by the report's name, for whoever has its rows: the bulletin, a mail."""

import datetime as dt

from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts.chart import Chart, ReportDate, Rows
from portfolio.reports.charts.output import render_chart


def chart_png(report_name: str, rows: Rows, *, on: dt.date, year: int | None = None) -> bytes:
    """Returns the PNG of the report's rows as of ``on``, 6.6 inches wide.

    Raises ``MissingFontError`` without a Chinese font, ``LookupError`` for a report that has no
    chart."""
    return render_chart(_chart(report_name), rows, ReportDate(on, year or on.year), format="png")


def chart_alt(report_name: str, rows: Rows, *, on: dt.date, year: int | None = None) -> str:
    """Returns what the chart shows, in words."""
    return _chart(report_name).alt(rows, ReportDate(on, year or on.year))


def _chart(report_name: str) -> Chart:
    chart = REPORTS[report_name].chart
    if chart is None:
        raise LookupError(report_name)
    return chart
