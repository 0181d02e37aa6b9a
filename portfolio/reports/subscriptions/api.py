"""The endpoints of subscriptions: what comes by itself, to whom, and what was sent."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core import clock
from portfolio.core.api.filtering import CommaChoiceFilter, CommaTextFilter
from portfolio.core.api.pagination import short_list
from portfolio.core.api.rows import DisplayField, row_plan
from portfolio.core.api.serializers import KeyField, KeysField, ReadSerializer, WriteSerializer
from portfolio.reports.exporting.models import ExportFormat
from portfolio.reports.subscriptions import services as subscriptions
from portfolio.reports.subscriptions.models import ReportSubscription, RhythmKind, SubscriptionCopy
from portfolio.reports.subscriptions.preview import list_upcoming_issues, preview_recipients
from projects.core.api.actions import ActionsMixin, NothingSerializer
from projects.core.api.base import DomainResource
from projects.people.filters import user_filter
from projects.people.models import User
from projects.people.serializers import UserBriefSerializer

MOST_COPIES = 500  # answered of one subscription's


class UsersField(KeysField):
    """People, by their ids."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child_relation=KeyField(queryset=User.objects.all()), **kwargs)


class ReportSubscriptionSerializer(ReadSerializer):
    rhythm_display = DisplayField()
    recipients = KeyField(many=True, read_only=True)
    expandable = {"owner": UserBriefSerializer}

    class Meta:
        model = ReportSubscription
        fields = [
            "id", "owner", "report", "parameters", "format", "recipients", "rhythm",
            "rhythm_display", "number", "time_of_day", "note", "active", "until", "counts_from",
            "recorded_at", "version",
        ]  # fmt: skip


class ReportSubscriptionWriteSerializer(WriteSerializer):
    recipients = UsersField()

    class Meta(WriteSerializer.Meta):
        model = ReportSubscription
        fields = [
            "report", "parameters", "format", "recipients", "rhythm", "number", "time_of_day",
            "note", "active", "until",
        ]  # fmt: skip


class ComingSerializer(serializers.Serializer):
    day = serializers.DateField(help_text=_("期次: 工作日"))
    planned_for = serializers.DateTimeField(help_text=_("何时生成并发送"))
    as_of = serializers.DateField(help_text=_("数据截至"))
    address = serializers.URLField(help_text=_("这一期问的地址, 可自行打开核对"))


class ReceiverSerializer(serializers.Serializer):
    user = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    receives = serializers.BooleanField(help_text=_("现在的权限和账号能否收到"))
    hindrance = serializers.CharField(allow_blank=True, help_text=_("收不到的原因"))


class SubscriptionPreviewSerializer(serializers.Serializer):
    """What would be sent next, and to whom."""

    issues = ComingSerializer(many=True)
    recipients = ReceiverSerializer(many=True)


class SubscriptionCopySerializer(ReadSerializer):
    day = serializers.DateField(source="issue.day", read_only=True, help_text=_("期次"))
    as_of = serializers.DateField(source="issue.as_of", read_only=True, help_text=_("数据截至"))
    state = serializers.CharField(source="export.state", read_only=True, help_text=_("导出的状态"))
    error = serializers.CharField(source="export.error", read_only=True, help_text=_("失败原因"))

    class Meta:
        model = SubscriptionCopy
        fields = ["id", "day", "as_of", "recipient", "export", "state", "error", "refused"]


class ReportSubscriptionFilter(FilterSet):
    owner = user_filter("owner")
    recipient = user_filter("recipients")
    report = CommaTextFilter(field_name="report")
    format = CommaChoiceFilter(field_name="format", choices=ExportFormat.choices)
    rhythm = CommaChoiceFilter(field_name="rhythm", choices=RhythmKind.choices)
    active = BooleanFilter(field_name="active")


class ReportSubscriptionViewSet(ActionsMixin, DomainResource):
    """Reports that come by themselves, each recipient's with their own rights."""

    queryset = ReportSubscription.objects.all()
    serializer_class = ReportSubscriptionSerializer
    write_serializer_class = ReportSubscriptionWriteSerializer
    filterset_class = ReportSubscriptionFilter
    ordering_fields = ("id", "report", "owner", "recorded_at")

    @property
    def has_past(self) -> bool:
        return self.action != "copies" and super().has_past  # the log is all there is

    def perform_create(self, fields: dict[str, Any]) -> ReportSubscription:
        return subscriptions.subscription_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: ReportSubscription, changes: dict[str, Any]) -> None:
        subscriptions.subscription_update(
            subscription=instance, by=self.request.user, changes=changes
        )

    def perform_destroy(self, instance: ReportSubscription) -> None:
        subscriptions.subscription_delete(subscription=instance, by=self.request.user)

    @extend_schema(
        summary=_("预览: 今后五期何时发、发给谁"),
        request=NothingSerializer,
        responses=SubscriptionPreviewSerializer,
    )
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """Says what would be sent next, on which five days and to whom; sends nothing."""
        subscription = self.subject("preview")
        self.body(NothingSerializer)
        coming = list_upcoming_issues(subscription, now=clock.now())
        receivers = preview_recipients(subscription, today=clock.today())
        return Response(
            {
                "issues": [asdict(each) for each in coming],
                "recipients": [{**asdict(each), "receives": each.receives} for each in receivers],
            }
        )

    @extend_schema(
        summary=_("已生成的各期各份"),
        responses=SubscriptionCopySerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def copies(self, request: Request, pk: str) -> Response:
        """Lists what was made for whom; last first. Their mails are at ``messages/``."""
        log = SubscriptionCopy.objects.filter(issue__subscription=self.subject()).order_by("-pk")
        rows = row_plan(SubscriptionCopySerializer).rows(log[:MOST_COPIES])
        return short_list(rows, most=MOST_COPIES, count=log.count)
