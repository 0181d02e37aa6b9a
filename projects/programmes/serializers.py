"""The shapes of the year's programme: entries, plans, versions, slip."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.core.api.serializers import (
    DateField,
    KeyField,
    ReadSerializer,
    TextField,
    WriteSerializer,
)
from projects.people.serializers import UserBriefSerializer
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.register.serializers import ProjectBriefSerializer


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
    project = KeyField(source="entry.project", read_only=True)

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
