"""The registers of hand-over steps, and the steps as buttons on the page of their task."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from portfolio.core import clock
from projects.core.admin.base import DomainAdmin, DomainInline, ReadOnlyInline
from projects.core.admin.columns import DueStateColumn
from projects.core.admin.filters import DueFilter, MineFilter
from projects.core.admin.rights import may, may_add_below
from projects.core.admin.steps import Step, with_steps, words
from projects.handover.admin import StepsAdmin, StepsInline, hand_over_steps
from projects.milestones.extensions import (
    extension_grant,
    extension_refuse,
    extension_sign,
    may_decide,
)
from projects.milestones.models import ExtensionRequest, ExtensionState, HandoverStep, Milestone
from projects.milestones.querysets import (
    ExtensionRequestQuerySet,
    HandoverStepQuerySet,
    MilestoneQuerySet,
)
from projects.milestones.services import (
    extension_request,
    extension_update,
    extension_withdraw,
    milestone_create,
    milestone_update,
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
    readonly_fields = fields
    list_select_related = ("milestone__project", "requested_by")


@with_steps(*hand_over_steps(HandoverStep))
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
    inlines = (ExtensionsInline, HandoverInline)
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


class GrantForm(forms.Form):
    note = words(_("决定意见"), required=False)


class RefuseForm(forms.Form):
    note = words(_("决定意见"))


def _may_sign(request: HttpRequest, extension: ExtensionRequest) -> bool:
    return _still_asked(extension) and may(request, "sign", ExtensionRequest, extension)


def _may_decide(request: HttpRequest, extension: ExtensionRequest) -> bool:
    return (
        extension.state == ExtensionState.SIGNED
        and may(request, "decide", ExtensionRequest, extension)
        and may_decide(extension, request.user)
    )


@with_steps(
    Step(
        name="sign",
        label=_("签字"),
        icon="draw",
        service=extension_sign,
        subject="extension",
        allowed=_may_sign,
        anyone=lambda request: may(request, "sign", ExtensionRequest),
        explanation=_("签字后三个工作日内决定; 由谁决定按规则确定。"),
    ),
    Step(
        name="grant",
        label=pgettext_lazy("action", "同意"),
        icon="check_circle",
        service=extension_grant,
        subject="extension",
        allowed=_may_decide,
        anyone=lambda request: may(request, "decide", ExtensionRequest),
        form=GrantForm,
        explanation=_("同意后节点期限改为申请的新期限, 基准日期不变; 决定不能撤回。"),
    ),
    Step(
        name="refuse",
        label=pgettext_lazy("action", "不同意"),
        icon="cancel",
        service=extension_refuse,
        subject="extension",
        allowed=_may_decide,
        anyone=lambda request: may(request, "decide", ExtensionRequest),
        form=RefuseForm,
        explanation=_("节点期限不变; 须写明理由, 决定不能撤回。"),
    ),
)
@admin.register(ExtensionRequest)
class ExtensionRequestAdmin(DomainAdmin):
    sections = (
        (None, ("milestone", ("due_on_before", "new_due_on"), "reason", "progress")),
        (_("办理"), (("state", "decider"), ("requested_by", "requested_at"))),
        (_("签字"), (("signed_by", "signed_at"), "decide_by")),
        (_("决定"), (("decided_by", "decided_at"), "decision_note")),
    )
    add_sections = ((None, ("milestone", "new_due_on", "reason", "progress")),)
    fixed_after_creation = ("milestone",)
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
    actions_detail = ()
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


class MilestonesInline(DomainInline):
    model = Milestone
    fields = ("name", "commitment", "due_on", "done_on")
    list_select_related = ("project",)
    hide_title = False


ProjectAdmin.inlines = (*ProjectAdmin.inlines, MilestonesInline)
