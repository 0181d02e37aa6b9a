"""What stands in a round of the inspection: entries and deductions; the rest to be read."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, DomainInline
from projects.inspections.models import (
    Amendment,
    InspectionDeduction,
    InspectionEntry,
    InspectionResult,
    InspectionScore,
)
from projects.inspections.services import (
    deduction_create,
    deduction_delete,
    deduction_update,
    entry_create,
    entry_delete,
    entry_update,
)
from projects.permissions import Actor


class DeductionsInline(DomainInline):
    model = InspectionDeduction
    fields = ("points", "reason")
    list_select_related = ("entry__project",)


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
    list_select_related = ("project__lead_department", "inspection_round")
    search_fields = ("project__name", "project__code", "project__pinyin")
    autocomplete_fields = ("inspection_round", "project")

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> InspectionEntry:
        return entry_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        entry_update(entry=instance, by=by, changes=changes)

    def write_delete(self, *, by: Actor, instance: Any) -> None:
        entry_delete(entry=instance, by=by)

    @display(description=gettext_lazy("牵头单位"))
    def lead_department(self, entry: InspectionEntry) -> str:
        return str(entry.project.lead_department)

    def choice_label(self, instance: InspectionEntry) -> str:
        return f"{instance.project} · {instance.inspection_round}"


@admin.register(InspectionDeduction)
class InspectionDeductionAdmin(DomainAdmin):
    sections = ((None, ("entry", "points", "reason")),)
    fixed_after_creation = ("entry",)
    list_display = ("project", "inspection_round", "points", "reason")
    list_filter = (("entry__inspection_round", RelatedDropdownFilter),)
    list_select_related = ("entry__project", "entry__inspection_round")
    search_fields = ("entry__project__name", "entry__project__pinyin", "reason")
    autocomplete_fields = ("entry",)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> InspectionDeduction:
        return deduction_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        deduction_update(deduction=instance, by=by, changes=changes)

    def write_delete(self, *, by: Actor, instance: Any) -> None:
        deduction_delete(deduction=instance, by=by)

    @display(description=gettext_lazy("参评项目"))
    def project(self, deduction: InspectionDeduction) -> str:
        return str(deduction.entry.project)

    @display(description=gettext_lazy("观摩测评"))
    def inspection_round(self, deduction: InspectionDeduction) -> str:
        return str(deduction.entry.inspection_round)


@admin.register(InspectionScore)
class InspectionScoreAdmin(DomainAdmin):
    read_only = True
    sections = ((None, ("entry", ("judge", "criterion"), "points")),)
    list_display = ("project", "inspection_round", "judge", "criterion", "points")
    list_filter = (
        ("entry__inspection_round", RelatedDropdownFilter),
        ("judge__user", RelatedDropdownFilter),
    )
    list_select_related = (
        "entry__project", "entry__inspection_round", "inspection_round", "judge__user", "criterion",
    )  # fmt: skip
    search_fields = ("entry__project__name", "entry__project__pinyin", "judge__user__name")

    @display(description=gettext_lazy("参评项目"))
    def project(self, score: InspectionScore) -> str:
        return str(score.entry.project)


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
