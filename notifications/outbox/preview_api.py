"""``GET reminder-preview``: what would go out on the coming days, to whom and why; ``POST`` the
same by other rules, of which nothing is kept."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from notifications.outbox.models import Capacity, Tier
from notifications.outbox.parameters import (
    PAGE_PARAMETERS,
    QuerySerializer,
    parse_codes,
    parse_departments,
    parse_kinds,
)
from notifications.outbox.preview import (
    MOST_DAYS,
    PreviewRows,
    PreviewSelection,
    preview_warnings,
    reminders_preview,
)
from notifications.policies.api import rules_field
from notifications.policies.services import check_rules, schedules_in_force, schedules_of
from notifications.policies.tiers import Schedules
from portfolio.core import clock
from portfolio.core.api.schema import tag
from portfolio.core.errors import permission_error
from projects.core.api.actions import ActionSerializer
from projects.permissions import may_act

USUAL_DAYS = 30


class PreviewQuerySerializer(QuerySerializer):
    """How far ahead, and which part of it; several values with commas."""

    days = serializers.IntegerField(
        required=False,
        default=USUAL_DAYS,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("从今天起多少天, 不填为 30; 因预计逾期的催办没有固定日期, 不在其中"),
    )
    recipient = serializers.CharField(required=False, help_text=gettext_lazy("收件地址"))
    department = serializers.CharField(
        required=False, help_text=gettext_lazy("责任单位的编号或代码")
    )
    kind = serializers.CharField(required=False)
    tier = serializers.CharField(required=False)

    def validate_recipient(self, text: str) -> list[str]:
        return text.split(",")

    def validate_department(self, text: str) -> list[int]:
        return parse_departments(text)

    def validate_kind(self, text: str) -> list[str]:
        return parse_kinds(text)

    def validate_tier(self, text: str) -> list[str]:
        return parse_codes(text, Tier.values)


class ProposedRulesSerializer(ActionSerializer):
    rules = rules_field()


class PreviewRowSerializer(serializers.Serializer):
    day = serializers.DateField(help_text=gettext_lazy("发出的工作日"))
    recipient = serializers.EmailField()
    name = serializers.CharField()
    user = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("空: 单位邮箱"))
    capacity = serializers.ChoiceField(choices=Capacity.choices)
    capacity_display = serializers.CharField()
    tier = serializers.ChoiceField(choices=Tier.choices)
    tier_display = serializers.CharField()
    ordinal = serializers.IntegerField()
    kind = serializers.CharField()
    kind_display = serializers.CharField()
    object_id = serializers.IntegerField()
    title = serializers.CharField()
    due_on = serializers.DateField()
    department = serializers.IntegerField()


class PreviewWarningSerializer(serializers.Serializer):
    code = serializers.ChoiceField(choices=["unknown_year", "nobody_to_tell"])
    subject = serializers.IntegerField(help_text=gettext_lazy("年份, 或单位编号"))
    message = serializers.CharField()


@extend_schema_serializer(many=False)
class PreviewSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PreviewRowSerializer(many=True)
    warnings = PreviewWarningSerializer(many=True)


class ReminderPreviewViewSet(GenericViewSet):
    """Open to those who see all mails."""

    serializer_class = PreviewSerializer
    filter_backends: list = []
    described: ClassVar[dict[str, Any]] = {
        "tags": [tag(gettext_lazy("提醒"))],
        "parameters": [PreviewQuerySerializer, *PAGE_PARAMETERS],
        "responses": {200: PreviewSerializer},
    }

    @extend_schema(summary=gettext_lazy("预览: 今后若干天将发出的提醒"), **described)
    def list(self, request: Request) -> Response:
        """Previews by the rules that are in force today."""
        self._require()
        asked = PreviewQuerySerializer.asked_by(request)
        return self._answer(asked, schedules_in_force(on=clock.today()))

    @extend_schema(
        summary=gettext_lazy("按拟定的规则预览, 不保存"),
        request=ProposedRulesSerializer,
        **described,
    )
    def create(self, request: Request) -> Response:
        """Previews by the rules that are sent."""
        self._require()
        asked = PreviewQuerySerializer.asked_by(request)
        body = ProposedRulesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rules = body.validated_data["rules"]
        check_rules(rules)
        return self._answer(asked, schedules_of(rules))

    def _require(self) -> None:
        if not may_act(self.request.user, "preview", "notifications.ReminderPolicy"):
            raise permission_error()

    def _answer(self, asked: dict[str, Any], schedules: Schedules) -> Response:
        wanted = PreviewSelection(
            kinds=asked.get("kind", ()),
            tiers=asked.get("tier", ()),
            departments=asked.get("department", ()),
            recipients=asked.get("recipient", ()),
        )
        preview = reminders_preview(
            first=clock.today(), days=asked["days"], schedules=schedules, wanted=wanted
        )
        answer = self.get_paginated_response(self.paginate_queryset(PreviewRows(preview)))
        answer.data["warnings"] = preview_warnings(preview)
        return answer
