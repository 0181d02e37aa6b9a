"""What stands in a round of the inspection: entries, deductions, scores, results, amendments."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from projects.choices import Role
from projects.core.admin.base import DomainAdmin, DomainInline
from projects.core.admin.rights import may
from projects.core.admin.verbs import Confirmation, posted, verb_page
from projects.inspections.models import (
    Amendment,
    InspectionCriterion,
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionResult,
    InspectionScore,
    RoundStatus,
)
from projects.inspections.results import score_amend
from projects.inspections.services import (
    deduction_create,
    deduction_delete,
    deduction_update,
    entry_create,
    entry_delete,
    entry_update,
    entry_withdraw,
    score_delete,
    score_record,
    score_update,
)


class DeductionsInline(DomainInline):
    model = InspectionDeduction
    fields = ("points", "reason")
    list_select_related = ("entry__project",)


class AmendmentForm(forms.Form):
    points = forms.DecimalField(
        label=gettext_lazy("新得分"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=UnfoldAdminTextInputWidget()
    )


@admin.register(InspectionEntry)
class InspectionEntryAdmin(DomainAdmin):
    sections = (
        (None, ("inspection_round", "project", "league")),
        (gettext_lazy("经济数据"), (("data_points", "data_source"),)),
        (gettext_lazy("退出"), ("withdrawn",)),
    )
    add_sections = sections[:-1]
    fixed_after_creation = ("inspection_round", "project")
    list_display = (
        "project", "inspection_round", "league", "lead_department", "data_points", "withdrawn",
    )  # fmt: skip
    list_filter = (("inspection_round", RelatedDropdownFilter), "withdrawn")
    inlines = (DeductionsInline,)
    actions_detail = ("withdraw",)
    list_select_related = ("project__lead_department", "inspection_round")
    search_fields = ("project__name", "project__code", "project__pinyin")
    autocomplete_fields = ("inspection_round", "project")

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> InspectionEntry:
        return entry_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        entry_update(entry=instance, by=by, changes=changes)

    def write_delete(self, *, by: Any, instance: Any) -> None:
        entry_delete(entry=instance, by=by)

    @display(description=gettext_lazy("牵头单位"))
    def lead_department(self, entry: InspectionEntry) -> str:
        return str(entry.project.lead_department)

    def choice_label(self, instance: InspectionEntry) -> str:
        return f"{instance.project} · {instance.inspection_round}"

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "change", InspectionEntry)
        found = self.get_object(request, str(object_id))
        if found is None or found.withdrawn or found.inspection_round.approved_at is not None:
            return False
        return may(request, "change", InspectionEntry, found)

    @action(
        description=gettext_lazy("退出测评"),
        url_path="withdraw",
        permissions=["withdraw"],
        icon="logout",
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry: Any = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            entry,
            form=Confirmation(posted(request)),
            run=lambda typed: entry_withdraw(entry=entry, by=request.user),
            title=_("退出测评: %(project)s") % {"project": entry.project},
            explanation=_("退出后不再等候其评分, 也不参加排名; 已有评分留存。"),
            button=_("退出测评"),
            done=_("已退出本轮测评。"),
        )


@admin.register(InspectionDeduction)
class InspectionDeductionAdmin(DomainAdmin):
    sections = ((None, ("entry", "points", "reason")),)
    fixed_after_creation = ("entry",)
    list_display = ("project", "inspection_round", "points", "reason")
    list_filter = (("entry__inspection_round", RelatedDropdownFilter),)
    list_select_related = ("entry__project", "entry__inspection_round")
    search_fields = ("entry__project__name", "entry__project__pinyin", "reason")
    autocomplete_fields = ("entry",)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> InspectionDeduction:
        return deduction_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        deduction_update(deduction=instance, by=by, changes=changes)

    def write_delete(self, *, by: Any, instance: Any) -> None:
        deduction_delete(deduction=instance, by=by)

    @display(description=gettext_lazy("参评项目"))
    def project(self, deduction: InspectionDeduction) -> str:
        return str(deduction.entry.project)

    @display(description=gettext_lazy("观摩测评"))
    def inspection_round(self, deduction: InspectionDeduction) -> str:
        return str(deduction.entry.inspection_round)


@admin.register(InspectionScore)
class InspectionScoreAdmin(DomainAdmin):
    sections = ((None, ("entry", ("judge", "criterion"), "points")),)
    fixed_after_creation = ("entry", "judge", "criterion")
    actions_detail = ("amend",)
    list_display = ("project", "inspection_round", "judge", "criterion", "points")
    list_filter = (
        ("entry__inspection_round", RelatedDropdownFilter),
        ("judge__user", RelatedDropdownFilter),
    )
    list_select_related = (
        "entry__project", "entry__inspection_round", "inspection_round", "judge__user", "criterion",
    )  # fmt: skip
    search_fields = ("entry__project__name", "entry__project__pinyin", "judge__user__name")

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> InspectionScore:
        return score_record(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        score_update(score=instance, by=by, changes=changes)

    def write_delete(self, *, by: Any, instance: Any) -> None:
        score_delete(score=instance, by=by)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _being_scored(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _being_scored(obj) and super().has_delete_permission(request, obj)

    def has_amend_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if not may(request, "add", Amendment) or object_id is None:
            return may(request, "add", Amendment)
        found = self.get_object(request, str(object_id))
        return found is not None and found.inspection_round.status == RoundStatus.PUBLISHED

    @action(
        description=pgettext_lazy("action", "更正"),
        url_path="amend",
        permissions=["amend"],
        icon="edit_note",
    )
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        score: Any = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            score,
            form=AmendmentForm(posted(request)),
            run=lambda typed: score_amend(score=score, by=request.user, **typed),
            title=_("更正评分: %(project)s, 现为 %(points)s")
            % {"project": score.entry.project, "points": score.points},
            explanation=_("原得分、新得分、更正人和理由一并公开, 全部结果重新计算为新的一版。"),
            button=pgettext("action", "更正"),
            done=_("已更正, 结果已出新版。"),
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offers what can be scored now: a judge chooses only among the own rounds."""
        queryset = _scorable(db_field.name, request)
        field = super().formfield_for_foreignkey(db_field, request, queryset=queryset, **kwargs)
        labels = {
            "entry": lambda row: f"{row.inspection_round} · {row.project}",
            "judge": lambda row: f"{row.inspection_round} · {row.user}",
            "criterion": lambda row: f"{row.inspection_round} · {row.name}",
        }
        field.label_from_instance = labels[db_field.name]
        return field

    @display(description=gettext_lazy("参评项目"))
    def project(self, score: InspectionScore) -> str:
        return str(score.entry.project)


