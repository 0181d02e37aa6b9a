"""A target's standing on its page and in the list, and the path that it is measured by."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from portfolio.core import clock
from projects.core.admin.base import DomainAdmin, DomainInline
from projects.core.admin.columns import format_figure
from projects.lights.admin import COLOURS as OF_LIGHT
from projects.permissions import Actor
from targets.choices import LIGHTS, Status
from targets.models import Target, TargetPathPoint
from targets.services.paths import path_point_create, path_point_update
from targets.services.status import Assessment, targets_assess

COLOURS = {status: OF_LIGHT[light] for status, light in LIGHTS.items()}


class PathPointsInline(DomainInline):
    """The target's own plan to date; without any a straight line stands in for it."""

    model = TargetPathPoint
    fields = ("month", "value")
    list_select_related = ("target",)
    can_delete = True


class StatusMixin:
    """Columns and fields that the rules fill: a page's rows are judged together."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)  # type: ignore[misc]
        rows = list(changelist.result_list)
        found = targets_assess(rows, on=clock.today())
        for row in rows:
            row.assessment = found[row.pk]
        changelist.result_list = rows
        return changelist

    @display(description=gettext_lazy("进度状态"), label=COLOURS)
    def standing(self, target: Target) -> tuple[str, str]:
        status = Status(_get_assessment(target).status)
        return status, str(status.label)

    @display(description=gettext_lazy("进度状态"))
    def standing_in_words(self, target: Target) -> str:
        return str(Status(_get_assessment(target).status).label)

    @display(description=gettext_lazy("最近实绩"))
    def actual(self, target: Target) -> str:
        found = _get_assessment(target).figure
        return format_figure(found.value, target.unit) if found else "—"

    @display(description=gettext_lazy("序时计划"))
    def plan_to_date(self, target: Target) -> str:
        plan = _get_assessment(target).plan
        return format_figure(plan.value, target.unit) if plan else "—"

    @display(description=gettext_lazy("全年预测"))
    def forecast(self, target: Target) -> str:
        found = _get_assessment(target).forecast
        return format_figure(found.value, target.unit) if found else "—"

    @display(description=gettext_lazy("判定理由"))
    def reasons(self, target: Target) -> str:
        return "".join(_get_assessment(target).reasons)


def _get_assessment(target: Target) -> Assessment:
    kept = getattr(target, "assessment", None)
    if kept is None:
        kept = targets_assess([target], on=clock.today())[target.pk]
        target.assessment = kept  # type: ignore[attr-defined]
    return kept


@admin.register(TargetPathPoint)
class TargetPathPointAdmin(DomainAdmin):
    sections = ((None, ("target", ("month", "value"))),)
    fixed_after_creation = ("target",)
    list_display = ("target", "month", "amount")
    list_filter = ("target__year",)
    list_select_related = ("target",)
    search_fields = ("target__name", "target__pinyin")
    autocomplete_fields = ("target",)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> TargetPathPoint:
        return path_point_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        path_point_update(point=instance, by=by, changes=changes)

    @display(description=gettext_lazy("计划值"), ordering="value")
    def amount(self, point: TargetPathPoint) -> str:
        return format_figure(point.value, point.target.unit)
