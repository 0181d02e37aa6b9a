"""Evidence files: downloaded here, added on the pages of what they prove."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin
from projects.evidence.models import EvidenceFile, KeptFile
from projects.evidence.querysets import EvidenceFileQuerySet


class KeptFileAdmin(DomainAdmin):
    """Files of one kind; a subclass says what they prove (``proves``) and where they are served."""

    read_only = True
    proves: tuple[Any, ...]
    content_address: str
    date_hierarchy = "recorded_at"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        return [
            (None, {"fields": (*self.proves, "download")}),
            (_("内容"), {"fields": (("content_type", "size_words"), "sha256")}),
            (_("上传"), {"fields": (("uploaded_by", "recorded_at"),)}),
        ]

    @display(description=_("文件"))
    def download(self, evidence: KeptFile) -> str:
        # The one address that serves files, which asks who is asking.
        address = reverse(self.content_address, args=[evidence.pk])
        return format_html('<a href="{}">{}</a>', address, evidence.name)

    @display(description=_("大小"), ordering="size")
    def size_words(self, evidence: KeptFile) -> str:
        return filesizeformat(evidence.size)


@admin.register(EvidenceFile)
class EvidenceFileAdmin(KeptFileAdmin):
    proves = ("project", ("subject_kind", "subject_id"))
    content_address = "evidence-files-content"
    list_display = (
        "name", "project", "subject_kind", "size_words", "uploaded_by", "recorded_at",
    )  # fmt: skip
    list_filter = (
        ("subject_kind", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "uploaded_by")
    search_fields = EvidenceFileQuerySet.search_fields
