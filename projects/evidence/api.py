"""The endpoints of evidence files: sent as a form, served only to who may see them."""

import logging
from typing import Any

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import DateFilter, FilterSet, NumberFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter, CommaTextFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import ReadSerializer, WriteSerializer
from projects.core.api.base import DomainResource
from projects.evidence import services as evidence
from projects.evidence.models import EvidenceFile, EvidenceSubject
from projects.evidence.rules import CONTENT_TYPES
from projects.people.filters import department_filter, user_filter
from projects.people.serializers import UserBriefSerializer
from projects.register.serializers import ProjectBriefSerializer

logger = logging.getLogger(__name__)


FILE_FIELDS = [
    "name", "content_type", "size", "sha256", "uploaded_by", "recorded_at",
]  # fmt: skip


class EvidenceFileSerializer(ReadSerializer):
    subject_kind_display = DisplayField()
    expandable = {"project": ProjectBriefSerializer, "uploaded_by": UserBriefSerializer}

    class Meta:
        model = EvidenceFile
        fields = [
            "id", "project", "subject_kind", "subject_kind_display", "subject_id", *FILE_FIELDS,
        ]  # fmt: skip


class FileWriteSerializer(WriteSerializer):
    """One file as a form; a subclass adds what it proves."""

    # An empty file, or one of a wrong type, is the service's to refuse: it says what to do.
    file = serializers.FileField(
        allow_empty_file=True,
        max_length=1000,
        help_text=gettext_lazy("pdf jpg png docx xlsx doc xls; 类型按内容核对"),
    )

    def to_internal_value(self, data: Any) -> Any:
        sent = data.lists() if hasattr(data, "lists") else ()  # an empty body is no form
        twice = [name for name, values in sent if len(values) > 1]
        if twice:
            message = _("字段“%(name)s”给了不止一次, 每次只传一个文件。") % {"name": twice[0]}
            raise ValidationError({twice[0]: message}, code="duplicate")
        return super().to_internal_value(data)


class EvidenceFileWriteSerializer(FileWriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = EvidenceFile
        fields = ["project", "subject_kind", "subject_id", "file"]


class FileFilter(FilterSet):
    content_type = CommaChoiceFilter(
        field_name="content_type", choices=[(each, each) for each in CONTENT_TYPES.values()]
    )
    sha256 = CommaTextFilter(field_name="sha256")
    uploaded_by = user_filter("uploaded_by")
    recorded_after = DateFilter(field_name="recorded_at", lookup_expr="date__gte")
    recorded_before = DateFilter(field_name="recorded_at", lookup_expr="date__lte")


class EvidenceFileFilter(FileFilter):
    project = CommaKeyFilter(field_name="project", code_field="code")
    lead_department = department_filter("project__lead_department")
    subject_kind = CommaChoiceFilter(field_name="subject_kind", choices=EvidenceSubject.choices)
    subject_id = NumberFilter(field_name="subject_id")


class KeptFileViewSet(DomainResource):
    """Evidence is added and read; it is a fact, so nobody changes or removes it."""

    parser_classes = [MultiPartParser]
    http_method_names = ["get", "post", "head", "options"]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # A file is what it is: asking for it with "Accept: application/pdf" is no mistake.
        return super().perform_content_negotiation(request, force or self.action == "content")

    @extend_schema(
        summary=gettext_lazy("下载文件"),
        responses={
            (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY),
        },
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def content(self, request: Request, pk: str) -> FileResponse:
        """The file itself, always as a download: no browser shows or runs it here."""
        kept = self.get_queryset().filter(pk=pk).first()
        if kept is None:
            raise Http404
        try:
            stream = kept.file.open("rb")
        except FileNotFoundError as error:
            logger.error("evidence file %s is missing: %s", kept.pk, kept.file.name)
            raise Http404 from error
        response = FileResponse(
            stream, as_attachment=True, filename=kept.name, content_type=kept.content_type
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        response["ETag"] = f'"{kept.sha256}"'
        return response


class EvidenceFileViewSet(KeptFileViewSet):
    queryset = EvidenceFile.objects.all()
    serializer_class = EvidenceFileSerializer
    write_serializer_class = EvidenceFileWriteSerializer
    filterset_class = EvidenceFileFilter
    ordering_fields = ("id", "name", "size", "recorded_at", "project")

    def perform_create(self, fields: dict[str, Any]) -> EvidenceFile:
        return evidence.evidence_add(by=self.request.user, **fields)
