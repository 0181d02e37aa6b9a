"""Dated promises, and requests for a later date."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from portfolio import clock
from projects.admin.base import DomainAdmin, ReadOnlyInline
from projects.admin.columns import DueStateColumn
from projects.admin.filters import DueFilter, MineFilter
from projects.admin.rights import may, may_add_below
from projects.models import ExtensionRequest, ExtensionState, Milestone
from projects.querysets import MilestoneQuerySet
from projects.services.milestones import (
    extension_request,
    extension_update,
    extension_withdraw,
    milestone_create,
    milestone_update,
)


class ExtensionsInline(ReadOnlyInline):
    model = ExtensionRequest
    fields = ("due_on_before", "new_due_on", "reason", "state", "requested_by", "requested_at")
    readonly_fields = fields
    list_select_related = ("milestone__project", "requested_by")


@admin.register(Milestone)
class MilestoneAdmin(DueStateColumn, DomainAdmin):
    sections = (
        (None, ("project", "name", ("commitment", "officer"))),
        (_("期限"), (("baseline_on", "due_on"), ("date_basis", "forecast_on"))),
        (_("完成"), ("done_on", "evidence")),
        (_("出处"), ("section", "wording")),
    )
    add_sections = (
        (None, ("project", "name", ("commitment", "officer"))),
        (_("期限"), (("due_on", "date_basis"),)),
        (_("出处"), ("section",)),
    )
    # The baseline stays, and a due date moves by an extension only.
    fixed_after_creation = ("project", "baseline_on", "due_on")
    list_display = (
        "name", "project_name", "lead_department", "commitment", "due_on", "due_state",
        "done_on", "officer",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        DueFilter,
        ("commitment", ChoicesDropdownFilter),
        ("date_basis", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project__lead_department", "officer")
    search_fields = MilestoneQuerySet.search_fields
    autocomplete_fields = ("project", "officer")
    date_hierarchy = "due_on"
    inlines = (ExtensionsInline,)
    actions_detail = ("ask_extension",)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> Milestone:
        return milestone_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        milestone_update(milestone=instance, by=by, changes=changes)

    @display(description=_("重大项目"), ordering="project__pinyin")
    def project_name(self, milestone: Milestone) -> str:
        return milestone.project.name

    @display(description=_("牵头单位"), ordering="project__lead_department__pinyin")
    def lead_department(self, milestone: Milestone) -> str:
        return str(milestone.project.lead_department)

    def has_ask_extension_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "add", ExtensionRequest)
        milestone = self.get_object(request, str(object_id))
        return (
            milestone is not None
            and milestone.done_on is None
            and milestone.due_on >= clock.today()
            and may_add_below(request, ExtensionRequest, "milestone", milestone)
        )

    @action(
        description=_("申请延期"),
        url_path="extension",
        permissions=["ask_extension"],
        icon="event_upcoming",
    )
    def ask_extension(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form = reverse("admin:projects_extensionrequest_add")
        return redirect(f"{form}?milestone={int(object_id)}")


@admin.register(ExtensionRequest)
class ExtensionRequestAdmin(DomainAdmin):
    sections = (
        (None, ("milestone", ("due_on_before", "new_due_on"), "reason", "progress")),
        (_("办理"), ("state", ("requested_by", "requested_at"))),
    )
    add_sections = ((None, ("milestone", "new_due_on", "reason", "progress")),)
    fixed_after_creation = ("milestone",)
    list_display = (
        "milestone", "due_on_before", "new_due_on", "state", "requested_by", "requested_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("milestone__project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("milestone__project", "requested_by")
    search_fields = ("milestone__name", "milestone__project__name", "milestone__project__pinyin")
    autocomplete_fields = ("milestone",)
    date_hierarchy = "requested_at"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _still_asked(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _still_asked(obj) and super().has_delete_permission(request, obj)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> ExtensionRequest:
        return extension_request(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        extension_update(extension=instance, by=by, changes=changes)

    def write_delete(self, *, by: Any, instance: Any) -> None:
        extension_withdraw(extension=instance, by=by)


def _still_asked(extension: ExtensionRequest | None) -> bool:
    return extension is None or extension.state == ExtensionState.ASKED
