"""The quarterly inspection: rounds, what is shown in them, and its scores."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from projects.admin.base import DomainAdmin, DomainInline
from projects.admin.refusals import refusing
from projects.admin.rights import may
from projects.admin.verbs import Confirmation, posted, verb_page
from projects.choices import Role
from projects.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    InspectionScore,
    RoundStatus,
)
from projects.services.inspections import (
    entry_create,
    round_create,
    round_open,
    round_update,
    score_record,
    score_update,
)


class RoundPartInline(DomainInline):
    """A part of the round itself: written with it, as a whole, while it is being prepared."""

    can_delete = True
    show_change_link = False
    hide_title = True

    def _prepared(self, request: HttpRequest, inspection_round: Any) -> bool:
        draft = inspection_round is None or inspection_round.status == RoundStatus.DRAFT
        return draft and may(request, "change", InspectionRound, inspection_round)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._prepared(request, obj)

    has_change_permission = has_delete_permission = has_add_permission


class CriteriaInline(RoundPartInline):
    model = InspectionCriterion
    fields = ("name", "weight")


class JudgesInline(RoundPartInline):
    model = InspectionJudge
    fields = ("user",)
    autocomplete_fields = ("user",)
    list_select_related = ("user",)


class EntriesInline(DomainInline):
    model = InspectionEntry
    fields = ("project",)
    autocomplete_fields = ("project",)
    list_select_related = ("project", "inspection_round")


@admin.register(InspectionRound)
class InspectionRoundAdmin(DomainAdmin):
    sections = ((None, (("year", "quarter"), ("status", "method"), ("starts_on", "ends_on"))),)
    add_sections = ((None, (("year", "quarter"), "method", ("starts_on", "ends_on"))),)
    list_display = ("__str__", "status_label", "starts_on", "ends_on", "method")
    list_filter = (("status", ChoicesDropdownFilter), "year")
    search_fields = ("year",)
    inlines = (CriteriaInline, JudgesInline, EntriesInline)
    actions_detail = ("open_round",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple:
        return (CriteriaInline, JudgesInline) if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        if obj is not None and obj.status != RoundStatus.DRAFT:
            fixed += ["year", "quarter", "method"]
        return fixed

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> InspectionRound:
        return round_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        round_update(inspection_round=instance, by=by, changes=changes)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        parts = {InspectionCriterion: "criteria", InspectionJudge: "judges"}
        if formset.model not in parts:
            super().save_formset(request, form, formset, change)
            return
        if not (formset.has_changed() or formset.deleted_forms):
            return
        rows = [
            each.cleaned_data
            for each in formset.forms
            if each.cleaned_data and not each.cleaned_data.get("DELETE")
        ]
        with refusing(form):
            round_update(
                inspection_round=form.instance,
                by=request.user,
                changes={parts[formset.model]: rows},
            )

    @display(
        description=gettext_lazy("状态"),
        ordering="status",
        label={"open": "success", "closed": "warning", "published": "info"},
    )
    def status_label(self, inspection_round: InspectionRound) -> tuple[str, str]:
        return inspection_round.status, inspection_round.get_status_display()

    def has_open_round_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if not may(request, "open", InspectionRound):
            return False
        found = object_id and self.get_object(request, str(object_id))
        return not object_id or (found is not None and found.status == RoundStatus.DRAFT)

    @action(
        description=gettext_lazy("开启评分"),
        url_path="open",
        permissions=["open_round"],
        icon="play_circle",
    )
    def open_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        inspection_round = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            inspection_round,
            form=Confirmation(posted(request)),
            run=lambda typed: round_open(inspection_round=inspection_round, by=request.user),
            title=_("开启评分: %(round)s") % {"round": inspection_round},
            explanation=_("开启后评委可以打分; 年度、季度、评分项和评委不能再改, 只能调整日期。"),
            button=_("开启评分"),
            done=_("已开启评分。"),
        )


@admin.register(InspectionEntry)
class InspectionEntryAdmin(DomainAdmin):
    sections = ((None, ("inspection_round", "project")),)
    list_display = ("project", "inspection_round", "lead_department")
    list_filter = (("inspection_round", RelatedDropdownFilter),)
    list_select_related = ("project__lead_department", "inspection_round")
    search_fields = ("project__name", "project__code", "project__pinyin")
    autocomplete_fields = ("inspection_round", "project")

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> InspectionEntry:
        return entry_create(by=by, fields=fields)

    @display(description=gettext_lazy("牵头单位"))
    def lead_department(self, entry: InspectionEntry) -> str:
        return str(entry.project.lead_department)

    def choice_label(self, instance: InspectionEntry) -> str:
        return f"{instance.project} · {instance.inspection_round}"


@admin.register(InspectionScore)
class InspectionScoreAdmin(DomainAdmin):
    sections = ((None, ("entry", ("judge", "criterion"), "points")),)
    fixed_after_creation = ("entry", "judge", "criterion")
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
