"""``?format=svg`` and ``?format=png``: a report's chart, of the very rows of its JSON."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from portfolio.core.api.renderers import dump
from portfolio.reports.charts.chart import ReportDate, Rows
from portfolio.reports.charts.output import MissingFontError, render_chart
from portfolio.reports.engine.parameters import COMPARE_TO
from portfolio.reports.engine.report import Report


class SvgRenderer(BaseRenderer):
    """Gives out the chart; a refusal is a problem in JSON."""

    media_type = "image/svg+xml"
    format = "svg"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        return data if isinstance(data, bytes) else b"" if data is None else dump(data)


class PngRenderer(SvgRenderer):
    media_type = "image/png"
    format = "png"


class ChartUnavailableError(exceptions.APIException):
    """No Chinese font is installed; the words name the remedy."""

    status_code = 503


def chart_response(
    report: Report, rows: Rows, told: ReportDate, *, format: str, compared: bool
) -> Response:
    """Returns the chart; raises 400 for two days, which no chart shows, 503 without a font."""
    if compared:
        message = _("图表只画一天; 请去掉 compare_to, 或分两次取图。")
        raise exceptions.ValidationError({COMPARE_TO: message}, "not_drawn")
    if report.chart is None:
        raise exceptions.NotAcceptable()
    try:
        made = render_chart(report.chart, rows, told, format=format)
    except MissingFontError as error:
        raise ChartUnavailableError(str(error)) from error
    name = f"{report.name}-{told.on}.{format}"
    return Response(made, headers={"Content-Disposition": f'inline; filename="{name}"'})
