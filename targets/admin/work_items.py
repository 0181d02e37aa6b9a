"""The lists behind the targets."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from projects.admin.base import DomainAdmin
from projects.admin.columns import DueStateColumn, figure
from projects.admin.defaults import own_department
from projects.admin.filters import DueFilter, MineFilter
from targets.models import WorkItem
from targets.querysets import WorkItemQuerySet
from targets.services.targets import work_item_create, work_item_update


@admin.register(WorkItem)
class WorkItemAdmin(DueStateColumn, DomainAdmin):
    sections = (
        (None, ("target", "name", ("quantity", "unit"), "place", "plan")),
        (_("责任"), (("lead_department", "officer"), "due_on")),
        (_("完成"), ("done_on", "evidence")),
        (_("出处"), ("section", "wording", "note")),
    )
    add_sections = (
        (None, ("target", "name", ("quantity", "unit"), "place", "plan")),
        (_("责任"), (("lead_department", "officer"), "due_on")),
        (_("出处"), ("section", "note")),
    )
    list_display = (
        "name", "target", "amount", "lead_department", "due_on", "due_state", "done_on", "officer",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        DueFilter,
        ("target", RelatedDropdownFilter),
        ("lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("target", "lead_department", "officer")
    search_fields = WorkItemQuerySet.search_fields
    autocomplete_fields = ("target", "lead_department", "officer")
    date_hierarchy = "due_on"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return own_department(request) | super().get_changeform_initial_data(request)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> WorkItem:
        return work_item_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        work_item_update(work_item=instance, by=by, changes=changes)

    @display(description=_("数量"), ordering="quantity")
    def amount(self, item: WorkItem) -> str:
        return figure(item.quantity, item.unit)
