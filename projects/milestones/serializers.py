"""The endpoints of hand-over 交办, of milestones and other tasks, and the register of notices."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import KeyField, ReadSerializer, WriteSerializer
from projects.handover.api import STEP_FIELDS
from projects.handover.serializers import HANDED_OVER, HandedOverSerializer
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.people.serializers import UserBriefSerializer
from projects.register.serializers import ProjectBriefSerializer


class HandoverStepSerializer(ReadSerializer):
    project = KeyField(source="milestone.project", read_only=True)
    milestone_name = serializers.CharField(source="milestone.name", read_only=True)
    state_display = DisplayField()
    expandable = {"by": UserBriefSerializer}

    class Meta:
        model = HandoverStep
        fields = [
            "id", "milestone", "milestone_name", "project", *STEP_FIELDS,
        ]  # fmt: skip


class MilestoneSerializer(HandedOverSerializer, ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    lead_department = KeyField(source="project.lead_department", read_only=True)
    commitment_display = DisplayField()
    extensions_count = serializers.IntegerField(read_only=True, help_text=_("获准延期的次数"))
    slip_days = serializers.IntegerField(
        read_only=True, help_text=_("现定期限比基准日期推迟的天数")
    )
    finished_late = serializers.BooleanField(
        read_only=True, allow_null=True, help_text=_("完成日期晚于基准日期; null: 未完成")
    )
    expandable = {"project": ProjectBriefSerializer, "officer": UserBriefSerializer}

    class Meta:
        model = Milestone
        fields = [
            "id", "project", "project_name", "lead_department", "name", "commitment",
            "commitment_display", "baseline_on", "due_on", "date_basis", "forecast_on", "done_on",
            "officer", "evidence", "section", "wording", *HANDED_OVER,
            "extensions_count", "slip_days", "finished_late", "version",
        ]  # fmt: skip


class MilestoneWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = Milestone
        fields = [
            "project", "name", "commitment", "due_on", "date_basis", "forecast_on", "done_on",
            "officer", "evidence", "section",
        ]  # fmt: skip
        read_only_hints = {"baseline_on": _("基准日期即首次承诺的期限, 不能修改。")}


class ExtensionRequestSerializer(ReadSerializer):
    state_display = DisplayField()
    decider_display = DisplayField()
    expandable = {
        "requested_by": UserBriefSerializer,
        "signed_by": UserBriefSerializer,
        "decided_by": UserBriefSerializer,
    }

    class Meta:
        model = ExtensionRequest
        fields = [
            "id", "milestone", "due_on_before", "new_due_on", "reason", "progress", "state",
            "state_display", "requested_by", "requested_at", "signed_by", "signed_at",
            "decide_by", "decider", "decider_display", "decided_by", "decided_at",
            "decision_note", "version",
        ]  # fmt: skip


class ExtensionRequestWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = ExtensionRequest
        fields = ["milestone", "new_due_on", "reason", "progress"]
