"""The endpoints of hand-over 交办, of milestones and other tasks, and the register of notices."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import BooleanFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaChoiceFilter, CommaTextFilter
from portfolio.core.api.rows import Row, row_plan
from portfolio.core.api.serializers import DateField, ReadSerializer, TextField
from portfolio.core.errors import permission_error
from projects.choices import HandoverState
from projects.core.api.actions import ActionSerializer, ActionsMixin
from projects.handover import services as handover
from projects.people.filters import user_filter
from projects.permissions import may_act

STEP_FIELDS = [
    "state", "state_display", "notice_number", "text", "parked_until", "by", "recorded_at",
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


class StepFilter(FilterSet):
    """What steps can be asked for, whatever was handed over."""

    state = CommaChoiceFilter(field_name="state", choices=HandoverState.choices)
    notice_number = CommaTextFilter(field_name="notice_number")
    by = user_filter("by")
    newest = BooleanFilter(method="only_newest", label=_("只要各项最近的一条"))
    recorded_after = DateFilter(field_name="recorded_at", lookup_expr="date__gte")
    recorded_before = DateFilter(field_name="recorded_at", lookup_expr="date__lte")

    def only_newest(self, rows: Any, _name: str, wanted: bool) -> Any:
        return rows.newest() if wanted else rows


# Address, permission, body, and the service; ``POST <task>/{id}/hand-over/<address>`` is one step.
_STEPS: tuple[tuple[str, Any, str, type[ActionSerializer], Callable[..., Any]], ...] = (
    ("assign", _("交办"), "decide", HandoverTextSerializer, handover.hand_over_assign),
    ("report", _("反馈"), "report", HandoverReportSerializer, handover.hand_over_report),
    (
        "return", pgettext_lazy("action", "退办"), "decide", HandoverReturnSerializer,
        handover.hand_over_return,
    ),
    (
        "park", pgettext_lazy("action", "挂账"), "decide", HandoverParkSerializer,
        handover.hand_over_park,
    ),
    (
        "close", pgettext_lazy("action", "办结销号"), "decide", HandoverTextSerializer,
        handover.hand_over_close,
    ),
)  # fmt: skip
MOST_STEPS = 500  # answered of one task's


class HandOverMixin(ActionsMixin):
    """What the steps of a hand-over share; ``make_handover_mixin`` adds them to a viewset."""

    step_serializer: type[ReadSerializer]

    def _steps(self) -> Any:
        model: Any = self.step_serializer.Meta.model
        return model.objects

    def _taken(self, task: Any) -> list[Row]:
        """The steps that the person may see, the oldest first."""
        steps = self._steps().visible_to(self.request.user)
        steps = steps.filter(pk__in=task.handover_steps.values("pk"))
        return row_plan(self.step_serializer).rows(steps.order_by("id")[:MOST_STEPS])

    def _take(
        self, permission: str, body: type[ActionSerializer], service: Callable[..., Any]
    ) -> Response:
        task = self.subject()
        by = self.request.user
        if not may_act(by, permission, self._steps().model._meta.label):
            raise permission_error()
        step = service(task=task, by=by, **self.body(body))
        [row] = row_plan(self.step_serializer).rows(self._steps().filter(pk=step.pk))
        return Response(row, status=status.HTTP_201_CREATED)


def make_handover_mixin(step_serializer: type[ReadSerializer]) -> type[HandOverMixin]:
    """Returns the hand-over of a task: ``GET`` its steps, ``POST`` the next one.

    A step shows as the serializer says; its model hangs on the task as ``handover_steps``.
    """

    @extend_schema(summary=_("交办记录"), responses=step_serializer(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="hand-over", pagination_class=None)
    def hand_over(self: HandOverMixin, request: Request, pk: str) -> Response:
        """The steps that the person may see, the oldest first."""
        return Response(self._taken(self.subject()))

    steps = {f"hand_over_{each[0]}": _step(step_serializer, *each) for each in _STEPS}
    return type(
        "HandOverActions",
        (HandOverMixin,),
        {"step_serializer": step_serializer, "hand_over": hand_over, **steps},
    )


def _step(
    step_serializer: type[ReadSerializer],
    path: str,
    summary: Any,
    permission: str,
    body: type[ActionSerializer],
    service: Callable[..., Any],
) -> Callable:
    def take(self: HandOverMixin, request: Request, pk: str) -> Response:
        return self._take(permission, body, service)

    take.__name__ = f"hand_over_{path}"
    take.__doc__ = service.__doc__
    route = action(detail=True, methods=["post"], url_path=f"hand-over/{path}")
    described = extend_schema(summary=summary, request=body, responses={201: step_serializer})
    return described(route(take))
