"""The registers of hand-over steps, which are taken on the page of their task."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, DomainInline, ReadOnlyInline
from projects.core.admin.columns import DueStateColumn
from projects.core.admin.filters import DueFilter, MineFilter
from projects.handover.admin import StepsAdmin, StepsInline
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.milestones.querysets import (
    ExtensionRequestQuerySet,
    HandoverStepQuerySet,
    MilestoneQuerySet,
)
from projects.register.admin import ProjectAdmin


class HandoverInline(StepsInline):
    model = HandoverStep
    list_select_related = ("milestone__project", "by")


@admin.register(HandoverStep)
class HandoverStepAdmin(StepsAdmin):
    task = "milestone"
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("milestone__project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("milestone__project", "by")
    search_fields = HandoverStepQuerySet.search_fields


class ExtensionsInline(ReadOnlyInline):
    model = ExtensionRequest
    fields = ("due_on_before", "new_due_on", "reason", "state", "requested_by", "requested_at")
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
    # The baseline stays, a due date moves by an extension only, and how far it is its page says.
    fixed_after_creation = (
        "project", "baseline_on", "due_on", "forecast_on", "done_on", "evidence",
    )  # fmt: skip
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
    inlines = (ExtensionsInline, HandoverInline)

    @display(description=_("重大项目"), ordering="project__pinyin")
    def project_name(self, milestone: Milestone) -> str:
        return milestone.project.name

    @display(description=_("牵头单位"), ordering="project__lead_department__pinyin")
    def lead_department(self, milestone: Milestone) -> str:
        return str(milestone.project.lead_department)


@admin.register(ExtensionRequest)
class ExtensionRequestAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, ("milestone", ("due_on_before", "new_due_on"), "reason", "progress")),
        (_("办理"), (("state", "decider"), ("requested_by", "requested_at"))),
        (_("签字"), (("signed_by", "signed_at"), "decide_by")),
        (_("决定"), (("decided_by", "decided_at"), "decision_note")),
    )
    list_display = (
        "milestone", "due_on_before", "new_due_on", "state", "decider", "decide_by",
        "requested_by", "requested_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("decider", ChoicesDropdownFilter),
        ("milestone__project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("milestone__project", "requested_by")
    search_fields = ExtensionRequestQuerySet.search_fields
    date_hierarchy = "requested_at"


class MilestonesInline(DomainInline):
    model = Milestone
    fields = ("name", "commitment", "due_on", "done_on")
    list_select_related = ("project",)
    hide_title = False


ProjectAdmin.inlines = (*ProjectAdmin.inlines, MilestonesInline)
