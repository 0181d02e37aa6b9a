"""``GET reports/`` describes every report, ``GET reports/<name>`` answers one."""

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

from portfolio.core.api.filtering import refuse_unknown_parameters
from portfolio.core.api.pagination import Pages
from portfolio.core.api.renderers import OrjsonRenderer
from portfolio.core.api.schema import tag
from portfolio.core.api.tables import XLSX, CsvRenderer
from portfolio.core.history import past as as_of
from portfolio.reports.bulletin.views import describe_bulletin
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts.output import FORMATS as CHART_FORMATS
from portfolio.reports.engine.answer import ReportAnswer, answer_report
from portfolio.reports.engine.parameters import COMPARE_TO
from portfolio.reports.engine.report import Report, make_row_shaper
from portfolio.reports.engine.words import describe_columns
from portfolio.reports.formats.charts import PngRenderer, SvgRenderer, chart_response
from portfolio.reports.formats.sheets import build_sheet
from portfolio.reports.formats.xlsx import ReportXlsxRenderer


class ColumnSerializer(serializers.Serializer):
    """A column of a report, as ``words.column_told`` tells it."""

    name = serializers.CharField()
    heading = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()


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
            "columns": describe_columns(instance, compared=False),
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
        tags=[tag(gettext_lazy("报表"))],
        responses=ReportDescriptionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, {"format"})
        described = ReportDescriptionSerializer(REPORTS.values(), many=True).data
        return Response([*described, describe_bulletin()])


class ReportView(APIView):
    """Answers a report as of the end of a day, Asia/Shanghai: the same for ever."""

    renderer_classes = (OrjsonRenderer, CsvRenderer, ReportXlsxRenderer, SvgRenderer, PngRenderer)

    @extend_schema(
        summary=gettext_lazy("查询报表"),
        tags=[tag(gettext_lazy("报表"))],
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
        found = answer_report(report, request.query_params, user=request.user)
        if format in CHART_FORMATS:
            compared = found.compared_to is not None
            return chart_response(report, found.plain, found.told, format=format, compared=compared)
        if format != "json":
            return _sheet(found, format)
        pages = Pages()
        page = pages.paginate_queryset(found.rows, request, view=self)
        return Response(
            {
                "report": report.name,
                "title": str(report.title),
                "as_of": found.told.on,
                "compare_to": found.compared_to,
                "year": found.told.year,
                "columns": describe_columns(report, compared=found.compared_to is not None),
                "chart": _chart(found),
                "count": len(found.rows),
                "next": pages.get_next_link(),
                "previous": pages.get_previous_link(),
                "results": list(map(make_row_shaper(found.columns), page or ())),
            }
        )


def formats_of(report: Report) -> list[str]:
    """Returns the formats that the report has."""
    return ["json", "csv", "xlsx", *(CHART_FORMATS if report.chart else ())]


def _chart(found: ReportAnswer) -> dict[str, Any] | None:
    chart = found.report.chart
    if chart is None:
        return None
    return {"alt": chart.alt(found.plain, found.told), "formats": list(CHART_FORMATS)}


def _sheet(found: ReportAnswer, format: str) -> Response:
    name = f"{found.report.name}-{found.told.on}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(build_sheet(found, format), headers=headers)
