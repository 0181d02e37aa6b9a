"""The shapes of the year's programme: entries, plans, versions, slip."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from projects.programmes.serializers import CountField, MoneyField
from projects.programmes.stage_counts_api import BatchCountSerializer
from projects.progress.rules import Basis


class DaySlipSerializer(serializers.Serializer):
    planned = serializers.DateField(allow_null=True)
    stands_at = serializers.DateField(allow_null=True, help_text=_("实际、预计或 (逾期) 当日"))
    days = serializers.IntegerField(allow_null=True, help_text=_("正数为推迟, 负数为提前"))
    basis = serializers.ChoiceField(
        choices=[each.value for each in Basis],
        help_text=_("actual 实际, forecast 最近月报的预计, overdue 逾期未发生"),
    )


class VersionSlipSerializer(serializers.Serializer):
    number = serializers.IntegerField(source="version.number")
    approved_on = serializers.DateField(source="version.approved_on")
    reason = serializers.CharField(source="version.reason")
    planned_investment = MoneyField(source="version.planned_investment")
    planned_to_date = MoneyField(source="plan.investment")
    planned_share = MoneyField(source="plan.share", help_text=_("序时进度 (%)"))
    planned_progress = MoneyField(source="plan.progress", help_text=_("计划形象进度 (%)"))
    fallback = serializers.BooleanField(
        source="plan.fallback", help_text=_("没有分期计划, 按直线 (冬季停工) 推算")
    )
    money = MoneyField(source="slip.money", help_text=_("序时计划减已完成, 正数为欠进度 (万元)"))
    start = DaySlipSerializer(source="slip.start")
    commissioning = DaySlipSerializer(source="slip.commissioning")


class EntrySlipSerializer(serializers.Serializer):
    on = serializers.DateField()
    money_on = serializers.DateField(help_text=_("比较投资的日期: 最近一份已审核月报的月末"))
    investment_done = MoneyField(
        source="facts.investment_done", help_text=_("无权查看月报或尚无已审核月报时为 null")
    )
    versions = VersionSlipSerializer(many=True)


class ShareOfProgrammeSerializer(serializers.Serializer):
    planned = MoneyField()
    done = MoneyField()
    share = MoneyField()


class BatchShareSerializer(BatchCountSerializer):
    of_planned = MoneyField(help_text=_("占计划项目数 (%)"))
    of_in_force = MoneyField(help_text=_("占现在计划内项目数 (%)"))

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {
            **super().to_representation(instance.batch),
            "of_planned": instance.of_planned and str(instance.of_planned),
            "of_in_force": instance.of_in_force and str(instance.of_in_force),
        }


class ProgrammeFiguresSerializer(serializers.Serializer):
    planned_count = CountField()
    registered_count = CountField()
    original_count = CountField(help_text=_("年初列入: 已登记减调入"))
    approved_count = CountField()
    joined_count = CountField()
    left_count = CountField()
    in_force_count = CountField()
    registered_money = ShareOfProgrammeSerializer(help_text=_("含已调出的项目"))
    in_force_money = ShareOfProgrammeSerializer()
    batches = BatchShareSerializer(many=True)
