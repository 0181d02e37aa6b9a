"""The endpoints of problems 堵点."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import (
    DateField,
    KeyField,
    ReadSerializer,
    TextField,
    WriteSerializer,
)
from projects.choices import ProblemState
from projects.core.api.actions import ActionSerializer, ActionsMixin, NothingSerializer
from projects.core.api.base import DomainResource
from projects.people.filters import department_filter, user_filter
from projects.people.models import Department
from projects.people.serializers import DepartmentBriefSerializer, UserBriefSerializer
from projects.problems import services as problems
from projects.problems.models import Problem, ProblemKind
from projects.register.serializers import ProjectBriefSerializer


class ProjectProblemSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    lead_department = KeyField(source="project.lead_department", read_only=True)
    kind_display = DisplayField()
    state_display = DisplayField()
    expandable = {
        "project": ProjectBriefSerializer,
        "solver_department": DepartmentBriefSerializer,
        "raised_by": UserBriefSerializer,
    }

    class Meta:
        model = Problem
        fields = [
            "id", "project", "project_name", "lead_department", "kind", "kind_display", "title",
            "description", "state", "state_display", "raised_by", "raised_on",
            "solver_department", "due_on", "solution", "solved_on", "confirmed_on",
            "reopened_reason", "version",
        ]  # fmt: skip


class ProblemWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = Problem
        fields = ["project", "kind", "title", "description"]
        read_only_hints = {
            "state": _("状态由动作改变: POST assign, solve, confirm, reopen。"),
            "solver_department": _("解决单位由交办指定: POST assign。"),
            "due_on": _("解决期限由交办指定: POST assign。"),
            "solution": _("解决情况由解决单位登记: POST solve。"),
        }


class ProblemAssignSerializer(ActionSerializer):
    solver_department = KeyField(queryset=Department.objects.all(), label=_("解决单位"))
    due_on = DateField(label=_("解决期限"))


class ProblemSolveSerializer(ActionSerializer):
    solution = TextField(max_length=5000, label=_("解决情况"))


class ProblemReopenSerializer(ActionSerializer):
    reason = TextField(max_length=500, label=_("理由"))


class ProblemFilter(FilterSet):
    project = CommaKeyFilter(field_name="project", code_field="code")
    kind = CommaChoiceFilter(field_name="kind", choices=ProblemKind.choices)
    state = CommaChoiceFilter(field_name="state", choices=ProblemState.choices)
    lead_department = department_filter("project__lead_department")
    district = department_filter("project__district")
    solver_department = department_filter("solver_department")
    raised_by = user_filter("raised_by")
    closed = BooleanFilter(field_name="confirmed_on", lookup_expr="isnull", exclude=True)
    raised_after = DateFilter(field_name="raised_on", lookup_expr="gte")
    raised_before = DateFilter(field_name="raised_on", lookup_expr="lte")
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")


class ProblemViewSet(ActionsMixin, DomainResource):
    queryset = Problem.objects.all()
    serializer_class = ProjectProblemSerializer
    write_serializer_class = ProblemWriteSerializer
    filterset_class = ProblemFilter
    ordering_fields = ("id", "raised_on", "due_on", "solved_on", "confirmed_on", "project")

    def perform_create(self, fields: dict[str, Any]) -> Problem:
        return problems.problem_raise(by=self.request.user, fields=fields)

    def perform_update(self, instance: Problem, changes: dict[str, Any]) -> None:
        problems.problem_update(problem=instance, by=self.request.user, changes=changes)

    @extend_schema(
        summary=_("交办堵点"), request=ProblemAssignSerializer, responses=ProjectProblemSerializer
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Says which department must solve it, and by when."""
        problem = self.subject("assign")
        body = self.body(ProblemAssignSerializer)
        problems.problem_assign(problem=problem, by=request.user, **body)
        return self.answer()

    @extend_schema(
        summary=_("登记解决情况"),
        request=ProblemSolveSerializer,
        responses=ProjectProblemSerializer,
    )
    @action(detail=True, methods=["post"])
    def solve(self, request: Request, pk: str) -> Response:
        """Says how it was solved, by the department that it was assigned to."""
        problem = self.subject("solve")
        body = self.body(ProblemSolveSerializer)
        problems.problem_solve(problem=problem, by=request.user, **body)
        return self.answer()

    @extend_schema(
        summary=_("确认销号"), request=NothingSerializer, responses=ProjectProblemSerializer
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Confirms that it is solved, by whoever raised it; that closes it."""
        problem = self.subject("confirm")
        self.body(NothingSerializer)
        problems.problem_confirm(problem=problem, by=request.user)
        return self.answer()

    @extend_schema(
        summary=_("重新打开"), request=ProblemReopenSerializer, responses=ProjectProblemSerializer
    )
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Says why it is not solved."""
        problem = self.subject("reopen")
        body = self.body(ProblemReopenSerializer)
        problems.problem_reopen(problem=problem, by=request.user, **body)
        return self.answer()
