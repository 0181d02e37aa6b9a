"""Where targets stand, in their rows and period by period."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core import clock
from portfolio.core.api.filtering import CommaChoiceFilter
from portfolio.core.api.rows import ComputedField, Row, RowPlan, format_decimal
from targets.choices import Status
from targets.models import Target, TargetSupport
from targets.services.status import Assessment, SeriesPoint, build_series, targets_assess

_GOAL = "goal "  # no field is called that: the columns that the rules read, beside the shape's own


_SUPPORTS = "supporting_departments"


class AssessmentField(ComputedField):
    """What the rules say when the row is read; no column holds it."""


@extend_schema_field(serializers.ChoiceField(Status.choices))
class StatusField(AssessmentField):
    pass


@extend_schema_field({"type": "string"})
class WordField(AssessmentField):
    pass


@extend_schema_field({"type": ["string", "null"], "format": "date"})
class DayField(AssessmentField):
    pass


@extend_schema_field({"type": ["boolean", "null"]})
class FlagField(AssessmentField):
    pass


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class AssessmentReasonsField(AssessmentField):
    pass


class AssessmentSerializer(serializers.Serializer):
    """The fields of a target's row that the rules fill."""

    status = StatusField(help_text=_("进度状态, 由系统按进度值判定"))
    status_display = WordField(help_text=_("读者语言的名称"))
    goal = AssessmentField(help_text=_("判定所用的目标值; 没有定数的“全部”即清单总量"))
    actual = AssessmentField(help_text=_("最近一期数值, 自年初累计"))
    actual_on = DayField(help_text=_("最近一期数值截至哪一天"))
    plan_to_date = AssessmentField(help_text=_("同日的序时计划"))
    plan_is_fallback = FlagField(help_text=_("没有自定序时计划, 按时间进度计"))
    forecast = AssessmentField(help_text=_("全年预测"))
    forecast_reached = FlagField(help_text=_("照预测能否达到目标"))
    forecast_how = AssessmentField(help_text=_("预测是怎样算的"))
    reasons = AssessmentReasonsField(help_text=_("判定理由"))


JUDGED = tuple(AssessmentSerializer().fields)


def assessment_values(assessment: Assessment) -> Row:
    """Returns the fields of ``AssessmentSerializer``."""
    figure, plan, forecast = assessment.figure, assessment.plan, assessment.forecast
    value = assessment.goal.value if assessment.goal else None
    return {
        "status": assessment.status,
        "status_display": str(Status(assessment.status).label),
        "goal": format_decimal_or_none(value),
        "actual": format_decimal(figure.value) if figure else None,
        "actual_on": figure.period_end if figure else None,
        "plan_to_date": format_decimal(plan.value) if plan else None,
        "plan_is_fallback": plan.fallback if plan else None,
        "forecast": format_decimal(forecast.value) if forecast else None,
        "forecast_reached": forecast.reached if forecast else None,
        "forecast_how": forecast.how if forecast else None,
        "reasons": list(assessment.reasons),
    }


class AssessmentRowPlan(RowPlan):
    """Reads rows of targets with the columns that the rules need, and fills in what they say.

    The rules then cost a fixed number of queries, and reading the targets again is none of them.
    """

    @classmethod
    def of(cls, plan: RowPlan) -> RowPlan:
        if not plan.constants.keys() & set(JUDGED):
            return plan  # nobody asked to see any of it
        own = {field.name: getattr(plan, field.name) for field in fields(plan)}
        read: dict[str, Any] = {_GOAL + name: name for name in _columns()}
        relations = [each for each in plan.relations if each.name != _SUPPORTS]
        if len(relations) < len(plan.relations):  # read with the rows: a query less
            read[_SUPPORTS] = _supporting()
        columns = {**plan.columns, **read}
        return cls(**{**own, "columns": columns, "relations": relations})

    def filled(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        rows = super().filled(found)
        targets = [Target(**{name: row.pop(_GOAL + name) for name in _columns()}) for row in rows]
        assessments = targets_assess(targets, on=clock.today())
        for row, target in zip(rows, targets, strict=True):
            said = assessment_values(assessments[target.pk])
            row.update((name, said[name]) for name in JUDGED if name in row)
        return rows


def _supporting() -> ArraySubquery:
    rows = TargetSupport._base_manager.filter(target=models.OuterRef("pk")).order_by("id")
    return ArraySubquery(rows.values("department_id"))


def _columns() -> list[str]:
    unread = {"pinyin", "wording", "note", "baseline_note", "breakdown_note"}
    return [f.attname for f in Target._meta.concrete_fields if f.name not in unread]


class StatusFilter(CommaChoiceFilter):
    """``?status=at_risk,behind``: judged on the day asked for, whatever else is filtered by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Status.choices, **kwargs)

    def filter(self, qs: models.QuerySet, value: list[str] | None) -> models.QuerySet:
        if not value:
            return qs
        targets = list(qs.order_by())
        found = targets_assess(targets, on=clock.today())
        return qs.filter(pk__in=[key for key, each in found.items() if each.status in value])


class TargetPeriodSerializer(serializers.Serializer):
    """A period of the series."""

    period = serializers.CharField(help_text=_("2025-03、2025-Q1 或 2025"))
    ends_on = serializers.DateField()
    due_on = serializers.DateField(help_text=_("数值应于哪天前公布"))
    plan = serializers.CharField(allow_null=True)
    actual = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    status_display = serializers.CharField(allow_null=True)
    forecast = serializers.CharField(allow_null=True, help_text=_("尚未到来的期间的预测"))


class TargetProgressSerializer(AssessmentSerializer):
    """A target's year: plan, actual, status, and where it will end."""

    id = serializers.IntegerField()
    year = serializers.IntegerField()
    unit = serializers.CharField()
    on = serializers.DateField(help_text=_("判定日"))
    frequency = serializers.CharField()
    series = TargetPeriodSerializer(many=True)


class ProgressMixin:
    """The year of one target, read off the facts; ``?as_of=`` answers for a past day."""

    @extend_schema(
        summary=_("全年各期的计划、实绩、状态和预测"), responses={200: TargetProgressSerializer}
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def progress(self, request: Request, pk: str) -> Response:
        """Plan, actual and status of each period of the year, and the forecast."""
        target = self.get_object()  # type: ignore[attr-defined]
        on = clock.today()
        assessment = targets_assess([target], on=on)[target.pk]
        return Response(
            {
                "id": target.pk,
                "year": target.year,
                "unit": target.unit,
                "on": on,
                "frequency": target.frequency,
                **assessment_values(assessment),
                "series": [_point(each) for each in build_series(assessment, on=on)],
            }
        )


def _point(point: SeriesPoint) -> Row:
    return {
        "period": point.period.label,
        "ends_on": point.period.end,
        "due_on": point.period.due,
        "plan": format_decimal_or_none(point.plan),
        "actual": format_decimal_or_none(point.actual),
        "status": point.status,
        "status_display": str(Status(point.status).label) if point.status else None,
        "forecast": format_decimal_or_none(point.forecast),
    }


def format_decimal_or_none(value: Decimal | None) -> str | None:
    return None if value is None else format_decimal(value)
