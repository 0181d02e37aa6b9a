"""Evidence files: added and downloaded, never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.admin.base import DomainAdmin
from projects.models import EvidenceFile
from projects.querysets import EvidenceFileQuerySet
from projects.services.evidence import evidence_add


@admin.register(EvidenceFile)
class EvidenceFileAdmin(DomainAdmin):
    append_only = True
    sections = (
        (None, ("project", ("subject_kind", "subject_id"), "download")),
        (_("内容"), (("content_type", "size_words"), "sha256")),
        (_("上传"), (("uploaded_by", "recorded_at"),)),
    )
    add_sections = ((None, ("project", ("subject_kind", "subject_id"), "file")),)
    list_display = (
        "name", "project", "subject_kind", "size_words", "uploaded_by", "recorded_at",
    )  # fmt: skip
    list_filter = (
        ("subject_kind", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "uploaded_by")
    search_fields = EvidenceFileQuerySet.search_fields
    autocomplete_fields = ("project",)
    date_hierarchy = "recorded_at"

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> EvidenceFile:
        return evidence_add(by=by, **fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else [*fixed, "project", "subject_kind", "subject_id"]

    @display(description=_("文件"))
    def download(self, evidence: EvidenceFile) -> str:
        # The one address that serves files, which asks who is asking.
        address = reverse("evidence-files-content", args=[evidence.pk])
        return format_html('<a href="{}">{}</a>', address, evidence.name)

    @display(description=_("大小"), ordering="size")
    def size_words(self, evidence: EvidenceFile) -> str:
        return filesizeformat(evidence.size)
