"""The shapes of what is built and by whom: one class for reading, one for writing."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.api.rows import DisplayField, FigureField, NotYetField
from portfolio.api.serializers import KeyField, KeysField, ReadSerializer, WriteSerializer
from projects import models


class DepartmentsField(KeysField):
    """Supporting departments by id; DRF writes no relation with a table of its own by itself."""

    def __init__(self, **kwargs: Any) -> None:
        child = KeyField(queryset=models.Department.objects.all())
        super().__init__(child_relation=child, **{"required": False, **kwargs})


class DepartmentBriefSerializer(ReadSerializer):
    class Meta:
        model = models.Department
        fields = ["id", "code", "name", "short_name"]


class UserBriefSerializer(ReadSerializer):
    class Meta:
        model = models.User
        fields = ["id", "username", "name"]


class ProjectBriefSerializer(ReadSerializer):
    class Meta:
        model = models.Project
        fields = ["id", "code", "name"]


class DepartmentSerializer(ReadSerializer):
    kind_display = DisplayField()

    class Meta:
        model = models.Department
        fields = [
            "id", "code", "name", "short_name", "kind", "kind_display", "parent", "email",
            "active", "programme_office", "version",
        ]  # fmt: skip


class DepartmentWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.Department
        fields = [
            "code",
            "name",
            "short_name",
            "kind",
            "parent",
            "email",
            "active",
            "programme_office",
        ]


class UserSerializer(ReadSerializer):
    class Meta:
        model = models.User
        fields = ["id", "username", "name", "email", "is_active", "version"]


class UserWriteSerializer(WriteSerializer):
    password = serializers.CharField(max_length=128, write_only=True, required=False)

    class Meta(WriteSerializer.Meta):
        model = models.User
        fields = ["username", "name", "email", "is_active", "password"]


class MembershipSerializer(ReadSerializer):
    role_display = DisplayField()
    expandable = {"user": UserBriefSerializer, "department": DepartmentBriefSerializer}

    class Meta:
        model = models.Membership
        fields = ["id", "user", "department", "role", "role_display", "version"]


class MembershipWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.Membership
        fields = ["user", "department", "role"]


class CalendarDaySerializer(ReadSerializer):
    class Meta:
        model = models.CalendarDay
        fields = ["id", "day", "working", "note", "version"]


class CalendarDayWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.CalendarDay
        fields = ["day", "working", "note"]


class ProgrammeSerializer(ReadSerializer):
    registered_count = serializers.IntegerField(
        read_only=True, help_text=_("已登记的项目数, 由系统统计")
    )

    class Meta:
        model = models.Programme
        fields = ["id", "year", "title", "planned_count", "registered_count", "section", "version"]


class ProgrammeWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.Programme
        fields = ["year", "title", "planned_count", "section"]


class ProgrammeEntrySerializer(ReadSerializer):
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = models.ProgrammeEntry
        fields = [
            "id", "programme", "project", "planned_investment", "planned_start",
            "planned_commissioning", "expected_outcome", "approved_by", "approved_on", "version",
        ]  # fmt: skip


class ProgrammeEntryWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.ProgrammeEntry
        fields = [
            "programme", "project", "planned_investment", "planned_start",
            "planned_commissioning", "expected_outcome", "approved_by", "approved_on",
        ]  # fmt: skip


class ProjectSerializer(ReadSerializer):
    category_display = DisplayField()
    cluster_display = DisplayField()
    stage_display = DisplayField()
    assigned_display = DisplayField()
    light = NotYetField(help_text=_("红黄绿灯; 评灯规则启用前为 null"))
    supporting_departments = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    expandable = {
        "lead_department": DepartmentBriefSerializer,
        "district": DepartmentBriefSerializer,
        "officer": UserBriefSerializer,
        "responsible_head": UserBriefSerializer,
        "sponsor": UserBriefSerializer,
    }

    class Meta:
        model = models.Project
        fields = [
            "id", "code", "approval_code", "name", "description", "category", "category_display",
            "cluster", "cluster_display", "district", "latitude", "longitude", "lead_department",
            "supporting_departments", "sponsor", "responsible_head", "officer", "owner_company",
            "owner_credit_code", "total_investment", "investment_before", "entered_statistics_on",
            "stage", "stage_display", "light", "section", "wording", "note", "assigned",
            "assigned_display", "synthetic", "version",
        ]  # fmt: skip


class ProjectWriteSerializer(WriteSerializer):
    supporting_departments = DepartmentsField()

    class Meta(WriteSerializer.Meta):
        model = models.Project
        fields = [
            "approval_code", "name", "description", "category", "cluster", "district", "latitude",
            "longitude", "lead_department", "supporting_departments", "sponsor",
            "responsible_head", "officer", "owner_company", "owner_credit_code",
            "total_investment", "investment_before", "entered_statistics_on", "section", "note",
        ]  # fmt: skip
        read_only_hints = {
            "code": _("项目编号由系统编定。"),
            "stage": _("阶段不能直接修改, 请登记阶段变动 (POST transitions)。"),
        }


class StageTransitionSerializer(ReadSerializer):
    from_stage_display = DisplayField()
    to_stage_display = DisplayField()

    class Meta:
        model = models.StageTransition
        fields = [
            "id", "project", "from_stage", "from_stage_display", "to_stage", "to_stage_display",
            "effective_on", "recorded_at", "recorded_by", "evidence", "reason", "revokes",
        ]  # fmt: skip


class StageTransitionWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.StageTransition
        fields = ["to_stage", "effective_on", "evidence", "reason"]


class RevocationSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=500, label=_("理由"))


class MilestoneSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    lead_department = serializers.PrimaryKeyRelatedField(
        source="project.lead_department", read_only=True
    )
    commitment_display = DisplayField()
    expandable = {"project": ProjectBriefSerializer, "officer": UserBriefSerializer}

    class Meta:
        model = models.Milestone
        fields = [
            "id", "project", "project_name", "lead_department", "name", "commitment",
            "commitment_display", "baseline_on", "due_on", "date_basis", "forecast_on", "done_on",
            "officer", "evidence", "section", "wording", "version",
        ]  # fmt: skip


class MilestoneWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.Milestone
        fields = [
            "project", "name", "commitment", "due_on", "date_basis", "forecast_on", "done_on",
            "officer", "evidence", "section",
        ]  # fmt: skip
        read_only_hints = {"baseline_on": _("基准日期即首次承诺的期限, 不能修改。")}


class ExtensionRequestSerializer(ReadSerializer):
    state_display = DisplayField()
    expandable = {"requested_by": UserBriefSerializer}

    class Meta:
        model = models.ExtensionRequest
        fields = [
            "id", "milestone", "due_on_before", "new_due_on", "reason", "progress", "state",
            "state_display", "requested_by", "requested_at", "version",
        ]  # fmt: skip


class ExtensionRequestWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.ExtensionRequest
        fields = ["milestone", "new_due_on", "reason", "progress"]


class CriterionSerializer(ReadSerializer):
    weight = FigureField(max_digits=5, decimal_places=2)

    class Meta:
        model = models.InspectionCriterion
        fields = ["id", "name", "weight"]


class JudgeSerializer(ReadSerializer):
    user_name = serializers.CharField(source="user.name", read_only=True)

    class Meta:
        model = models.InspectionJudge
        fields = ["id", "user", "user_name"]


class InspectionRoundSerializer(ReadSerializer):
    status_display = DisplayField()
    criteria = CriterionSerializer(many=True, read_only=True)
    judges = JudgeSerializer(many=True, read_only=True)

    class Meta:
        model = models.InspectionRound
        fields = [
            "id", "year", "quarter", "status", "status_display", "method", "starts_on", "ends_on",
            "criteria", "judges", "version",
        ]  # fmt: skip


class CriterionWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.InspectionCriterion
        fields = ["name", "weight"]


class JudgeWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.InspectionJudge
        fields = ["user"]


class InspectionRoundWriteSerializer(WriteSerializer):
    criteria = CriterionWriteSerializer(many=True, required=False, allow_empty=False)
    judges = JudgeWriteSerializer(many=True, required=False)

    class Meta(WriteSerializer.Meta):
        model = models.InspectionRound
        fields = ["year", "quarter", "method", "starts_on", "ends_on", "criteria", "judges"]
        read_only_hints = {"status": _("状态由动作改变: POST open。")}


class InspectionEntrySerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = models.InspectionEntry
        fields = ["id", "inspection_round", "project", "project_name", "version"]


class InspectionEntryWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.InspectionEntry
        fields = ["inspection_round", "project"]


class InspectionScoreSerializer(ReadSerializer):
    points = FigureField(max_digits=5, decimal_places=2)

    class Meta:
        model = models.InspectionScore
        fields = ["id", "inspection_round", "entry", "judge", "criterion", "points", "version"]


class InspectionScoreWriteSerializer(WriteSerializer):
    # As given: the service says which rule a wrong value breaks.
    points = serializers.DecimalField(max_digits=None, decimal_places=None)

    class Meta(WriteSerializer.Meta):
        model = models.InspectionScore
        fields = ["entry", "judge", "criterion", "points"]

    def validate_points(self, value: Any) -> Any:
        if not value.is_finite() or abs(value.adjusted()) > 20:
            raise serializers.ValidationError(_("应为 0 到 100 的数。"), code="range")
        return value
