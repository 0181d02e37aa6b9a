"""The year's programme and its entries."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from portfolio.core import clock
from projects.core.admin.base import DomainAdmin, DomainInline, ReadOnlyInline
from projects.core.admin.filters import MineFilter
from projects.core.admin.refusals import refusing
from projects.core.admin.rights import may
from projects.core.admin.verbs import posted, verb_page
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.programmes.rules import Point
from projects.programmes.services import (
    entry_approve,
    entry_create,
    entry_leave,
    entry_rebaseline,
    entry_update,
    plan_points_set,
    programme_approve,
)
from projects.register.admin import ProjectAdmin

APPROVAL = ("approved_on", "approved_by")
PLAN = ("planned_investment", "planned_start", "planned_commissioning")


def _date(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=UnfoldAdminSingleDateWidget(), **kwargs)


def _line(label: Any, length: int, **kwargs: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget()
    return forms.CharField(label=label, max_length=length, widget=widget, **kwargs)


class ApprovalForm(forms.Form):
    approved_on = _date(gettext_lazy("批准日期"), help_text=gettext_lazy("不晚于今天。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"approved_on": clock.today()}, **kwargs})


class LeavingForm(forms.Form):
    left_on = _date(gettext_lazy("调出日期"))
    leave_approval = _line(gettext_lazy("调出依据"), 200)


class RebaselineForm(forms.Form):
    """The plan as it shall be from now on; the plan by month goes on where it still fits."""

    planned_investment = forms.DecimalField(
        label=gettext_lazy("年度计划投资 (万元)"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    planned_start = _date(gettext_lazy("计划开工"), required=False)
    planned_commissioning = _date(gettext_lazy("计划投产"), required=False)
    reason = _line(gettext_lazy("理由"), 500)

    def __init__(self, entry: ProgrammeEntry, *args: Any) -> None:
        super().__init__(*args, initial={name: getattr(entry, name) for name in PLAN})


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
    actions_detail = ("approve_programme",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_counts()

    @display(description=gettext_lazy("已登记项目"))
    def registered(self, programme: Programme) -> str:
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

    def has_approve_programme_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "approve", Programme)
        programme = self.get_object(request, str(object_id))
        waits = programme is not None and programme.approved_on is None
        return waits and may(request, "approve", Programme, programme)

    @action(
        description=gettext_lazy("批准年度计划"),
        url_path="approve",
        permissions=["approve_programme"],
        icon="verified",
    )
    def approve_programme(self, request: HttpRequest, object_id: str) -> HttpResponse:
        programme = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            programme,
            form=ApprovalForm(posted(request)),
            run=lambda typed: programme_approve(programme=programme, by=request.user, **typed),
            title=_("批准年度计划: %(programme)s") % {"programme": programme},
            explanation=_("所有待批项目的计划定为第 1 版, 不能再直接修改; 此后列入的项目为调入。"),
            button=pgettext("action", "批准"),
            done=_("已批准。"),
        )


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
    actions_detail = ("approve_entry", "rebaseline_entry", "leave_programme")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = set(super().get_readonly_fields(request, obj))
        if obj is not None and obj.approved_on:
            fixed |= {*PLAN}
        return sorted(fixed)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> ProgrammeEntry:
        return entry_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        entry_update(entry=instance, by=by, changes=changes)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if not (formset.has_changed() or formset.deleted_forms):
            return
        rows = [each.cleaned_data for each in formset.forms if each.cleaned_data]
        points = [
            Point(row["month"], row["investment"], row["progress"])
            for row in rows
            if not row.get("DELETE")
        ]
        with refusing(form):
            plan_points_set(entry=form.instance, by=request.user, points=points)

    # Verbs ---------------------------------------------------------------------------------------
    def _may(
        self, request: HttpRequest, verb: str, object_id: Any, *, approved: bool | None
    ) -> bool:
        """Whether the person may, and the entry's state lets anybody."""
        if object_id is None:
            return may(request, verb, ProgrammeEntry)
        entry = self.get_object(request, str(object_id))
        if entry is None or entry.left_on or not may(request, verb, ProgrammeEntry, entry):
            return False
        return approved is None or bool(entry.approved_on) == approved

    def has_approve_entry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, "approve", object_id, approved=False)

    def has_rebaseline_entry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, "rebaseline", object_id, approved=True)

    def has_leave_programme_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, "leave", object_id, approved=None)

    @action(
        description=pgettext_lazy("action", "批准"),
        url_path="approve",
        permissions=["approve_entry"],
        icon="verified",
    )
    def approve_entry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            entry,
            form=ApprovalForm(posted(request)),
            run=lambda typed: entry_approve(entry=entry, by=request.user, **typed),
            title=_("批准计划: %(project)s") % {"project": entry.project.name},
            explanation=_("批准后计划定为第 1 版, 不能再直接修改。"),
            button=pgettext("action", "批准"),
            done=_("已批准。"),
        )

    @action(
        description=gettext_lazy("重新定版"),
        url_path="rebaseline",
        permissions=["rebaseline_entry"],
        icon="edit_calendar",
    )
    def rebaseline_entry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            entry,
            form=RebaselineForm(entry, posted(request)),
            run=lambda typed: entry_rebaseline(
                entry=entry,
                by=request.user,
                reason=typed["reason"],
                plan={name: typed[name] for name in PLAN},
            ),
            title=_("重新定版: %(project)s") % {"project": entry.project.name},
            explanation=_("旧版保留, 偏差对照每一版计算; 分期计划与新计划不符时请通过接口重报。"),
            button=_("定为新版"),
            done=_("已定为新版。"),
        )

    @action(
        description=gettext_lazy("登记调出"),
        url_path="leave",
        permissions=["leave_programme"],
        icon="logout",
    )
    def leave_programme(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            entry,
            form=LeavingForm(posted(request)),
            run=lambda typed: entry_leave(entry=entry, by=request.user, **typed),
            title=_("登记调出: %(project)s") % {"project": entry.project.name},
            explanation=_("记录和计划保留, 年度数字按两种口径列示。"),
            button=_("登记调出"),
            done=_("已登记调出。"),
        )


class ProgrammeEntriesInline(DomainInline):
    model = ProgrammeEntry
    fields = (
        "programme", "planned_investment", "planned_start", "planned_commissioning",
        "expected_outcome",
    )  # fmt: skip
    list_select_related = ("programme", "project")


ProjectAdmin.inlines = (*ProjectAdmin.inlines, ProgrammeEntriesInline)
