"""The year's programme and its entries: their register; the steps are taken on their pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, DomainInline, ReadOnlyInline
from projects.core.admin.filters import MineFilter
from projects.core.admin.refusals import catch_refusal
from projects.core.admin.rights import may
from projects.permissions import Actor
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.programmes.rules import PlanMonth
from projects.programmes.services import PLAN, entry_create, entry_update, plan_points_set
from projects.register.admin import ProjectAdmin

APPROVAL = ("approved_on", "approved_by")


class PlanPointsInline(DomainInline):
    """The plan by month: written with the entry, as a whole, until it is approved."""

    model = PlanPoint
    fields = ("baseline_number", "month", "investment", "progress")
    readonly_fields = ("baseline_number",)
    can_delete = True
    show_change_link = False
    list_select_related = ("entry__programme", "entry__project")

    def _open(self, request: HttpRequest, entry: Any) -> bool:
        unapproved = entry is not None and entry.approved_on is None
        return unapproved and may(request, "change", ProgrammeEntry, entry)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)

    has_change_permission = has_delete_permission = has_add_permission


class BaselinesInline(ReadOnlyInline):
    model = Baseline
    fields = ("number", *PLAN, "reason", "approved_by", "approved_on")
    show_change_link = False
    list_select_related = ("approved_by", "entry__programme", "entry__project")


@admin.register(Programme)
class ProgrammeAdmin(DomainAdmin):
    sections = (
        (
            None,
            ("title", ("year", "planned_count"), "section", "registered", APPROVAL),
        ),
    )
    add_sections = ((None, ("title", ("year", "planned_count"), "section")),)
    list_display = ("title", "year", "planned_count", "registered", "in_force", "approved_on")
    search_fields = ("title", "year")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_counts()

    @display(description=gettext_lazy("已登记项目"))
    def registered(self, programme: Any) -> str:
        url = reverse("admin:projects_programmeentry_changelist")
        return format_html(
            '<a class="text-primary-600" href="{}?programme__id__exact={}">{}</a>',
            url,
            programme.pk,
            programme.registered_count,
        )

    @display(description=gettext_lazy("现在计划内"))
    def in_force(self, programme: Any) -> str:
        return _("%(count)d (调入 %(joined)d, 调出 %(left)d)") % {
            "count": programme.in_force_count,
            "joined": programme.joined_count,
            "left": programme.left_count,
        }


@admin.register(ProgrammeEntry)
class ProgrammeEntryAdmin(DomainAdmin):
    _plan = (
        gettext_lazy("年度计划"),
        ("planned_investment", ("planned_start", "planned_commissioning"), "expected_outcome"),
    )
    sections = (
        (None, ("project", "programme")),
        _plan,
        (gettext_lazy("批准"), (APPROVAL, "baseline_number")),
        (
            gettext_lazy("调入调出"),
            (("joined_on", "join_approval"), ("left_on", "leave_approval")),
        ),
    )
    add_sections = (
        (None, ("project", "programme")),
        _plan,
        (gettext_lazy("调入调出"), (("joined_on", "join_approval"),)),
    )
    fixed_after_creation = ("project", "programme", *APPROVAL, "joined_on", "join_approval")
    list_display = (
        "project", "programme", "planned_investment", "planned_start", "planned_commissioning",
        "expected_outcome", "approved_on", "baseline_number", "left_on",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        ("programme", RelatedDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "programme", "approved_by")
    search_fields = ("project__name", "project__code", "project__pinyin", "expected_outcome")
    autocomplete_fields = ("project", "programme")
    inlines = (PlanPointsInline, BaselinesInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = set(super().get_readonly_fields(request, obj))
        if obj is not None and obj.approved_on:
            fixed |= {*PLAN}
        return sorted(fixed)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> ProgrammeEntry:
        return entry_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        entry_update(entry=instance, by=by, changes=changes)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if not (formset.has_changed() or formset.deleted_forms):
            return
        rows = [each.cleaned_data for each in formset.forms if each.cleaned_data]
        points = [
            PlanMonth(row["month"], row["investment"], row["progress"])
            for row in rows
            if not row.get("DELETE")
        ]
        with catch_refusal(form):
            plan_points_set(entry=form.instance, by=request.user, points=points)


class ProgrammeEntriesInline(DomainInline):
    model = ProgrammeEntry
    fields = (
        "programme", "planned_investment", "planned_start", "planned_commissioning",
        "expected_outcome",
    )  # fmt: skip
    list_select_related = ("programme", "project")


ProjectAdmin.inlines = (*ProjectAdmin.inlines, ProgrammeEntriesInline)
