"""The endpoints of exports: asked for, looked at while they run, fetched, removed."""

import time
from dataclasses import fields
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy
from django_filters import DateFilter, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework.decorators import action
from rest_framework.request import Request

from portfolio.core.api.filtering import CommaChoiceFilter
from portfolio.core.api.rows import ComputedField, DisplayField, Row, RowPlan
from portfolio.core.api.serializers import ReadSerializer, WriteSerializer
from portfolio.reports.exporting.models import Export, ExportFormat, ExportState
from portfolio.reports.exporting.progress import read_progress
from portfolio.reports.exporting.services import export_create, export_remove
from portfolio.reports.exporting.serving import open_export_file
from portfolio.reports.exporting.tasks import run_export_soon
from projects.core.api.base import DomainResource

_RAW = "raw "  # no field is called that: the columns that the live fields are told from


class LiveField(ComputedField):
    """What is told when the row is read; no column holds it."""


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": 100})
class PercentField(LiveField):
    pass


@extend_schema_field({"type": ["integer", "null"]})
class SecondsField(LiveField):
    pass


@extend_schema_field({"type": ["string", "null"], "format": "uri"})
class LinkField(LiveField):
    pass


class ExportSerializer(ReadSerializer):
    state_display = DisplayField()
    percent = PercentField(help_text=gettext_lazy("完成的百分比; 100 表示文件可取"))
    seconds_left = SecondsField(help_text=gettext_lazy("预计还需的秒数; 空: 尚不能估计"))
    file = LinkField(help_text=gettext_lazy("文件的地址; 完成后才有, 到保留期止"))

    class Meta:
        model = Export
        fields = [
            "id", "owner", "address", "title", "format", "state", "state_display", "rows_total",
            "rows_done", "percent", "seconds_left", "file", "file_name", "size", "error",
            "recorded_at", "started_at", "ended_at", "expires_at", "version",
        ]  # fmt: skip


class ExportWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = Export
        fields = ["address"]


class ExportFilter(FilterSet):
    state = CommaChoiceFilter(field_name="state", choices=ExportState.choices)
    format = CommaChoiceFilter(field_name="format", choices=ExportFormat.choices)
    recorded_after = DateFilter(field_name="recorded_at", lookup_expr="date__gte")
    recorded_before = DateFilter(field_name="recorded_at", lookup_expr="date__lte")


class LivePlan(RowPlan):
    """Reads rows of exports, and tells how far those have got that run at this moment."""

    @classmethod
    def of(cls, plan: RowPlan) -> "LivePlan":
        own = {field.name: getattr(plan, field.name) for field in fields(plan)}
        raw = {_RAW + name: name for name in ("id", "state", "format")}
        return cls(**{**own, "columns": {**plan.columns, **raw}})

    def filled(self, found: Any) -> list[Row]:
        rows = super().filled(found)
        running = [row[_RAW + "id"] for row in rows if row[_RAW + "state"] == ExportState.RUNNING]
        told, now = read_progress(running), time.time()
        for row in rows:
            pk, state = row.pop(_RAW + "id"), row.pop(_RAW + "state")
            format = row.pop(_RAW + "format")
            done = state == ExportState.DONE
            live: Row = {"percent": 100 if done else 0, "seconds_left": 0 if done else None}
            live["file"] = f"{settings.BASE_URL}/api/v1/exports/{pk}/file/" if done else None
            if pk in told:
                progress = told[pk]
                live |= {
                    "rows_total": progress.total,
                    "rows_done": progress.done,
                    "percent": progress.percent,
                    "seconds_left": progress.seconds_left(format=format, now=now),
                }
            row.update((name, value) for name, value in live.items() if name in row)
        return rows


class ExportViewSet(DomainResource):
    """An address of this API that a worker answers into a file, kept for seven days."""

    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    write_serializer_class = ExportWriteSerializer
    filterset_class = ExportFilter
    ordering_fields = ("id", "recorded_at", "ended_at", "expires_at", "size")
    http_method_names = ["get", "post", "delete", "head", "options"]

    def shaped(self, plan: RowPlan) -> RowPlan:
        return LivePlan.of(plan)

    def perform_create(self, fields: dict[str, Any]) -> Export:
        export = export_create(by=self.request.user, **fields)
        run_export_soon()
        return export

    def perform_destroy(self, instance: Export) -> None:
        export_remove(export=instance, by=self.request.user)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # A file is what it is: asking for it with "Accept: text/csv" is no mistake.
        return super().perform_content_negotiation(request, force or self.action == "file")

    @extend_schema(
        summary=gettext_lazy("下载导出的文件"),
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def file(self, request: Request, pk: str) -> FileResponse:
        """The file, as a download."""
        export = self.get_queryset().filter(pk=pk).first()
        if export is None:
            raise Http404
        return open_export_file(export)
