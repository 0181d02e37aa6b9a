"""The lists behind the targets: items, their hand-over, and the files that prove them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin
from projects.core.admin.columns import DUE_COLOURS, DueStateColumn, format_figure
from projects.core.admin.defaults import own_department
from projects.core.admin.filters import DueFilter, MineFilter
from projects.evidence.admin import KeptFileAdmin
from projects.handover.admin import StepsAdmin, StepsInline
from projects.permissions import Actor
from targets.models import WorkItem, WorkItemEvidence, WorkItemStep
from targets.querysets import (
    WorkItemEvidenceQuerySet,
    WorkItemQuerySet,
    WorkItemStepQuerySet,
)
from targets.services.targets import (
    work_item_create,
    work_item_update,
)


class WorkItemStepsInline(StepsInline):
    model = WorkItemStep
    list_select_related = ("work_item", "by")


_WHAT = (
    "target", ("kind", "origin"), "name", ("quantity", "unit", "placeholder"), "place", "plan",
)  # fmt: skip


@admin.register(WorkItem)
class WorkItemAdmin(DueStateColumn, DomainAdmin):
    sections = (
        (None, _WHAT),
        (_("责任"), (("lead_department", "officer"), "due_on")),
        (_("完成"), ("done_on", "evidence")),
        (_("出处"), ("section", "wording", "note")),
    )
    add_sections = (
        (None, _WHAT),
        (_("责任"), (("lead_department", "officer"), "due_on")),
        (_("出处"), ("section", "note")),
    )
    fixed_after_creation = ("done_on", "evidence")  # that it is done its page says
    list_display = (
        "name", "target", "amount", "lead_department", "due_on", "due_state", "done_on", "officer",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        DueFilter,
        ("kind", ChoicesDropdownFilter),
        "placeholder",
        ("target", RelatedDropdownFilter),
        ("lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("target", "lead_department", "officer")
    search_fields = WorkItemQuerySet.search_fields
    autocomplete_fields = ("target", "lead_department", "officer")
    date_hierarchy = "due_on"
    inlines = (WorkItemStepsInline,)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return own_department(request) | super().get_changeform_initial_data(request)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> WorkItem:
        return work_item_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        work_item_update(work_item=instance, by=by, changes=changes)

    @display(description=_("情况"), label=DUE_COLOURS)
    def due_state(self, row: WorkItem) -> tuple[str, str]:
        # What stands for a list is due with its target, not once more.
        return ("open", gettext("待分解")) if row.placeholder else super().due_state(row)

    @display(description=_("数量"), ordering="quantity")
    def amount(self, item: WorkItem) -> str:
        return format_figure(item.quantity, item.unit)


@admin.register(WorkItemStep)
class WorkItemStepAdmin(StepsAdmin):
    task = "work_item"
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("work_item__kind", ChoicesDropdownFilter),
        ("work_item__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("work_item", "by")
    search_fields = WorkItemStepQuerySet.search_fields


@admin.register(WorkItemEvidence)
class WorkItemEvidenceAdmin(KeptFileAdmin):
    proves = ("work_item",)
    content_address = "work-item-evidence-content"
    list_display = ("name", "work_item", "size_words", "uploaded_by", "recorded_at")
    list_filter = (("work_item__lead_department", RelatedDropdownFilter),)
    list_select_related = ("work_item", "uploaded_by")
    search_fields = WorkItemEvidenceQuerySet.search_fields
