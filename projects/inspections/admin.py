"""The quarterly inspection: its rounds are prepared here and go on on their pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, DomainInline
from projects.core.admin.refusals import catch_refusal
from projects.core.admin.rights import may
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    JudgeGroup,
    RoundStatus,
)
from projects.inspections.services import round_create, round_update
from projects.permissions import Actor


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


class JudgeGroupsInline(RoundPartInline):
    model = JudgeGroup
    fields = ("name", "weight")


class JudgesInline(RoundPartInline):
    model = InspectionJudge
    fields = ("user", "group", "absent")
    readonly_fields = ("absent",)  # the round's page says so
    autocomplete_fields = ("user",)
    list_select_related = ("user", "group")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            # The round's own groups; those of a new round can be chosen once it is saved.
            match = request.resolver_match
            opened = str(match.kwargs.get("object_id") if match else "")
            number = int(opened) if opened.isdecimal() else 0
            kwargs["queryset"] = JudgeGroup._default_manager.filter(inspection_round=number)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class EntriesInline(DomainInline):
    model = InspectionEntry
    fields = ("project", "league")
    autocomplete_fields = ("project",)
    list_select_related = ("project", "inspection_round")


@admin.register(InspectionRound)
class InspectionRoundAdmin(DomainAdmin):
    terms = (
        ("year", "quarter"),
        ("starts_on", "ends_on"),
        ("method", "site_share", "deduction_cap"),
    )
    sections = (
        (None, (*terms, "status")),
        (
            gettext_lazy("结果"),
            (("approved_by", "approved_at"), ("published_by", "published_at")),
        ),
    )
    add_sections = ((None, terms),)
    list_display = ("__str__", "status_label", "starts_on", "ends_on", "method", "published_at")
    list_filter = (("status", ChoicesDropdownFilter), "year")
    search_fields = ("year",)
    inlines = (CriteriaInline, JudgeGroupsInline, JudgesInline, EntriesInline)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple:
        return self.inlines[:-1] if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        if obj is not None and obj.status != RoundStatus.DRAFT:
            fixed += ["year", "quarter", "method", "site_share", "deduction_cap"]
        if obj is not None and obj.status == RoundStatus.PUBLISHED:
            fixed += ["starts_on", "ends_on"]
        return fixed

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> InspectionRound:
        return round_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        round_update(inspection_round=instance, by=by, changes=changes)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        parts = {
            InspectionCriterion: "criteria",
            JudgeGroup: "judge_groups",
            InspectionJudge: "judges",
        }
        if formset.model not in parts:
            super().save_formset(request, form, formset, change)
            return
        if not (formset.has_changed() or formset.deleted_forms):
            return
        rows = [
            each.cleaned_data | {"absent": getattr(each.instance, "absent", False)}
            for each in formset.forms
            if each.cleaned_data and not each.cleaned_data.get("DELETE")
        ]
        with catch_refusal(form):
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
