"""``imports``: a sheet is shown, then written whole under the token of what was shown."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolio.core.api.filtering import refuse_unknown_parameters
from portfolio.core.api.idempotency import answer_once
from portfolio.core.api.schema import tag
from projects.importing.annotation import annotate_upload
from projects.importing.models import ImportPreview
from projects.importing.previews import (
    find_subject,
    may_import,
    preview_commit,
    preview_create,
    preview_plan,
)
from projects.importing.subjects import SUBJECTS
from projects.importing.template import build_template

MOST_TOLD = 1000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAG = tag(gettext_lazy("导入"))
_WORKBOOK = OpenApiResponse(OpenApiTypes.BINARY, description=".xlsx")


class CountsSerializer(serializers.Serializer):
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    wrong = serializers.IntegerField()


class ChangeSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="表中的行号")
    state = serializers.ChoiceField(choices=["new", "changed"])
    changes = serializers.DictField(help_text="字段 → {before, after}")


class CellErrorSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="表中的行号")
    column = serializers.CharField(help_text="列标, 例如 C; 空表示整行")
    heading = serializers.CharField()
    field = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField(help_text="原因与改法")


class ImportPreviewSerializer(serializers.Serializer):
    token = serializers.CharField()
    model = serializers.CharField()
    file_name = serializers.CharField()
    expires_at = serializers.DateTimeField()
    counts = CountsSerializer()
    heading_row = serializers.IntegerField()
    columns = serializers.DictField(help_text="表头 → 字段")
    ignored_columns = serializers.ListField(child=serializers.CharField())
    rows = ChangeSerializer(many=True)
    errors: Any = CellErrorSerializer(many=True)
    truncated = serializers.BooleanField(help_text="只列出前 1000 行或前 1000 处错误")


class ImportRequestSerializer(serializers.Serializer):
    model = serializers.ChoiceField(choices=sorted(SUBJECTS))
    file = serializers.FileField(help_text=".xlsx 或 .csv, 至多 10 MB、20000 行")


class CommittedSerializer(serializers.Serializer):
    counts = CountsSerializer()


class _ImportView(APIView):
    known_parameters: frozenset[str] = frozenset({"format"})
    answers_once = True
    post: Callable[..., Response]  # where something is sent

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.known_parameters)
        if request.method == "POST":
            self.post = answer_once(request, self.post)


class ImportsView(_ImportView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        summary=gettext_lazy("上传表格, 预览将写入什么"),
        tags=[TAG],
        request={"multipart/form-data": ImportRequestSerializer},
        responses={201: ImportPreviewSerializer},
    )
    def post(self, request: Request) -> Response:
        """Shows what an .xlsx or .csv would write; writes nothing."""
        sent: Any = request.data
        file = request.FILES.get("file")
        missing = [n for n, v in (("model", sent.get("model")), ("file", file)) if not v]
        if missing:
            raise ValidationError({missing[0]: _("该字段是必填项。")}, code="required")
        preview, plan = preview_create(
            subject_name=str(sent["model"]),
            by=request.user,
            file_name=file.name or "",
            content=file.read(),
        )
        return Response(_describe_preview(preview, plan), status=status.HTTP_201_CREATED)


class ImportView(_ImportView):
    @extend_schema(
        summary=gettext_lazy("再看一次预览"), tags=[TAG], responses=ImportPreviewSerializer
    )
    def get(self, request: Request, token: str) -> Response:
        """What the file would write now."""
        return Response(_describe_preview(*preview_plan(token=token, by=request.user)))


class ImportCommitView(_ImportView):
    @extend_schema(
        summary=gettext_lazy("写入预览过的表格: 全部成功或全部不写"),
        tags=[TAG],
        request=None,
        responses={200: CommittedSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """Writes what was shown, all or nothing."""
        return Response({"counts": preview_commit(token=token, by=request.user)})


class ImportAnnotatedView(_ImportView):
    @extend_schema(
        summary=gettext_lazy("下载标出错误的表格"), tags=[TAG], responses={(200, XLSX): _WORKBOOK}
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """The uploaded sheet with each error in its cell."""
        preview, plan = preview_plan(token=token, by=request.user)
        content = annotate_upload(
            plan=plan, file_name=preview.file_name, content=bytes(preview.content)
        )
        return _workbook(content, f"{preview.subject}-errors.xlsx")


class ImportTemplateView(_ImportView):
    known_parameters = frozenset({"format", "model"})

    @extend_schema(
        summary=gettext_lazy("下载导入模板"),
        tags=[TAG],
        parameters=[OpenApiParameter("model", str, required=True, enum=sorted(SUBJECTS))],
        responses={(200, XLSX): _WORKBOOK},
    )
    def get(self, request: Request) -> HttpResponse:
        """An empty sheet with headings and drop-down lists."""
        name = request.query_params.get("model", "")
        subject = find_subject(name)
        if not may_import(request.user, subject):
            self.permission_denied(request)
        return _workbook(build_template(subject), f"{name}-template.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def _describe_preview(preview: ImportPreview, plan: Any) -> dict[str, Any]:
    counts = plan.counts()
    headings = plan.headings
    return {
        "token": preview.token,
        "model": preview.subject,
        "file_name": preview.file_name,
        "expires_at": preview.expires_at,
        "counts": counts,
        "heading_row": headings.row,
        "columns": {headings.texts[place]: name for place, name in headings.columns.items()},
        "ignored_columns": headings.ignored,
        "rows": plan.told_rows(MOST_TOLD),
        "errors": [asdict(error) for error in plan.errors[:MOST_TOLD]],
        "truncated": counts["new"] + counts["changed"] > MOST_TOLD or len(plan.errors) > MOST_TOLD,
    }
