"""Red, yellow, green: each month's lights, the policy, overrides and exemptions."""

from collections import Counter
from typing import Any

from django.db import models as db
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter, CommaNumberFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import DateField, ReadSerializer, WriteSerializer
from projects import choices
from projects.core.api.base import DomainResource
from projects.lights import services as lights
from projects.lights.models import (
    LightExemption,
    LightMeasure,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.people.filters import department_filter
from projects.register.serializers import ProjectBriefSerializer
from projects.returns.api import MonthSerializer


class LightReasonSerializer(serializers.Serializer):
    measure = serializers.CharField()
    colour = serializers.CharField()
    text = serializers.CharField()
    exempted = serializers.BooleanField()


@extend_schema_field(LightReasonSerializer(many=True))
class LightReasonsField(serializers.JSONField):
    """The reasons as they were kept, in the city's language."""


class MonthlyLightSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    colour_display = DisplayField()
    computed_colour_display = DisplayField()
    reasons = LightReasonsField(read_only=True)
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = MonthlyLight
        fields = [
            "id", "project", "project_name", "year", "month", "colour", "colour_display",
            "computed_colour", "computed_colour_display", "reasons", "policy", "recorded_at",
        ]  # fmt: skip


class LightsKeptSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    month = serializers.IntegerField()
    added = serializers.IntegerField(label=_("新增或变化的条数"))
    colours = serializers.DictField(child=serializers.IntegerField(), label=_("其中各色"))


class LightRuleSerializer(ReadSerializer):
    measure_display = DisplayField()
    colour_display = DisplayField()

    class Meta:
        model = LightRule
        fields = [
            "id", "position", "measure", "measure_display", "above", "colour", "colour_display",
            "reason",
        ]  # fmt: skip


class LightPolicySerializer(ReadSerializer):
    rules = LightRuleSerializer(many=True, read_only=True)

    class Meta:
        model = LightPolicy
        fields = ["id", "number", "in_force_from", "note", "rules", "version"]


class LightRuleWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = LightRule
        fields = ["measure", "above", "colour", "reason"]


class LightPolicyWriteSerializer(WriteSerializer):
    in_force_from = DateField(required=False, help_text=_("不填为今天"))
    rules: serializers.ListSerializer = serializers.ListSerializer(
        child=LightRuleWriteSerializer(),
        allow_empty=False,
        max_length=100,
        help_text=_("按次序; 大于 above 即评此灯, 理由中可用 {what} 和 {value}"),
    )

    class Meta(WriteSerializer.Meta):
        model = LightPolicy
        fields = ["in_force_from", "note", "rules"]
        read_only_hints = {"number": _("版次由系统编定。")}


class LightOverrideSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    colour_display = DisplayField()
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = LightOverride
        fields = [
            "id", "project", "project_name", "colour", "colour_display", "reason", "starts_on",
            "ends_on", "set_by", "version",
        ]  # fmt: skip


class LightOverrideWriteSerializer(WriteSerializer):
    starts_on = DateField(required=False, help_text=_("不填为今天"))

    class Meta(WriteSerializer.Meta):
        model = LightOverride
        fields = ["project", "colour", "reason", "starts_on", "ends_on"]


class LightExemptionSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    measure_display = DisplayField()
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = LightExemption
        fields = [
            "id", "project", "project_name", "measure", "measure_display", "reason", "until",
            "granted_by", "granted_on", "version",
        ]  # fmt: skip


class LightExemptionWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = LightExemption
        fields = ["project", "measure", "reason", "until"]


class MonthlyLightFilter(FilterSet):
    year = CommaNumberFilter(field_name="year")
    month = CommaNumberFilter(field_name="month")
    colour = CommaChoiceFilter(field_name="colour", choices=choices.LightColour.choices)
    computed_colour = CommaChoiceFilter(
        field_name="computed_colour", choices=choices.LightColour.choices
    )
    project = CommaKeyFilter(field_name="project", code_field="code")
    lead_department = department_filter("project__lead_department")
    district = department_filter("project__district")
    newest = BooleanFilter(
        field_name="id", method="only_newest", label=_("每个项目每月只取最后一次评灯")
    )

    def only_newest(self, rows: Any, name: str, wanted: bool) -> db.QuerySet:
        return rows.newest() if wanted else rows


class LightPolicyFilter(FilterSet):
    number = CommaNumberFilter(field_name="number")


class LightOverrideFilter(FilterSet):
    project = CommaKeyFilter(field_name="project", code_field="code")
    colour = CommaChoiceFilter(field_name="colour", choices=choices.LightColour.choices)
    lead_department = department_filter("project__lead_department")
    ends_after = DateFilter(field_name="ends_on", lookup_expr="gte")
    ends_before = DateFilter(field_name="ends_on", lookup_expr="lte")


class LightExemptionFilter(FilterSet):
    project = CommaKeyFilter(field_name="project", code_field="code")
    measure = CommaChoiceFilter(field_name="measure", choices=LightMeasure.choices)
    lead_department = department_filter("project__lead_department")
    until_after = DateFilter(field_name="until", lookup_expr="gte")
    until_before = DateFilter(field_name="until", lookup_expr="lte")


class MonthlyLightViewSet(DomainResource):
    """POST keeps every project's light of a month; run again, it adds only what has changed."""

    queryset = MonthlyLight.objects.all()
    serializer_class = MonthlyLightSerializer
    write_serializer_class = MonthSerializer
    filterset_class = MonthlyLightFilter
    ordering_fields = ("id", "year", "month", "project", "colour", "recorded_at")
    http_method_names = ["get", "post", "head", "options"]

    @extend_schema(
        summary=_("评定并留存某月全部项目的灯"),
        request=MonthSerializer,
        responses={201: LightsKeptSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keeps the month's lights."""
        body = MonthSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        added = lights.lights_record(by=request.user, **body.validated_data)
        answer = {
            **body.validated_data,
            "added": len(added),
            "colours": Counter(row.colour for row in added),
        }
        return Response(answer, status=status.HTTP_201_CREATED)


class LightPolicyViewSet(DomainResource):
    """A change of the policy is a new version; the old ones stay."""

    queryset = LightPolicy.objects.all()
    serializer_class = LightPolicySerializer
    write_serializer_class = LightPolicyWriteSerializer
    filterset_class = LightPolicyFilter
    ordering_fields = ("id", "number", "in_force_from")
    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, fields: dict[str, Any]) -> LightPolicy:
        return lights.light_policy_create(by=self.request.user, fields=fields)


class LightOverrideViewSet(DomainResource):
    queryset = LightOverride.objects.all()
    serializer_class = LightOverrideSerializer
    write_serializer_class = LightOverrideWriteSerializer
    filterset_class = LightOverrideFilter
    ordering_fields = ("id", "starts_on", "ends_on", "project")

    def perform_create(self, fields: dict[str, Any]) -> LightOverride:
        return lights.light_override_create(by=self.request.user, fields=fields)


class LightExemptionViewSet(DomainResource):
    queryset = LightExemption.objects.all()
    serializer_class = LightExemptionSerializer
    write_serializer_class = LightExemptionWriteSerializer
    filterset_class = LightExemptionFilter
    ordering_fields = ("id", "granted_on", "until", "project")

    def perform_create(self, fields: dict[str, Any]) -> LightExemption:
        return lights.light_exemption_create(by=self.request.user, fields=fields)
