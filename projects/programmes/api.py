"""The year's programme: its approval, its entries with the versions of their plans, and figures."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaKeyFilter, CommaNumberFilter
from portfolio.core.api.rows import row_plan
from projects.core.api.actions import ActionsMixin
from projects.core.api.base import DomainResource
from projects.people.filters import department_filter
from projects.programmes import serializers as shapes
from projects.programmes import services as programmes
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.programmes.rules import PlanMonth


class ProgrammeFilter(FilterSet):
    year = CommaNumberFilter(field_name="year")


class ProgrammeEntryFilter(FilterSet):
    programme = CommaKeyFilter(field_name="programme")
    year = CommaNumberFilter(field_name="programme__year")
    project = CommaKeyFilter(field_name="project", code_field="code")
    lead_department = department_filter("project__lead_department")
    district = department_filter("project__district")
    approved = BooleanFilter(field_name="approved_on", lookup_expr="isnull", exclude=True)
    joined = BooleanFilter(field_name="joined_on", lookup_expr="isnull", exclude=True)
    left = BooleanFilter(field_name="left_on", lookup_expr="isnull", exclude=True)
    baseline_number = CommaNumberFilter(field_name="baseline_number")
    commissioning_after = DateFilter(field_name="planned_commissioning", lookup_expr="gte")
    commissioning_before = DateFilter(field_name="planned_commissioning", lookup_expr="lte")


class PlanPointFilter(FilterSet):
    entry = CommaKeyFilter(field_name="entry")
    baseline_number = CommaNumberFilter(field_name="baseline_number")
    month = CommaNumberFilter(field_name="month")
    project = CommaKeyFilter(field_name="entry__project", code_field="code")
    year = CommaNumberFilter(field_name="entry__programme__year")
    lead_department = department_filter("entry__project__lead_department")


class ActingResource(ActionsMixin, DomainResource):
    """A resource whose rows are also acted upon: POST to a sub-resource that calls one service."""

    def acted(self, verb: str, shape: Any, act: Callable[..., Any]) -> Response:
        """Calls ``act(row, **body)``; who may not is told before the body is read."""
        row = self.subject(verb)
        act(row, **self.body(shape))
        return self.answer()


class ProgrammeViewSet(ActingResource):
    queryset = Programme.objects.all()
    annotate = "with_counts"
    serializer_class = shapes.ProgrammeSerializer
    write_serializer_class = shapes.ProgrammeWriteSerializer
    filterset_class = ProgrammeFilter
    ordering_fields = ("id", "year")

    @extend_schema(
        summary=_("批准年度计划: 所有待批项目的计划定为第 1 版"),
        request=shapes.ApprovalSerializer,
        responses={200: shapes.ProgrammeSerializer},
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approves the programme with every entry that waits."""
        return self.acted(
            "approve",
            shapes.ApprovalSerializer,
            lambda row, **day: programmes.programme_approve(programme=row, by=request.user, **day),
        )


class ProgrammeEntryViewSet(ActingResource):
    queryset = ProgrammeEntry.objects.all()
    serializer_class = shapes.ProgrammeEntrySerializer
    write_serializer_class = shapes.ProgrammeEntryWriteSerializer
    filterset_class = ProgrammeEntryFilter
    ordering_fields = (
        "id", "planned_investment", "planned_start", "planned_commissioning", "approved_on",
    )  # fmt: skip

    def perform_create(self, fields: dict[str, Any]) -> ProgrammeEntry:
        return programmes.entry_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: ProgrammeEntry, changes: dict[str, Any]) -> None:
        programmes.entry_update(entry=instance, by=self.request.user, changes=changes)

    @extend_schema(
        summary=_("批准一个项目的年度计划 (第 1 版)"),
        request=shapes.ApprovalSerializer,
        responses={200: shapes.ProgrammeEntrySerializer},
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approves the entry's plan: it is frozen."""
        return self.acted(
            "approve",
            shapes.ApprovalSerializer,
            lambda row, **day: programmes.entry_approve(entry=row, by=request.user, **day),
        )

    @extend_schema(
        summary=_("重新定版: 调整已批准的计划, 旧版保留"),
        request=shapes.RebaselineSerializer,
        responses={200: shapes.ProgrammeEntrySerializer},
    )
    @action(detail=True, methods=["post"])
    def rebaseline(self, request: Request, pk: str) -> Response:
        """Makes the next version of an approved plan."""
        return self.acted("rebaseline", shapes.RebaselineSerializer, self._rebaseline)

    def _rebaseline(self, entry: ProgrammeEntry, **body: Any) -> None:
        points = body.pop("plan_points", None)
        programmes.entry_rebaseline(
            entry=entry,
            by=self.request.user,
            reason=body.pop("reason"),
            approved_on=body.pop("approved_on", None),
            plan=body,
            plan_points=None if points is None else [PlanMonth(**point) for point in points],
        )

    @extend_schema(
        summary=_("整套填报分期计划 (批准之前)"),
        request=shapes.WholePlanSerializer,
        responses={200: shapes.ProgrammeEntrySerializer},
    )
    @action(detail=True, methods=["post"], url_path="plan")
    def whole_plan(self, request: Request, pk: str) -> Response:
        """Writes the plan by month as a whole: row by row, a plan that rises all over could
        stand below its later months on the way."""
        return self.acted("change", shapes.WholePlanSerializer, self._whole_plan)

    def _whole_plan(self, entry: ProgrammeEntry, plan_points: list[dict[str, Any]]) -> None:
        points = [PlanMonth(**point) for point in plan_points]
        programmes.plan_points_set(entry=entry, by=self.request.user, points=points)

    @extend_schema(
        summary=_("登记调出"),
        request=shapes.LeavingSerializer,
        responses={200: shapes.ProgrammeEntrySerializer},
    )
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        """Takes the project out of the year's programme."""
        return self.acted(
            "leave",
            shapes.LeavingSerializer,
            lambda row, **body: programmes.entry_leave(entry=row, by=request.user, **body),
        )

    @extend_schema(
        summary=_("计划的各个版次"), responses={200: shapes.BaselineSerializer(many=True)}
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def baselines(self, request: Request, pk: str) -> Response:
        """Every version of the plan that was approved, the first one first."""
        entry = self.subject()
        versions = Baseline.objects.visible_to(request.user).filter(entry=entry)
        points: dict[int, list] = {}
        plan = row_plan(shapes.PlanPointSerializer)
        for row in plan.rows(entry.plan_points.order_by("month")):
            shown = {name: row[name] for name in ("month", "investment", "progress")}
            points.setdefault(row["baseline_number"], []).append(shown)
        rows = [
            {**row, "plan_points": points.get(row["number"], [])}
            for row in row_plan(shapes.VersionSerializer).rows(versions.order_by("number"))
        ]
        return Response(rows)


class PlanPointViewSet(DomainResource):
    """The plan by month or quarter, cumulative; frozen with the version that it belongs to."""

    queryset = PlanPoint.objects.all()
    serializer_class = shapes.PlanPointSerializer
    write_serializer_class = shapes.PlanPointWriteSerializer
    filterset_class = PlanPointFilter
    ordering_fields = ("id", "entry", "baseline_number", "month", "investment")

    def perform_create(self, fields: dict[str, Any]) -> PlanPoint:
        return programmes.plan_point_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: PlanPoint, changes: dict[str, Any]) -> None:
        programmes.plan_point_update(point=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: PlanPoint) -> None:
        programmes.plan_point_delete(point=instance, by=self.request.user)
