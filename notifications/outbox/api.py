"""The endpoints of the outbox: what was told to whom, how its mail fared, who has read it."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.outbox import filters, serializers
from notifications.outbox.acknowledge import message_acknowledge
from notifications.outbox.models import DeliveryAttempt, Message, Reminder
from portfolio.core.api.pagination import short_list
from portfolio.core.api.rows import row_plan
from projects.core.api.actions import ActionsMixin, NothingSerializer
from projects.core.api.base import DomainReadOnly

MOST_ATTEMPTS = 500  # answered of one mail's


class ReminderViewSet(DomainReadOnly):
    queryset = Reminder.objects.all()
    annotate = "with_lateness"
    serializer_class = serializers.ReminderSerializer
    filterset_class = filters.ReminderFilter
    ordering_fields = ("id", "due_on", "falls_on", "planned_for", "recipient")


class MessageViewSet(ActionsMixin, DomainReadOnly):
    queryset = Message.objects.all()
    serializer_class = serializers.MessageSerializer
    filterset_class = filters.MessageFilter
    ordering_fields = ("id", "day", "planned_for", "sent_at", "acknowledged_at", "recipient")

    @property
    def has_past(self) -> bool:
        return self.action != "attempts" and super().has_past  # the log is all there is

    @extend_schema(
        summary=_("一封邮件的投递记录"),
        responses=serializers.DeliveryAttemptSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def attempts(self, request: Request, pk: str) -> Response:
        """Lists each attempt to hand the mail over, with the mail server's words; last first."""
        log = DeliveryAttempt.objects.filter(message=self.subject()).order_by("-number")
        rows = row_plan(serializers.DeliveryAttemptSerializer).rows(log[:MOST_ATTEMPTS])
        return short_list(rows, most=MOST_ATTEMPTS, count=log.count)

    @extend_schema(
        summary=_("确认收到"),
        request=NothingSerializer,
        responses=serializers.MessageSerializer,
    )
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Says that the recipient has read the mail; a second time changes nothing."""
        message = self.subject("acknowledge")
        self.body(NothingSerializer)
        message_acknowledge(message=message, by=request.user)
        return self.answer()
