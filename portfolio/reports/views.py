"""``GET reports/`` describes every report, ``GET reports/<name>`` answers one."""

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolio.api import as_of
from portfolio.api.filtering import refuse_unknown_parameters
from portfolio.api.pagination import Pages
from portfolio.api.renderers import OrjsonRenderer
from portfolio.api.tables import XLSX, CsvRenderer
from portfolio.reports.asking import COMPARE_TO, asked_of, days_asked
from portfolio.reports.bulletin.views import bulletin_described
from portfolio.reports.charts.chart import Told
from portfolio.reports.charts.output import FORMATS as CHART_FORMATS
from portfolio.reports.comparing import compared_columns, compared_rows
from portfolio.reports.formats.charts import PngRenderer, SvgRenderer, chart_response
from portfolio.reports.formats.xlsx import ReportXlsxRenderer, Workbook
from portfolio.reports.registry import REPORTS
from portfolio.reports.report import Column, Report, Row, shaped
from portfolio.reports.tables import report_table
from projects.permissions.access import access_of


class ColumnSerializer(serializers.Serializer):
    """A column of a report."""

    name = serializers.CharField()
    heading = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()

    def to_representation(self, instance: Column) -> dict[str, str]:
        return {
            "name": instance.name,
            "heading": str(instance.heading),
            "unit": str(instance.unit),
            "kind": str(instance.kind),
        }


class ReportDescriptionSerializer(serializers.Serializer):
    """What a report answers, and what it can be asked."""

    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    parameters = serializers.ListField(child=serializers.CharField())
    columns = ColumnSerializer(many=True)
    formats = serializers.ListField(child=serializers.CharField())

    def to_representation(self, instance: Report) -> dict[str, Any]:
        return {
            "name": instance.name,
            "title": str(instance.title),
            "description": str(instance.description),
            "parameters": sorted(
                {*instance.filterset.base_filters, *instance.parameters, "year",
                 as_of.PARAMETER, COMPARE_TO}
            ),
            "columns": ColumnSerializer(instance.columns, many=True).data,
            "formats": formats_of(instance),
        }  # fmt: skip


class ChartSerializer(serializers.Serializer):
    """A report's chart: what it shows, in words, for those who do not see it."""

    alt = serializers.CharField()
    formats = serializers.ListField(child=serializers.CharField())


class ReportAnswerSerializer(serializers.Serializer):
    """A report as of a day; ``results`` has one object a row, by the columns' names."""

    report = serializers.CharField()
    title = serializers.CharField()
    as_of = serializers.DateField()
    compare_to = serializers.DateField(allow_null=True)
    year = serializers.IntegerField()
    columns = ColumnSerializer(many=True)
    chart = ChartSerializer(allow_null=True)
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = serializers.ListField(child=serializers.DictField())


class ReportsView(APIView):
    """Describes all reports."""

    @extend_schema(
        summary=gettext_lazy("列出报表"),
        tags=[gettext_lazy("报表")],
        responses=ReportDescriptionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, {"format"})
        described = ReportDescriptionSerializer(REPORTS.values(), many=True).data
        return Response([*described, bulletin_described()])


class ReportView(APIView):
    """Answers a report as of the end of a day, Asia/Shanghai: the same for ever."""

    renderer_classes = (OrjsonRenderer, CsvRenderer, ReportXlsxRenderer, SvgRenderer, PngRenderer)

    @extend_schema(
        summary=gettext_lazy("查询报表"),
        tags=[gettext_lazy("报表")],
        parameters=[
            OpenApiParameter("name", str, "path", enum=sorted(REPORTS)),
            OpenApiParameter("year", int, description=gettext_lazy("年度, 默认 as_of 所在年")),
            OpenApiParameter("as_of", str, description=gettext_lazy("按当日所知, 默认今天")),
            OpenApiParameter("compare_to", str, description=gettext_lazy("对比的另一天")),
            OpenApiParameter("since", str, description=gettext_lazy("起始日")),
            OpenApiParameter("quarter", int, description=gettext_lazy("季度")),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int, description=gettext_lazy("每页条数, 最多 500")),
        ],
        responses={
            (200, "application/json"): ReportAnswerSerializer,
            (200, "text/csv"): OpenApiTypes.BINARY,
            (200, XLSX): OpenApiTypes.BINARY,
            (200, SvgRenderer.media_type): OpenApiTypes.BINARY,
            (200, PngRenderer.media_type): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, name: str) -> Response:
        report = REPORTS.get(name)
        if report is None:
            raise Http404
        format = request.accepted_renderer.format
        if format not in formats_of(report):
            raise NotAcceptable(
                _("报表 %(report)s 没有 %(format)s 格式; 可用的格式: %(formats)s。")
                % {"report": name, "format": format, "formats": ", ".join(formats_of(report))},
                "not_of_this_report",
            )
        access_of(request.user)  # rights are today's, also over a past day's rows
        on, other = days_asked(request)
        year, rows = _rows(report, request, on)
        columns = list(report.columns)
        told = Told(on, year)
        if format in CHART_FORMATS:
            return chart_response(report, rows, told, format=format, compared=other is not None)
        chart = _chart(report, rows, told)
        if other is not None:
            _same, then = _rows(report, request, other, year=year)
            rows = compared_rows(columns, report.key, rows, then)
            columns = compared_columns(columns, report.key)
        if format != "json":
            return _sheet(report, columns, rows, told, format)
        pages = Pages()
        page = pages.paginate_queryset(rows, request, view=self)
        return Response(
            {
                "report": report.name,
                "title": str(report.title),
                "as_of": on,
                "compare_to": other,
                "year": year,
                "columns": ColumnSerializer(columns, many=True).data,
                "chart": chart,
                "count": len(rows),
                "next": pages.get_next_link(),
                "previous": pages.get_previous_link(),
                "results": [shaped(columns, row) for row in page],
            }
        )


def _rows(
    report: Report, request: Request, on: dt.date, *, year: int | None = None
) -> tuple[int, Sequence[Row]]:
    with ExitStack() as reading:
        if {as_of.PARAMETER, COMPARE_TO} & request.query_params.keys():
            reading.enter_context(as_of.reading_as_of(on))
        asked = asked_of(report, request, on=on, year=year)
        return asked.year, report.rows(asked)


def formats_of(report: Report) -> list[str]:
    """Returns the formats that the report has."""
    return ["json", "csv", "xlsx", *(CHART_FORMATS if report.chart else ())]


def _chart(report: Report, rows: Sequence[Row], told: Told) -> dict[str, Any] | None:
    if report.chart is None:
        return None
    return {"alt": report.chart.alt(rows, told), "formats": list(CHART_FORMATS)}


def _sheet(
    report: Report, columns: Sequence[Column], rows: Sequence[Row], told: Told, format: str
) -> Response:
    shown = [shaped(columns, row) for row in rows]
    name = f"{report.name}-{told.on}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if format == "xlsx":
        return Response(Workbook(report, columns, shown, told), headers=headers)
    return Response(report_table(str(report.title), columns, shown), headers=headers)
