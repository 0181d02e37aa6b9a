"""``GET reminder-statistics``: what became of the reminders of a period, by day, tier or whose."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from notifications.outbox.models import Reminder, Tier
from notifications.outbox.parameters import PAGE_PARAMETERS, QuerySerializer
from notifications.outbox.statistics import (
    DAY,
    FIGURES,
    GROUPS,
    KIND,
    TIER,
    reminder_statistics,
    reminder_totals,
)
from portfolio.core import clock
from portfolio.core.api.schema import tag
from portfolio.core.api.serializers import DateField
from projects.deadlines import kind_labels

USUAL_DAYS = 30
SECONDS = 60


class StatisticsQuerySerializer(QuerySerializer):
    """The days of the mails, both included; by default the last 30."""

    date_from = DateField(required=False, help_text=gettext_lazy("不填为 30 天前"))
    date_to = DateField(required=False, help_text=gettext_lazy("不填为今天"))
    group_by = serializers.ChoiceField(choices=GROUPS, required=False, default=DAY)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        last = asked.setdefault("date_to", clock.today())
        first = asked.setdefault("date_from", last - dt.timedelta(days=USUAL_DAYS))
        if first > last:
            raise serializers.ValidationError(
                {
                    "date_from": _("开始日期 %(first)s 晚于结束日期 %(last)s。")
                    % {"first": first, "last": last}
                },
                code="invalid",
            )
        return asked


class FiguresSerializer(serializers.Serializer):
    planned = serializers.IntegerField(help_text=gettext_lazy("计划的提醒条数, 即以下各状态之和"))
    queued = serializers.IntegerField(help_text=gettext_lazy("待发送"))
    sent = serializers.IntegerField(help_text=gettext_lazy("已送出"))
    refused = serializers.IntegerField(help_text=gettext_lazy("被拒收"))
    unknown = serializers.IntegerField(help_text=gettext_lazy("送达不明"))
    withdrawn = serializers.IntegerField(help_text=gettext_lazy("已撤回"))
    acknowledged = serializers.IntegerField(help_text=gettext_lazy("收件人已确认收到"))
    late = serializers.IntegerField(help_text=gettext_lazy("晚于应提醒日"))
    median_minutes = serializers.FloatField(
        allow_null=True, help_text=gettext_lazy("从计划时间到送出的分钟数, 中位数; null: 尚无送出")
    )


class StatisticsRowSerializer(FiguresSerializer):
    key = serializers.CharField(help_text=gettext_lazy("日期、级别、单位编号、类别或收件地址"))
    name = serializers.CharField(help_text=gettext_lazy("读者语言的名称"))


@extend_schema_serializer(many=False)
class StatisticsSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = StatisticsRowSerializer(many=True)
    date_from = serializers.DateField()
    date_to = serializers.DateField()
    total = FiguresSerializer()


class ReminderStatisticsViewSet(GenericViewSet):
    """Counts of the reminders that the person may see, and of all of them together."""

    serializer_class = StatisticsSerializer
    filter_backends: list = []

    @extend_schema(
        summary=gettext_lazy("提醒的送达统计"),
        tags=[tag(gettext_lazy("提醒"))],
        parameters=[StatisticsQuerySerializer, *PAGE_PARAMETERS],
    )
    def list(self, request: Request) -> Response:
        asked = StatisticsQuerySerializer.asked_by(request)
        days = asked["date_from"], asked["date_to"]
        reminders = Reminder.objects.visible_to(request.user).filter(message__day__range=days)
        group = asked["group_by"]
        page = self.paginate_queryset(reminder_statistics(reminders, group_by=group))
        answer = self.get_paginated_response([_describe_row(row, group) for row in page or ()])
        answer.data |= {
            "date_from": days[0],
            "date_to": days[1],
            "total": _figures(reminder_totals(reminders)),
        }
        return answer


def _describe_row(row: dict[str, Any], group: str) -> dict[str, Any]:
    names: dict[str, Any] = {TIER: dict(Tier.choices), KIND: kind_labels()}
    key = str(row["key"])
    return {
        "key": key,
        "name": str(names.get(group, {}).get(key, row["name"] or key)),
        **_figures(row),
    }


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    median = row["median_to_send"]
    minutes = None if median is None else round(median.total_seconds() / SECONDS, 1)
    counts = {name: row[name] for name in FIGURES if name != "median_to_send"}
    return {**counts, "median_minutes": minutes}
