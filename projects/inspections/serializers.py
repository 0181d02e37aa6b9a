"""The shapes of the quarterly inspection: rounds, entries, scores, deductions, results."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.core.api.rows import DisplayField, FigureField
from portfolio.core.api.serializers import KeyField, ReadSerializer, TextField, WriteSerializer
from projects.inspections.models import (
    Amendment,
    InspectionCriterion,
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionResult,
    InspectionRound,
    InspectionScore,
    JudgeGroup,
)
from projects.inspections.standing import RANKED_BY
from projects.people.models import Department
from projects.people.serializers import UserBriefSerializer
from projects.register.serializers import ProjectBriefSerializer


def figure(**kwargs: Any) -> FigureField:
    return FigureField(max_digits=5, decimal_places=2, **kwargs)


def published_figure(**kwargs: Any) -> serializers.DecimalField:
    """Returns a figure as a ranking prints it: with both decimals."""
    return serializers.DecimalField(max_digits=5, decimal_places=2, **kwargs)


def check_points(value: Any) -> Any:
    """Refuses what is no number of points at all; which rule a number breaks the service says."""
    if not value.is_finite() or abs(value.adjusted()) > 20:
        raise serializers.ValidationError(_("应为 0 到 100 的数。"), code="range")
    return value


# Rounds ------------------------------------------------------------------------------------------
class CriterionSerializer(ReadSerializer):
    weight = figure()

    class Meta:
        model = InspectionCriterion
        fields = ["id", "name", "weight"]


class JudgeGroupSerializer(ReadSerializer):
    weight = figure()

    class Meta:
        model = JudgeGroup
        fields = ["id", "name", "weight"]


class JudgeSerializer(ReadSerializer):
    user_name = serializers.CharField(source="user.name", read_only=True)
    group = serializers.CharField(
        source="group.name", read_only=True, allow_null=True, help_text=_("评委组的名称")
    )

    class Meta:
        model = InspectionJudge
        fields = ["id", "user", "user_name", "group", "absent"]


class InspectionRoundSerializer(ReadSerializer):
    status_display = DisplayField()
    method_display = DisplayField()
    site_share = figure()
    deduction_cap = figure()
    criteria = CriterionSerializer(many=True, read_only=True)
    judge_groups = JudgeGroupSerializer(many=True, read_only=True)
    judges = JudgeSerializer(many=True, read_only=True)

    class Meta:
        model = InspectionRound
        fields = [
            "id", "year", "quarter", "status", "status_display", "method", "method_display",
            "starts_on", "ends_on", "site_share", "deduction_cap", "criteria", "judge_groups",
            "judges", "approved_by", "approved_at", "published_by", "published_at", "version",
        ]  # fmt: skip


class CriterionWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = InspectionCriterion
        fields = ["name", "weight"]


class JudgeGroupWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = JudgeGroup
        fields = ["name", "weight"]


class JudgeWriteSerializer(WriteSerializer):
    group = TextField(
        max_length=100,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text=_("评委组的名称"),
    )

    class Meta(WriteSerializer.Meta):
        model = InspectionJudge
        fields = ["user", "group", "absent"]


class InspectionRoundWriteSerializer(WriteSerializer):
    criteria = CriterionWriteSerializer(many=True, required=False, allow_empty=False)
    judge_groups = JudgeGroupWriteSerializer(many=True, required=False)
    judges = JudgeWriteSerializer(many=True, required=False)

    class Meta(WriteSerializer.Meta):
        model = InspectionRound
        fields = [
            "year", "quarter", "method", "starts_on", "ends_on", "site_share", "deduction_cap",
            "criteria", "judge_groups", "judges",
        ]  # fmt: skip
        read_only_hints = {
            "status": _("状态由动作改变: POST open、close、approve、publish。"),
            "approved_by": _("批准由市领导办理: POST approve。"),
            "published_by": _("公布由督查员办理: POST publish。"),
        }


class AbsenceSerializer(WriteSerializer):
    judge = KeyField(queryset=InspectionJudge._default_manager.all(), label=_("评委"))

    class Meta(WriteSerializer.Meta):
        model = InspectionJudge
        fields = ["judge", "absent"]
        extra_kwargs = {"absent": {"default": True, "help_text": _("默认为 true; false 为取消")}}


class DistrictDataSerializer(WriteSerializer):
    district = KeyField(queryset=Department.objects.all(), label=_("旗县区"))
    data_points = figure(min_value=0, max_value=100, label=_("经济数据得分"))
    data_source = TextField(max_length=200, label=_("经济数据出处"))

    class Meta(WriteSerializer.Meta):
        model = InspectionEntry
        fields = ["district", "data_points", "data_source"]


# Entries, deductions, scores ---------------------------------------------------------------------
class InspectionEntrySerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    data_points = figure(allow_null=True)
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = InspectionEntry
        fields = [
            "id", "inspection_round", "project", "project_name", "league", "withdrawn",
            "data_points", "data_source", "version",
        ]  # fmt: skip


class InspectionEntryWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = InspectionEntry
        fields = ["inspection_round", "project", "league", "data_points", "data_source"]
        read_only_hints = {"withdrawn": _("退出由动作办理: POST withdraw。")}


class InspectionDeductionSerializer(ReadSerializer):
    points = figure()
    inspection_round = KeyField(source="entry.inspection_round", read_only=True)

    class Meta:
        model = InspectionDeduction
        fields = ["id", "inspection_round", "entry", "points", "reason", "version"]


class InspectionDeductionWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = InspectionDeduction
        fields = ["entry", "points", "reason"]


class InspectionScoreSerializer(ReadSerializer):
    points = figure()

    class Meta:
        model = InspectionScore
        fields = ["id", "inspection_round", "entry", "judge", "criterion", "points", "version"]


class InspectionScoreWriteSerializer(WriteSerializer):
    # As given: the service says which rule a wrong value breaks.
    points = serializers.DecimalField(max_digits=None, decimal_places=None)

    class Meta(WriteSerializer.Meta):
        model = InspectionScore
        fields = ["entry", "judge", "criterion", "points"]

    def validate_points(self, value: Any) -> Any:
        return check_points(value)


# Results and amendments --------------------------------------------------------------------------
class AmendmentWriteSerializer(WriteSerializer):
    points = serializers.DecimalField(max_digits=None, decimal_places=None, label=_("新得分"))

    class Meta(WriteSerializer.Meta):
        model = Amendment
        fields = ["points", "reason"]

    def validate_points(self, value: Any) -> Any:
        return check_points(value)


class AmendmentSerializer(ReadSerializer):
    entry = KeyField(source="score.entry", read_only=True)
    project_name = serializers.CharField(source="score.entry.project.name", read_only=True)
    judge = KeyField(source="score.judge", read_only=True)
    criterion = KeyField(source="score.criterion", read_only=True)
    old_points = figure()
    new_points = figure()
    amended_by_name = serializers.CharField(
        source="amended_by.name", read_only=True, allow_null=True
    )
    expandable = {"amended_by": UserBriefSerializer}

    class Meta:
        model = Amendment
        fields = [
            "id", "inspection_round", "score", "entry", "project_name", "judge", "criterion",
            "revision", "old_points", "new_points", "reason", "amended_by", "amended_by_name",
            "recorded_at",
        ]  # fmt: skip


class InspectionResultSerializer(ReadSerializer):
    inspection_round = KeyField(source="entry.inspection_round", read_only=True)
    project = KeyField(source="entry.project", read_only=True)
    project_name = serializers.CharField(source="entry.project.name", read_only=True)

    class Meta:
        model = InspectionResult
        fields = [
            "id", "inspection_round", "entry", "project", "project_name", "revision", "league",
            "rank", "points", "site_points", "data_points", "deducted", "recorded_at",
        ]  # fmt: skip


class MissingScoreSerializer(serializers.Serializer):
    judge = serializers.IntegerField()
    judge_name = serializers.CharField()
    entry = serializers.IntegerField()
    project_name = serializers.CharField()
    criterion = serializers.CharField(help_text=_("评分项的名称"))


class RankingLineSerializer(serializers.Serializer):
    """A line of a ranking; which of the keys it has depends on what is ranked."""

    league = serializers.CharField(allow_blank=True)
    rank = serializers.IntegerField(allow_null=True)
    points = published_figure(allow_null=True)
    # by=project
    entry = serializers.IntegerField(required=False)
    project = serializers.IntegerField(required=False)
    project_code = serializers.CharField(required=False)
    project_name = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    district = serializers.IntegerField(required=False, allow_null=True)
    lead_department = serializers.IntegerField(required=False)
    site_points = published_figure(required=False, allow_null=True)
    data_points = published_figure(required=False, allow_null=True)
    deducted = published_figure(required=False)
    # by=district, department, category
    id = serializers.IntegerField(required=False, allow_null=True)
    code = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    entries = serializers.IntegerField(required=False, help_text=_("计入的项目数"))


class RoundResultsSerializer(serializers.Serializer):
    inspection_round = serializers.IntegerField()
    status = serializers.CharField()
    by = serializers.ChoiceField(choices=list(RANKED_BY.items()))
    provisional = serializers.BooleanField(help_text=_("公布前的测算, 只供督查员和市领导查看"))
    revision = serializers.IntegerField(allow_null=True, help_text=_("版次; 公布前为 null"))
    revisions = serializers.IntegerField(help_text=_("共有几个版次; 每次更正加一"))
    missing_count = serializers.IntegerField(help_text=_("还缺几个评分; 公布后为 0"))
    missing = MissingScoreSerializer(many=True, help_text=_("还缺的评分, 至多列 500 个"))
    results = RankingLineSerializer(many=True)
