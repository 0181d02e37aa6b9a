"""The endpoints of hand-over 交办, of milestones and other tasks, and the register of notices."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaKeyFilter
from portfolio.core.api.serializers import TextField
from projects.core.api.actions import ActionSerializer, ActionsMixin, NothingSerializer
from projects.core.api.base import DomainReadOnly, DomainResource
from projects.core.api.bulk import BulkMixin
from projects.handover.api import StepFilter, make_handover_mixin
from projects.milestones import extensions
from projects.milestones import services as milestones
from projects.milestones.filters import ExtensionRequestFilter, MilestoneFilter
from projects.milestones.kinds import MILESTONE_KIND
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.milestones.serializers import (
    ExtensionRequestSerializer,
    ExtensionRequestWriteSerializer,
    HandoverStepSerializer,
    MilestoneSerializer,
    MilestoneWriteSerializer,
)
from projects.people.filters import department_filter


class HandoverStepFilter(StepFilter):
    milestone = CommaKeyFilter(field_name="milestone")
    project = CommaKeyFilter(field_name="milestone__project", code_field="code")
    lead_department = department_filter("milestone__project__lead_department")


class HandoverStepViewSet(DomainReadOnly):
    """Every step of every hand-over, as a register; steps are taken at the milestone."""

    queryset = HandoverStep.objects.all()
    serializer_class = HandoverStepSerializer
    filterset_class = HandoverStepFilter
    ordering_fields = ("id", "recorded_at", "milestone", "parked_until")


class ExtensionGrantSerializer(ActionSerializer):
    note = TextField(max_length=500, required=False, allow_blank=True, label=_("决定意见"))


class ExtensionRefuseSerializer(ActionSerializer):
    note = TextField(max_length=500, label=_("决定意见"))


class ExtensionDecisions(ActionsMixin):
    """``sign`` by the head of the lead department; ``grant`` or ``refuse`` by who decides."""

    @extend_schema(
        summary=_("负责人签字"), request=NothingSerializer, responses=ExtensionRequestSerializer
    )
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Signs the request for the department; three working days are left to decide it."""
        extension = self.subject("sign")
        self.body(NothingSerializer)
        extensions.extension_sign(extension=extension, by=request.user)
        return self.answer()

    @extend_schema(
        summary=_("同意延期"),
        request=ExtensionGrantSerializer,
        responses=ExtensionRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str) -> Response:
        """Grants the request: the milestone's due date moves, its baseline stays."""
        extension = self.subject("decide")
        body = self.body(ExtensionGrantSerializer)
        extensions.extension_grant(extension=extension, by=request.user, **body)
        return self.answer()

    @extend_schema(
        summary=_("不同意延期"),
        request=ExtensionRefuseSerializer,
        responses=ExtensionRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """Refuses the request, with the reason."""
        extension = self.subject("decide")
        body = self.body(ExtensionRefuseSerializer)
        extensions.extension_refuse(extension=extension, by=request.user, **body)
        return self.answer()


class MilestoneViewSet(make_handover_mixin(HandoverStepSerializer), BulkMixin, DomainResource):  # type: ignore[misc]
    queryset = Milestone.objects.all()
    annotate = "with_due_state"
    bulk_kind = MILESTONE_KIND
    serializer_class = MilestoneSerializer
    write_serializer_class = MilestoneWriteSerializer
    filterset_class = MilestoneFilter
    ordering_fields = ("id", "due_on", "baseline_on", "forecast_on", "done_on", "project")


class ExtensionRequestViewSet(ExtensionDecisions, DomainResource):
    queryset = ExtensionRequest.objects.all()
    serializer_class = ExtensionRequestSerializer
    write_serializer_class = ExtensionRequestWriteSerializer
    filterset_class = ExtensionRequestFilter
    ordering_fields = ("id", "requested_at", "new_due_on", "decide_by")

    def perform_create(self, fields: dict[str, Any]) -> ExtensionRequest:
        return milestones.extension_request(by=self.request.user, fields=fields)

    def perform_update(self, instance: ExtensionRequest, changes: dict[str, Any]) -> None:
        milestones.extension_update(extension=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: ExtensionRequest) -> None:
        milestones.extension_withdraw(extension=instance, by=self.request.user)
