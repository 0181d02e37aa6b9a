"""Exports: to be looked at; asked for and fetched elsewhere."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from portfolio.reports.exporting.models import Export, ExportState
from projects.core.admin.base import DomainAdmin

STATE_COLOURS = {
    "queued": "info", "running": "info", "done": "success", "failed": "danger",
    "expired": "warning",
}  # fmt: skip


@admin.register(Export)
class ExportAdmin(DomainAdmin):
    read_only = True
    sections = (
        (
            None,
            (
                ("title", "format"), "address", ("owner", "state"), ("rows_done", "rows_total"),
                ("file_name", "size"), "file", "error",
            ),
        ),
        (
            gettext_lazy("时间"),
            (("recorded_at", "started_at"), ("ended_at", "expires_at"), "attempts"),
        ),
    )  # fmt: skip
    list_display = (
        "title", "format", "owner", "state_label", "rows_done", "rows_total", "size",
        "recorded_at", "ended_at", "expires_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("format", ChoicesDropdownFilter),
        ("recorded_at", RangeDateFilter),
    )
    list_select_related = ("owner",)
    search_fields = ("title", "address", "owner__name", "owner__username")
    date_hierarchy = "recorded_at"
    readonly_fields = ("file",)

    @display(description=gettext_lazy("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, export: Export) -> tuple[str, str]:
        return export.state, export.get_state_display()

    @display(description=gettext_lazy("文件"))
    def file(self, export: Export) -> SafeString | str:
        if export.state != ExportState.DONE:
            return "-"
        return format_html('<a href="/api/v1/exports/{}/file/">{}</a>', export.pk, _("下载"))
