"""The shapes of what was promised."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.core.api.rows import DisplayField, FigureField
from portfolio.core.api.serializers import KeyField, ReadSerializer, WriteSerializer
from projects.handover.serializers import HANDED_OVER, HandedOverSerializer
from projects.people.serializers import (
    DepartmentBriefSerializer,
    DepartmentsField,
    UserBriefSerializer,
)
from targets import models
from targets.api.status import JUDGED, AssessmentSerializer

# How its figures come about: read off the projects, published by calendar, broken down.
_MEASURING = (
    "project_figure", "project_category", "project_cluster", "project_district",
    "project_min_investment", "frequency", "jan_feb_combined", "published_after_days",
    "year_published_after_days", "breakdown_note",
)  # fmt: skip


class TargetBriefSerializer(ReadSerializer):
    class Meta:
        model = models.Target
        fields = ["id", "name", "unit"]


class TargetSerializer(AssessmentSerializer, ReadSerializer):
    """What was promised, and where it stands."""

    value = FigureField(allow_null=True, help_text=_("“完成”和“同步”类目标为 null"))
    tolerance = FigureField(allow_null=True)
    baseline = FigureField(allow_null=True)
    weight = FigureField()
    commitment_display = DisplayField()
    comparator_display = DisplayField()
    measure_display = DisplayField()
    source_display = DisplayField()
    project_min_investment = serializers.DecimalField(14, 2, allow_null=True)
    supporting_departments = KeyField(many=True, read_only=True)
    expandable = {
        "lead_department": DepartmentBriefSerializer,
        "in_step_with": TargetBriefSerializer,
    }

    class Meta:
        model = models.Target
        fields = [
            "id", "year", "name", "section", "wording", "commitment", "commitment_display",
            "comparator", "comparator_display", "value", "unit", "tolerance", "in_step_with",
            "measure", "measure_display", "source", "source_display", "baseline",
            "baseline_qualifier", "baseline_estimated", "baseline_period", "baseline_section",
            "baseline_note", "lead_department", "supporting_departments", "sponsor", "due_on",
            "weight", *JUDGED, *_MEASURING, "assigned", "note", "version",
        ]  # fmt: skip


class TargetWriteSerializer(WriteSerializer):
    supporting_departments = DepartmentsField()

    class Meta(WriteSerializer.Meta):
        model = models.Target
        fields = [
            "year", "name", "section", "commitment", "comparator", "value", "unit", "tolerance",
            "in_step_with", "measure", "source", "baseline", "baseline_qualifier",
            "baseline_estimated", "baseline_period", "baseline_section", "baseline_note",
            "lead_department", "supporting_departments", "sponsor", "due_on", "weight",
            *_MEASURING, "note",
        ]  # fmt: skip
        read_only_hints = {
            "status": _("状态由系统按进度值判定。"),
            "forecast": _("预测由系统计算。"),
            "actual": _("实绩按期填报为进度值, 或由系统汇总。"),
        }


class TargetPartSerializer(ReadSerializer):
    value = FigureField()
    expandable = {"department": DepartmentBriefSerializer, "target": TargetBriefSerializer}

    class Meta:
        model = models.TargetPart
        fields = ["id", "target", "department", "parent", "value", "note", "version"]


class TargetPartWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.TargetPart
        fields = ["target", "department", "parent", "value", "note"]


class TargetPathPointSerializer(ReadSerializer):
    value = FigureField()
    expandable = {"target": TargetBriefSerializer}

    class Meta:
        model = models.TargetPathPoint
        fields = ["id", "target", "month", "value", "version"]


class TargetPathPointWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.TargetPathPoint
        fields = ["target", "month", "value"]


class WorkItemSerializer(HandedOverSerializer, ReadSerializer):
    quantity = FigureField()
    target_name = serializers.CharField(source="target.name", read_only=True)
    kind_display = DisplayField()
    finished_late = serializers.BooleanField(
        read_only=True, allow_null=True, help_text=_("完成日期晚于期限; null: 未完成")
    )
    expandable = {
        "target": TargetBriefSerializer,
        "lead_department": DepartmentBriefSerializer,
        "officer": UserBriefSerializer,
    }

    class Meta:
        model = models.WorkItem
        fields = [
            "id", "target", "target_name", "kind", "kind_display", "name", "origin", "quantity",
            "unit", "placeholder", "place", "plan", "lead_department", "officer", "due_on",
            "done_on", "evidence", "section", "wording", "note", *HANDED_OVER, "finished_late",
            "version",
        ]  # fmt: skip


class WorkItemWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.WorkItem
        fields = [
            "target", "kind", "name", "origin", "quantity", "unit", "placeholder", "place", "plan",
            "lead_department", "officer", "due_on", "done_on", "evidence", "section", "note",
        ]  # fmt: skip


class MeasurementSerializer(ReadSerializer):
    value = FigureField()
    expandable = {"target": TargetBriefSerializer, "recorded_by": UserBriefSerializer}

    class Meta:
        model = models.Measurement
        fields = [
            "id", "target", "part", "period", "value", "source", "evidence", "recorded_by",
            "recorded_at",
        ]  # fmt: skip


class MeasurementWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.Measurement
        fields = ["target", "part", "period", "value", "source", "evidence"]
