"""The endpoints of projects and their stages."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.pagination import short_list
from portfolio.core.api.rows import row_plan
from portfolio.core.errors import permission_error
from projects.core.api.base import DomainResource
from projects.core.api.bulk import BulkMixin
from projects.permissions import may_act
from projects.register import services as projects
from projects.register.filters import ProjectFilter
from projects.register.kinds import PROJECT_KIND
from projects.register.models import Project, StageTransition
from projects.register.serializers import (
    ProjectSerializer,
    ProjectWriteSerializer,
    RevocationSerializer,
    StageTransitionSerializer,
    StageTransitionWriteSerializer,
)

MOST_MOVES = 500  # answered of one project's


class ProjectViewSet(BulkMixin, DomainResource):
    queryset = Project.objects.all()
    annotate = "with_light"
    bulk_kind = PROJECT_KIND
    serializer_class = ProjectSerializer
    write_serializer_class = ProjectWriteSerializer
    filterset_class = ProjectFilter
    ordering_fields = (
        "id", "code", "name", "stage", "category", "cluster", "district", "lead_department",
        "total_investment", "investment_before", "entered_statistics_on",
    )  # fmt: skip

    def perform_create(self, fields: dict[str, Any]) -> Project:
        return projects.project_create(by=self.request.user, fields=fields)

    def perform_destroy(self, instance: Project) -> None:
        projects.project_delete(project=instance, by=self.request.user)

    @extend_schema(
        methods=["GET"],
        summary=_("项目的阶段变动"),
        responses=StageTransitionSerializer(many=True),
    )
    @extend_schema(
        methods=["POST"],
        summary=_("登记一次阶段变动"),
        request=StageTransitionWriteSerializer,
        responses={201: StageTransitionSerializer},
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def transitions(self, request: Request, pk: str) -> Response:
        """The project's moves from stage to stage; POST records one."""
        project = self.get_queryset().filter(pk=pk).first()
        if project is None:
            raise Http404
        plan = row_plan(StageTransitionSerializer)
        moves = StageTransition.objects.visible_to(request.user).filter(project=project)
        if request.method == "GET":
            rows = plan.rows(moves[:MOST_MOVES])
            return short_list(rows, most=MOST_MOVES, count=moves.count)
        if not may_act(request.user, "add", "projects.StageTransition"):
            raise permission_error()
        body = StageTransitionWriteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        move = projects.transition_record(project=project, by=request.user, **body.validated_data)
        return Response(plan.rows(moves.filter(pk=move.pk))[0], status=status.HTTP_201_CREATED)

    @extend_schema(
        summary=_("撤销最近一次阶段变动"),
        request=RevocationSerializer,
        responses={201: StageTransitionSerializer},
    )
    @action(
        detail=True, methods=["post"], url_path=r"transitions/(?P<transition_pk>\d{1,18})/revoke"
    )
    def revoke(self, request: Request, pk: str, transition_pk: str) -> Response:
        """Takes the newest move back, with a reason."""
        moves = StageTransition.objects.visible_to(request.user).filter(project=int(pk))
        move = moves.filter(pk=transition_pk).first()
        if move is None:
            raise Http404
        body = RevocationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        taken_back = projects.transition_revoke(
            transition=move, by=request.user, reason=body.validated_data["reason"]
        )
        plan = row_plan(StageTransitionSerializer)
        row = plan.rows(moves.filter(pk=taken_back.pk))[0]
        return Response(row, status=status.HTTP_201_CREATED)
