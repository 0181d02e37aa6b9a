"""The shapes of projects and stages: one class for reading, one for writing."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import (
    KeyField,
    ReadSerializer,
    StrictBody,
    TextField,
    WriteSerializer,
)
from projects import choices
from projects.people.serializers import (
    DepartmentBriefSerializer,
    DepartmentsField,
    UserBriefSerializer,
)
from projects.register.models import PROJECT_FACTS, Project, StageTransition


def _with_displays(names: Iterable[str]) -> Iterator[str]:
    """Yields the fields, each choice with its words behind it."""
    for name in names:
        yield name
        if getattr(Project._meta.get_field(name), "choices", None):
            yield f"{name}_display"


class ProjectBriefSerializer(ReadSerializer):
    class Meta:
        model = Project
        fields = ["id", "code", "name"]


class ProjectSerializer(ReadSerializer):
    category_display = DisplayField()
    cluster_display = DisplayField()
    stage_display = DisplayField()
    assigned_display = DisplayField()
    light = serializers.ChoiceField(
        choices=choices.LightColour.choices,
        read_only=True,
        allow_null=True,
        help_text=_("红黄绿灯; 首次月度评灯之前为 null"),
    )
    supporting_departments = KeyField(many=True, read_only=True)
    expandable = {
        "lead_department": DepartmentBriefSerializer,
        "district": DepartmentBriefSerializer,
        "officer": UserBriefSerializer,
        "responsible_head": UserBriefSerializer,
        "sponsor": UserBriefSerializer,
    }

    class Meta:
        model = Project
        fields = [
            "id", "code", *_with_displays(PROJECT_FACTS), "stage", "stage_display", "light",
            "section", "wording", "note", "assigned", "assigned_display", "synthetic", "version",
        ]  # fmt: skip


class ProjectWriteSerializer(WriteSerializer):
    supporting_departments = DepartmentsField()

    class Meta(WriteSerializer.Meta):
        model = Project
        fields = [*PROJECT_FACTS, "section", "note"]
        read_only_hints = {
            "code": _("项目编号由系统编定。"),
            "stage": _("阶段不能直接修改, 请登记阶段变动 (POST transitions)。"),
        }


class StageTransitionSerializer(ReadSerializer):
    from_stage_display = DisplayField()
    to_stage_display = DisplayField()

    class Meta:
        model = StageTransition
        fields = [
            "id", "project", "from_stage", "from_stage_display", "to_stage", "to_stage_display",
            "effective_on", "recorded_at", "recorded_by", "evidence", "reason", "revokes",
        ]  # fmt: skip


class StageTransitionWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = StageTransition
        fields = ["to_stage", "effective_on", "evidence", "reason"]


class RevocationSerializer(StrictBody, serializers.Serializer):
    reason = TextField(max_length=500, label=_("理由"))
