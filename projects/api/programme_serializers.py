"""The shapes of the year's programme: entries, plans, versions, slip."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.core.api.serializers import DateField, ReadSerializer, TextField, WriteSerializer
from projects.api.serializers import ProjectBriefSerializer, UserBriefSerializer
from projects.api.stage_counts import BatchCountSerializer
from projects.models.plan import Baseline, PlanPoint
from projects.models.programme import Programme, ProgrammeEntry
from projects.rules.slip import Basis


class CountField(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)


class MoneyField(serializers.DecimalField):
    """万元, or per cent; ``null`` where nobody knows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_digits": 18, "decimal_places": 2, "read_only": True, "allow_null": True}
            | kwargs
        )


class ProgrammeSerializer(ReadSerializer):
    registered_count = CountField(help_text=_("已登记的项目数, 由系统统计"))
    approved_count = CountField(help_text=_("其中计划已批准的"))
    joined_count = CountField(help_text=_("年中调入"))
    left_count = CountField(help_text=_("年中调出"))
    in_force_count = CountField(help_text=_("现在计划内的项目数: 已登记减调出"))
    expandable = {"approved_by": UserBriefSerializer}

    class Meta:
        model = Programme
        fields = [
            "id", "year", "title", "planned_count", "registered_count", "approved_count",
            "joined_count", "left_count", "in_force_count", "section", "approved_by",
            "approved_on", "version",
        ]  # fmt: skip


class ProgrammeWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = Programme
        fields = ["year", "title", "planned_count", "section"]
        read_only_hints = {
            "approved_on": _("批准请用 POST approve。"),
            "approved_by": _("批准请用 POST approve。"),
        }


class ProgrammeEntrySerializer(ReadSerializer):
    expandable = {"project": ProjectBriefSerializer, "approved_by": UserBriefSerializer}

    class Meta:
        model = ProgrammeEntry
        fields = [
            "id", "programme", "project", "planned_investment", "planned_start",
            "planned_commissioning", "expected_outcome", "approved_by", "approved_on",
            "baseline_number", "joined_on", "join_approval", "left_on", "leave_approval",
            "version",
        ]  # fmt: skip


class ProgrammeEntryWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = ProgrammeEntry
        fields = [
            "programme", "project", "planned_investment", "planned_start",
            "planned_commissioning", "expected_outcome", "joined_on", "join_approval",
        ]  # fmt: skip
        read_only_hints = {
            "approved_on": _("批准请用 POST approve。"),
            "approved_by": _("批准请用 POST approve。"),
            "baseline_number": _("版次由批准和重新定版 (POST rebaseline) 产生。"),
            "left_on": _("调出请用 POST leave。"),
            "leave_approval": _("调出请用 POST leave。"),
        }


class ApprovalSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = ProgrammeEntry
        fields = ["approved_on"]


class LeavingSerializer(WriteSerializer):
    left_on = DateField(label=_("调出日期"))
    leave_approval = TextField(max_length=200, label=_("调出依据"))

    class Meta(WriteSerializer.Meta):
        model = ProgrammeEntry
        fields = ["left_on", "leave_approval"]


class PlanPointBriefSerializer(ReadSerializer):
    class Meta:
        model = PlanPoint
        fields = ["month", "investment", "progress"]


class NewPlanPointSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = PlanPoint
        fields = ["month", "investment", "progress"]


class WholePlanSerializer(WriteSerializer):
    plan_points = NewPlanPointSerializer(many=True, help_text=_("整套分期计划; 未列的月份删除"))

    class Meta(WriteSerializer.Meta):
        model = ProgrammeEntry
        fields = ["plan_points"]


class RebaselineSerializer(WriteSerializer):
    reason = TextField(max_length=500, label=_("理由"))
    plan_points = NewPlanPointSerializer(
        many=True, required=False, help_text=_("整套分期计划; 不填则沿用现行版次的")
    )

    class Meta(WriteSerializer.Meta):
        model = Baseline
        fields = [
            "planned_investment", "planned_start", "planned_commissioning", "approved_on",
            "reason", "plan_points",
        ]  # fmt: skip
        extra_kwargs = {"approved_on": {"required": False}}


class VersionSerializer(ReadSerializer):
    class Meta:
        model = Baseline
        fields = [
            "id", "entry", "number", "planned_investment", "planned_start",
            "planned_commissioning", "reason", "approved_by", "approved_on", "recorded_at",
        ]  # fmt: skip


class BaselineSerializer(VersionSerializer):
    """A version of the plan as it was approved, with its plan by month or quarter."""

    plan_points = PlanPointBriefSerializer(many=True, read_only=True)

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "plan_points"]


class PlanPointSerializer(ReadSerializer):
    project = serializers.PrimaryKeyRelatedField(source="entry.project", read_only=True)

    class Meta:
        model = PlanPoint
        fields = [
            "id", "entry", "project", "baseline_number", "month", "investment", "progress",
            "version",
        ]  # fmt: skip


class PlanPointWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = PlanPoint
        fields = ["entry", "month", "investment", "progress"]
        read_only_hints = {"baseline_number": _("新的版次请用 POST rebaseline。")}


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
