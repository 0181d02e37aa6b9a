"""The endpoints of webhooks: which addresses are told, under which key, and what became of it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.webhooks import services as webhooks
from notifications.webhooks.models import Webhook, WebhookDelivery, WebhookState
from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import ReadSerializer, TextField, WriteSerializer
from projects.core.api.actions import ActionsMixin, NothingSerializer
from projects.core.api.base import DomainReadOnly, DomainResource


class WebhookSerializer(ReadSerializer):
    class Meta:
        model = Webhook
        fields = ["id", "name", "url", "tiers", "active", "key_version", "recorded_at", "version"]


class WebhookWriteSerializer(WriteSerializer):
    url = TextField(max_length=500, label=_("地址"))  # the service says what is wrong with it

    class Meta(WriteSerializer.Meta):
        model = Webhook
        fields = ["name", "url", "tiers", "active"]
        extra_kwargs = {"tiers": {"required": True, "allow_empty": False}}
        read_only_hints = {"key_version": _("更换密钥请 POST renew-key。")}


class WebhookWithSecretSerializer(WebhookSerializer):
    secret = serializers.CharField(label=_("密钥"), help_text=_("只显示这一次, 用于核对签名"))

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class WebhookTriedSerializer(serializers.Serializer):
    """What came of a test call."""

    accepted = serializers.BooleanField(help_text=_("对方已接收 (2xx)"))
    status = serializers.IntegerField(allow_null=True, help_text=_("对方的 HTTP 状态; 空: 无答复"))
    text = serializers.CharField(help_text=_("对方答复的开头"))
    error = serializers.CharField(help_text=_("没有答复的原因"))


class WebhookFilter(FilterSet):
    active = BooleanFilter(field_name="active")


class WebhookViewSet(ActionsMixin, DomainResource):
    """The addresses that are told what the mails tell. A secret is told once."""

    queryset = Webhook.objects.all()
    serializer_class = WebhookSerializer
    write_serializer_class = WebhookWriteSerializer
    filterset_class = WebhookFilter
    ordering_fields = ("id", "name", "recorded_at")
    answers_once = False  # an answer with a secret is not kept

    @extend_schema(
        summary=_("新增通知接口"),
        request=WebhookWriteSerializer,
        responses={201: WebhookWithSecretSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Makes a webhook and tells its secret, this once."""
        body = self.body(WebhookWriteSerializer)
        webhook, secret = webhooks.webhook_create(by=request.user, fields=body)
        answer = self._with_secret(webhook.pk, secret, status.HTTP_201_CREATED)
        answer.headers["Location"] = f"{request.path.rstrip('/')}/{webhook.pk}/"
        return answer

    def perform_update(self, instance: Webhook, changes: dict[str, Any]) -> None:
        webhooks.webhook_update(webhook=instance, by=self.request.user, changes=changes)

    @extend_schema(
        summary=_("更换通知接口的密钥"),
        request=NothingSerializer,
        responses=WebhookWithSecretSerializer,
    )
    @action(detail=True, methods=["post"], url_path="renew-key")
    def renew_key(self, request: Request, pk: str) -> Response:
        """Makes a new secret and tells it, this once; the old one signs nothing any more."""
        webhook = self.subject("renew_key")
        self.body(NothingSerializer)
        webhook, secret = webhooks.webhook_renew_key(webhook=webhook, by=request.user)
        return self._with_secret(webhook.pk, secret)

    @extend_schema(
        summary=_("向通知接口发一条测试"),
        request=NothingSerializer,
        responses=WebhookTriedSerializer,
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Sends a signed test event now and answers what came back."""
        webhook = self.subject("change")
        self.body(NothingSerializer)
        tried = webhooks.webhook_test(webhook=webhook, by=request.user)
        return Response(
            {
                "accepted": tried.accepted,
                "status": tried.status,
                "text": tried.text,
                "error": tried.error,
            }
        )

    def _with_secret(self, pk: Any, secret: str, code: int = status.HTTP_200_OK) -> Response:
        row = self.row(pk)
        headers = {**self._headers(row), "Cache-Control": "no-store"}
        return Response({**row, "secret": secret}, status=code, headers=headers)


class WebhookDeliverySerializer(ReadSerializer):
    state_display = DisplayField()
    recipient = serializers.CharField(source="message.recipient", read_only=True)
    day = serializers.DateField(source="message.day", read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "webhook", "message", "recipient", "day", "state", "state_display", "attempts",
            "retry_at", "sent_at", "last_error",
        ]  # fmt: skip


class WebhookDeliveryFilter(FilterSet):
    webhook = CommaKeyFilter(field_name="webhook")
    message = CommaKeyFilter(field_name="message")
    state = CommaChoiceFilter(field_name="state", choices=WebhookState.choices)


class WebhookDeliveryViewSet(DomainReadOnly):
    """What was told to webhooks, and what became of it; a log of its own, without a history."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = WebhookDeliverySerializer
    filterset_class = WebhookDeliveryFilter
    ordering_fields = ("id", "retry_at", "sent_at", "attempts")
    history = None  # type: ignore[assignment]  # none is kept
