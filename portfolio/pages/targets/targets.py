"""Targets 目标: where they stand, and one with its year, its figures and its list."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.lists import query_of, read_filters, search_field
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.registers import add_address
from portfolio.pages.kit.steps import steps_page
from portfolio.pages.kit.timeline import time_line
from portfolio.pages.targets.add_item import ADD_ITEM
from portfolio.pages.targets.report_figure import REPORT_FIGURE
from projects.permissions import Actor, departments_of
from targets.choices import LIGHTS, Source, Status
from targets.models import Measurement, Target, WorkItem
from targets.rules.words import figure_words
from targets.services.sources import describe_source
from targets.services.status import Assessment, SeriesPoint, build_series, targets_assess

PAGE_SIZE = 25
MOST_FIGURES = 40
MOST_PARTS = 60


class TargetFilterForm(PageForm):
    q = search_field(_("目标"))
    whose = forms.ChoiceField(
        label=_("范围"), choices=[("", _("全部")), ("mine", _("本单位牵头"))], required=False
    )


@dataclass(frozen=True)
class TargetSummary:
    """Where a target stands, in words."""

    target: Target
    assessment: Assessment

    @property
    def colour(self) -> str:
        return LIGHTS[self.assessment.status]

    @property
    def status(self) -> str:
        return str(Status(self.assessment.status).label)

    @property
    def goal(self) -> str:
        goal = self.assessment.goal
        value = goal.value if goal else None
        comparator = self.target.get_comparator_display()
        return (
            f"{comparator} {_words(value, self.target.unit)}" if value is not None else comparator
        )

    @property
    def actual(self) -> str:
        figure = self.assessment.figure
        return _words(figure.value if figure else None, self.target.unit)

    @property
    def plan(self) -> str:
        plan = self.assessment.plan
        return _words(plan.value if plan else None, self.target.unit)

    @property
    def forecast(self) -> str:
        forecast = self.assessment.forecast
        return _words(forecast.value if forecast else None, self.target.unit)


@dataclass(frozen=True)
class PeriodRow:
    """A period of a target's year, in words."""

    point: SeriesPoint

    @property
    def colour(self) -> str:
        return LIGHTS[self.point.status] if self.point.status else ""

    @property
    def status(self) -> str:
        return str(Status(self.point.status).label) if self.point.status else ""

    @property
    def plan(self) -> str:
        return _words(self.point.plan)

    @property
    def actual(self) -> str:
        return _words(self.point.actual)

    @property
    def forecast(self) -> str:
        return _words(self.point.forecast)


def _words(value: Decimal | None, unit: str = "") -> str:
    return "—" if value is None else figure_words(value, unit)


@page
def targets_page(request: HttpRequest) -> HttpResponse:
    """Lists the targets with where they stand today."""
    user: Actor = request.user
    own = departments_of(user)
    leads = Target.objects.visible_to(user).filter(lead_department__in=own).exists()
    form, asked = read_filters(request, TargetFilterForm, {"whose": "mine" if leads else ""})
    rows = Target.objects.visible_to(user).search(asked["q"]).select_related("lead_department")
    if asked["whose"] == "mine":
        rows = rows.filter(lead_department__in=own)
    paged = Paginator(rows.order_by("-year", "id"), PAGE_SIZE).get_page(page_number(request))
    targets = list(paged.object_list)
    found = targets_assess(targets, on=clock.today())
    context = {
        "form": form,
        "paged": paged,
        "standings": [TargetSummary(each, found[each.pk]) for each in targets],
        "query": query_of(request),
        "add": add_address(request, Target),
    }
    return render(request, "workbench/targets.html", context)


@page
def target_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a target; its figures are reported here."""
    rows = Target.objects.visible_to(request.user)
    target = get_object_or_404(rows.select_related("lead_department", "sponsor"), pk=pk)

    def context() -> dict[str, Any]:
        user: Actor = request.user
        on = clock.today()
        assessment = targets_assess([target], on=on)[target.pk]
        items = WorkItem.objects.visible_to(user).filter(target=target)
        figures = Measurement.objects.visible_to(user).filter(target=target)
        return {
            "standing": TargetSummary(target, assessment),
            "where_from": "" if target.source == Source.REPORTED else describe_source(target),
            "series": [PeriodRow(point) for point in build_series(assessment, on=on)],
            "figures": figures.select_related("part__department", "recorded_by").order_by("-id")[
                :MOST_FIGURES
            ],
            "parts": target.parts.select_related("department")[:MOST_PARTS],
            "items": Paginator(items.select_related("lead_department"), PAGE_SIZE).get_page(
                page_number(request)
            ),
            "today": on,
            "history": time_line(
                [Target.objects.filter(pk=pk), figures], page=page_number(request, "history")
            ),
        }

    return steps_page(request, target, (REPORT_FIGURE, ADD_ITEM), "workbench/target.html", context)
