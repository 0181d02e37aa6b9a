"""Targets and their breakdown: their register; their figures, to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, DomainInline, ReadOnlyInline
from projects.core.admin.columns import format_figure
from projects.core.admin.refusals import catch_refusal
from projects.permissions import Actor
from targets.admin.status import PathPointsInline, StatusMixin
from targets.choices import Comparator
from targets.models import Measurement, Target, TargetPart, WorkItem
from targets.querysets import TargetQuerySet
from targets.services.parts import part_create, part_delete, part_update, parts_create
from targets.services.targets import target_update

# The report says "300 个以上" but "突破 5000 亿元".
AFTER = gettext_lazy("%(figure)s%(word)s")
WORDINGS: dict[str, Any] = {
    Comparator.AT_LEAST: AFTER,
    Comparator.ABOUT: AFTER,
    Comparator.AT_MOST: AFTER,
    Comparator.KEEP_AT_LEAST: gettext_lazy("保持在 %(figure)s以上"),
}


class PartsInline(DomainInline):
    model = TargetPart
    fields = ("department", "parent", "value", "note")
    autocomplete_fields = ("department", "parent")
    list_select_related = ("target", "department", "parent__target", "parent__department")


class WorkItemsInline(DomainInline):
    model = WorkItem
    fields = ("name", "quantity", "unit", "lead_department", "due_on", "done_on")
    autocomplete_fields = ("lead_department",)
    list_select_related = ("lead_department",)
    per_page = 50


class MeasurementsInline(ReadOnlyInline):
    model = Measurement
    fields = ("part", "period", "value", "source", "evidence", "recorded_by", "recorded_at")
    list_select_related = ("target", "part__target", "part__department", "recorded_by")
    per_page = 50


@admin.register(Target)
class TargetAdmin(StatusMixin, DomainAdmin):
    add_sections = (
        (None, ("name", ("year", "due_on"), ("commitment", "weight"))),
        (
            gettext_lazy("目标值"),
            (
                ("comparator", "in_step_with"),
                ("value", "unit"),
                ("measure", "source"),
                ("tolerance",),
            ),
        ),
        (
            gettext_lazy("责任"),
            (("lead_department", "sponsor"), "supporting_departments", "assigned"),
        ),
        (
            gettext_lazy("上年实绩"),
            (
                ("baseline", "baseline_qualifier"),
                ("baseline_period", "baseline_estimated"),
                ("baseline_section", "baseline_note"),
            ),
        ),
        (
            gettext_lazy("公布与口径"),
            (
                ("frequency", "jan_feb_combined"),
                ("published_after_days", "year_published_after_days"),
                ("project_figure", "project_min_investment"),
                ("project_category", "project_cluster", "project_district"),
                "breakdown_note",
            ),
        ),
        (gettext_lazy("出处"), ("section", "wording", "note")),
    )
    sections = (
        add_sections[0],
        (
            gettext_lazy("进度"),
            (("standing_in_words", "actual"), ("plan_to_date", "forecast"), "reasons"),
        ),
        *add_sections[1:],
    )
    list_display = (
        "name", "promise", "standing", "actual", "forecast", "lead_department", "commitment",
        "due_on", "section",
    )  # fmt: skip
    list_filter = (
        "year",
        ("commitment", ChoicesDropdownFilter),
        ("comparator", ChoicesDropdownFilter),
        ("measure", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("lead_department", "in_step_with", "sponsor", "project_district")
    search_fields = TargetQuerySet.search_fields
    autocomplete_fields = (
        "in_step_with", "lead_department", "supporting_departments", "sponsor", "project_district",
    )  # fmt: skip
    inlines = (PathPointsInline, PartsInline, WorkItemsInline, MeasurementsInline)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        target_update(target=instance, by=by, changes=changes)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not TargetPart:
            super().save_formset(request, form, formset, change)
            return
        # A breakdown adds up as a whole, so its new parts are written as one.
        new = [each for each in formset.forms if each.has_changed() and each.instance.pk is None]
        if new:
            names = ("target", "department", "parent", "value", "note")
            rows = [{n: each.cleaned_data.get(n) for n in names} for each in new]
            with catch_refusal(new[0]):
                parts_create(by=request.user, rows=[r | {"note": r["note"] or ""} for r in rows])

    @display(description=gettext_lazy("目标值"))
    def promise(self, target: Target) -> str:
        if target.comparator == Comparator.DONE:
            return target.get_comparator_display()
        if target.comparator == Comparator.IN_STEP_WITH:
            return _("与“%(other)s”同步") % {"other": target.in_step_with}
        if target.value is None:
            return _("清单全部")
        wording = WORDINGS.get(target.comparator, "%(word)s %(figure)s")
        word = target.get_comparator_display()
        return wording % {"word": word, "figure": format_figure(target.value, target.unit)}


@admin.register(TargetPart)
class TargetPartAdmin(DomainAdmin):
    sections = ((None, ("target", ("department", "parent"), "value", "note")),)
    fixed_after_creation = ("target",)
    list_display = ("target", "department", "parent", "amount", "note")
    list_filter = (("department", RelatedDropdownFilter),)
    list_select_related = ("target", "department", "parent__target", "parent__department")
    search_fields = ("target__name", "target__pinyin", "department__name", "department__pinyin")
    autocomplete_fields = ("target", "department", "parent")

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> TargetPart:
        return part_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        part_update(part=instance, by=by, changes=changes)

    def write_delete(self, *, by: Actor, instance: Any) -> None:
        part_delete(part=instance, by=by)

    @display(description=gettext_lazy("分解值"), ordering="value")
    def amount(self, part: TargetPart) -> str:
        return format_figure(part.value, part.target.unit)


@admin.register(Measurement)
class MeasurementAdmin(DomainAdmin):
    read_only = True
    sections = (
        (
            None,
            (
                ("target", "part"),
                ("period", "value"),
                ("source", "evidence"),
                ("recorded_by", "recorded_at"),
            ),
        ),
    )
    list_display = ("target", "part", "period", "amount", "source", "recorded_by", "recorded_at")
    list_filter = (("target__lead_department", RelatedDropdownFilter), "target__year")
    list_select_related = ("target", "part__target", "part__department", "recorded_by")
    search_fields = ("target__name", "target__pinyin", "period", "source")
    date_hierarchy = "recorded_at"
    ordering = ("-recorded_at", "-id")

    @display(description=gettext_lazy("数值"), ordering="value")
    def amount(self, measurement: Measurement) -> str:
        return format_figure(measurement.value, measurement.target.unit)
