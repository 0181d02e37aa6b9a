"""Where each of the year's targets stands: promise, plan to date, actual, status and forecast."""

from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from portfolio.core.api.filtering import CommaChoiceFilter, CommaTextFilter
from portfolio.reports.charts.kinds.targets import TargetsChart
from portfolio.reports.engine.report import (
    Report,
    ReportQuery,
    Row,
    date_column,
    number_column,
    percent_column,
    text_column,
    texts_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import Commitment
from projects.people.filters import department_filter
from projects.permissions import Actor
from targets.choices import STATUSES, Comparator, Status
from targets.models import Target
from targets.services.status import Assessment, targets_assess


class TargetScope(FilterSet):
    lead_department = department_filter("lead_department")
    commitment = CommaChoiceFilter(field_name="commitment", choices=Commitment.choices)
    section = CommaTextFilter(field_name="section")


class TargetProgress(Report):
    """One line a target, the gravest first, of those the one furthest from its plan."""

    name = "target-progress"
    title = _("目标进度")
    description = _("政府工作报告各项目标: 承诺、序时计划、实绩、状态、全年预测和理由。")
    columns = (
        text_column("target", _("目标编号")),
        text_column("name", _("目标")),
        text_column("section", _("报告章节")),
        text_column("lead_department", _("责任单位")),
        text_column("commitment", _("承诺强度")),
        text_column("comparator", _("口径")),
        number_column("value", _("目标值")),
        text_column("unit", _("计量单位")),
        text_column("status", _("状态代码")),
        text_column("status_display", _("状态")),
        number_column("plan_to_date", _("序时计划")),
        number_column("actual", _("实绩")),
        date_column("actual_on", _("实绩截至")),
        number_column("gap", _("与计划之差")),
        percent_column("reached", _("实绩占目标值")),
        percent_column("plan_share", _("序时计划占目标值")),
        number_column("forecast", _("全年预测")),
        text_column("forecast_how", _("预测依据")),
        texts_column("reasons", _("理由")),
    )
    key = ("target",)
    chart = TargetsChart()
    filterset = TargetScope

    def source(self, *, user: Actor, on: Any) -> QuerySet:
        return Target.objects.visible_to(user)

    def rows(self, asked: ReportQuery) -> list[Row]:
        chosen = asked.chosen.filter(year=asked.year)
        chosen = chosen.annotate(lead_name=F("lead_department__short_name"))
        targets = list(chosen.order_by("pk"))
        assessed = targets_assess(targets, on=asked.on)
        targets.sort(key=lambda each: _place(each, assessed[each.pk]))
        return [_line(target, assessed[target.pk]) for target in targets]


def _place(target: Target, assessment: Assessment) -> tuple[int, Decimal, int]:
    """Returns what orders the targets: the status, within it the gap as a part of the plan."""
    figure, plan = assessment.figure, assessment.plan
    ahead = Decimal(0)
    if figure and plan and plan.value:
        ahead = (figure.value - plan.value) / abs(plan.value)
    if target.comparator == Comparator.AT_MOST:
        ahead = -ahead
    elif target.comparator == Comparator.ABOUT:
        ahead = -abs(ahead)
    return STATUSES.index(Status(assessment.status)), ahead, target.pk


def _line(target: Any, assessment: Assessment) -> Row:
    figure, plan, forecast = assessment.figure, assessment.plan, assessment.forecast
    gap = figure.value - plan.value if figure and plan else None
    return {
        "target": str(target.pk),
        "name": target.name,
        "section": target.section,
        "lead_department": target.lead_name,
        "commitment": labels_of(Commitment)[target.commitment],
        "comparator": labels_of(Comparator)[target.comparator],
        "value": target.value,
        "unit": target.unit,
        "status": assessment.status,
        "status_display": labels_of(Status)[assessment.status],
        "plan_to_date": plan.value if plan else None,
        "actual": figure.value if figure else None,
        "actual_on": figure.period_end if figure else None,
        "gap": gap,
        "reached": _share(figure, target.value),
        "plan_share": _share(plan, target.value),
        "forecast": forecast.value if forecast else None,
        "forecast_how": forecast.how if forecast else "",
        "reasons": list(assessment.reasons),
    }


def _share(part: Any, whole: Decimal | None) -> Decimal | None:
    """Returns per cent of the target's own value: what targets of all units are compared by."""
    return 100 * part.value / abs(whole) if part and whole else None
