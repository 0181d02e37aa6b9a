"""The endpoints of the hand-over of milestones 交办, and the register of its notices."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import BooleanFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.api.filtering import CommaChoiceFilter, CommaKeyFilter, CommaTextFilter
from portfolio.api.rows import DisplayField, row_plan
from portfolio.api.serializers import DateField, ReadSerializer, TextField
from portfolio.errors import not_allowed
from projects import models
from projects.api.actions import ActionSerializer, ActionsMixin
from projects.api.base import DomainReadOnly
from projects.api.filters import department_filter, user_filter
from projects.api.serializers import UserBriefSerializer
from projects.permissions import action_allowed
from projects.services import handover


class HandoverStepSerializer(ReadSerializer):
    project = serializers.PrimaryKeyRelatedField(source="milestone.project", read_only=True)
    milestone_name = serializers.CharField(source="milestone.name", read_only=True)
    state_display = DisplayField()
    expandable = {"by": UserBriefSerializer}

    class Meta:
        model = models.HandoverStep
        fields = [
            "id", "milestone", "milestone_name", "project", "state", "state_display",
            "notice_number", "text", "parked_until", "by", "recorded_at",
        ]  # fmt: skip


class HandoverTextSerializer(ActionSerializer):
    text = TextField(max_length=500, required=False, allow_blank=True, label=_("内容"))


class HandoverReportSerializer(ActionSerializer):
    text = TextField(max_length=500, label=_("反馈内容"))


class HandoverReturnSerializer(ActionSerializer):
    reason = TextField(max_length=500, label=_("退办理由"))


class HandoverParkSerializer(ActionSerializer):
    reason = TextField(max_length=500, label=_("挂账理由"))
    parked_until = DateField(label=_("挂账至"))


class HandoverStepFilter(FilterSet):
    milestone = CommaKeyFilter(field_name="milestone")
    project = CommaKeyFilter(field_name="milestone__project", code_field="code")
    lead_department = department_filter("milestone__project__lead_department")
    state = CommaChoiceFilter(field_name="state", choices=models.HandoverState.choices)
    notice_number = CommaTextFilter(field_name="notice_number")
    by = user_filter("by")
    newest = BooleanFilter(method="only_newest", label=_("只要各节点最近的一条"))
    recorded_after = DateFilter(field_name="recorded_at", lookup_expr="date__gte")
    recorded_before = DateFilter(field_name="recorded_at", lookup_expr="date__lte")

    def only_newest(self, rows: Any, _name: str, wanted: bool) -> Any:
        return rows.newest() if wanted else rows


class HandoverStepViewSet(DomainReadOnly):
    """Every step of every hand-over, as a register; steps are taken at the milestone."""

    queryset = models.HandoverStep.objects.all()
    serializer_class = HandoverStepSerializer
    filterset_class = HandoverStepFilter
    ordering_fields = ("id", "recorded_at", "milestone", "parked_until")


def _step(summary: Any, body: type[ActionSerializer], path: str) -> Callable:
    """Declares the address of one step: ``POST milestones/{id}/hand-over/<path>``."""

    def declare(method: Callable) -> Callable:
        route = action(detail=True, methods=["post"], url_path=f"hand-over/{path}")
        described = extend_schema(
            summary=summary, request=body, responses={201: HandoverStepSerializer}
        )
        return described(route(method))

    return declare


class HandOverActions(ActionsMixin):
    """The hand-over of a milestone: ``GET`` its steps, ``POST`` the next one."""

    @extend_schema(
        summary=_("节点的交办记录"),
        responses=HandoverStepSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], url_path="hand-over", pagination_class=None)
    def hand_over(self, request: Request, pk: str) -> Response:
        """The steps that the person may see, the oldest first."""
        milestone = self.subject()
        steps = models.HandoverStep.objects.visible_to(request.user).filter(milestone=milestone)
        return Response(row_plan(HandoverStepSerializer).rows(steps.order_by("id")[:500]))

    @_step(_("交办"), HandoverTextSerializer, "assign")
    def hand_over_assign(self, request: Request, pk: str) -> Response:
        """Hands the task over, by a numbered notice."""
        return self._take("decide", HandoverTextSerializer, handover.hand_over_assign)

    @_step(_("反馈"), HandoverReportSerializer, "report")
    def hand_over_report(self, request: Request, pk: str) -> Response:
        """Reports back."""
        return self._take("report", HandoverReportSerializer, handover.hand_over_report)

    @_step(pgettext_lazy("action", "退办"), HandoverReturnSerializer, "return")
    def hand_over_return(self, request: Request, pk: str) -> Response:
        """Sends a report back, with the reason."""
        return self._take("decide", HandoverReturnSerializer, handover.hand_over_return)

    @_step(pgettext_lazy("action", "挂账"), HandoverParkSerializer, "park")
    def hand_over_park(self, request: Request, pk: str) -> Response:
        """Lets the clock stand still until a day."""
        return self._take("decide", HandoverParkSerializer, handover.hand_over_park)

    @_step(pgettext_lazy("action", "办结销号"), HandoverTextSerializer, "close")
    def hand_over_close(self, request: Request, pk: str) -> Response:
        """Strikes it off the list, once it is done."""
        return self._take("decide", HandoverTextSerializer, handover.hand_over_close)

    def _take(
        self, permission: str, body: type[ActionSerializer], service: Callable[..., Any]
    ) -> Response:
        milestone = self.subject()
        if not action_allowed(self.request.user, permission, "projects.HandoverStep"):
            raise not_allowed()
        given = self.body(body)
        step = service(milestone=milestone, by=self.request.user, **given)
        rows = models.HandoverStep.objects.filter(pk=step.pk)
        [row] = row_plan(HandoverStepSerializer).rows(rows)
        return Response(row, status=status.HTTP_201_CREATED)