_SCORED = {
    "entry": (InspectionEntry, "project"),
    "judge": (InspectionJudge, "user"),
    "criterion": (InspectionCriterion, None),
}


def _scorable(name: str, request: HttpRequest) -> QuerySet:
    model, shown = _SCORED[name]
    related = ["inspection_round", *([shown] if shown else [])]
    rows = model._default_manager.select_related(*related).filter(
        inspection_round__status=RoundStatus.OPEN
    )
    user = request.user
    if user.is_superuser or user.memberships.filter(role=Role.SUPERVISOR).exists():
        return rows
    if name == "judge":
        return rows.filter(user=user)
    return rows.filter(inspection_round__judges__user=user)


def _being_scored(score: InspectionScore | None) -> bool:
    return score is None or score.inspection_round.status == RoundStatus.OPEN


@admin.register(InspectionResult)
class InspectionResultAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, ("entry", ("revision", "recorded_at"), ("league", "rank"), "points")),
        (gettext_lazy("构成"), (("site_points", "data_points", "deducted"),)),
    )
    list_display = (
        "project", "inspection_round", "revision", "league", "rank", "points", "site_points",
        "data_points", "deducted",
    )  # fmt: skip
    list_filter = (("entry__inspection_round", RelatedDropdownFilter), "league", "revision")
    list_select_related = ("entry__project", "entry__inspection_round")
    search_fields = ("entry__project__name", "entry__project__code", "entry__project__pinyin")

    @display(description=gettext_lazy("参评项目"))
    def project(self, result: InspectionResult) -> str:
        return str(result.entry.project)

    @display(description=gettext_lazy("观摩测评"))
    def inspection_round(self, result: InspectionResult) -> str:
        return str(result.entry.inspection_round)


@admin.register(Amendment)
class AmendmentAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, ("inspection_round", "project", ("judge", "criterion"))),
        (
            gettext_lazy("更正"),
            (("old_points", "new_points"), "reason", ("amended_by", "recorded_at", "revision")),
        ),
    )
    list_display = (
        "project", "inspection_round", "judge", "old_points", "new_points", "reason",
        "amended_by", "recorded_at",
    )  # fmt: skip
    list_filter = (("inspection_round", RelatedDropdownFilter),)
    list_select_related = (
        "inspection_round", "score__entry__project", "score__judge__user", "score__criterion",
        "amended_by",
    )  # fmt: skip
    search_fields = ("score__entry__project__name", "score__entry__project__pinyin", "reason")

    @display(description=gettext_lazy("参评项目"))
    def project(self, amendment: Amendment) -> str:
        return str(amendment.score.entry.project)

    @display(description=gettext_lazy("评委"))
    def judge(self, amendment: Amendment) -> str:
        return str(amendment.score.judge)

    @display(description=gettext_lazy("评分项"))
    def criterion(self, amendment: Amendment) -> str:
        return str(amendment.score.criterion)
