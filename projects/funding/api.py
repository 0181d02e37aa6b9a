"""The endpoints of applications for money 资金争取."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import KeyField, ReadSerializer, WriteSerializer
from projects.choices import FundingState
from projects.core.api.base import DomainResource
from projects.funding import services as funding
from projects.funding.models import FundingApplication, FundingChannel
from projects.people.filters import department_filter
from projects.register.serializers import ProjectBriefSerializer


class FundingApplicationSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    lead_department = KeyField(source="project.lead_department", read_only=True)
    channel_display = DisplayField()
    state_display = DisplayField()
    expandable = {"project": ProjectBriefSerializer}

    class Meta:
        model = FundingApplication
        fields = [
            "id", "project", "project_name", "lead_department", "channel", "channel_display",
            "state", "state_display", "asked", "granted", "submitted_on", "decided_on", "note",
            "version",
        ]  # fmt: skip


class FundingApplicationWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = FundingApplication
        fields = [
            "project", "channel", "state", "asked", "granted", "submitted_on", "decided_on",
            "note",
        ]  # fmt: skip


class FundingSumSerializer(serializers.Serializer):
    channel = serializers.ChoiceField(choices=FundingChannel.choices)
    channel_display = serializers.CharField()
    state = serializers.ChoiceField(choices=FundingState.choices)
    state_display = serializers.CharField()
    count = serializers.IntegerField()
    asked = serializers.DecimalField(max_digits=16, decimal_places=2)
    granted = serializers.DecimalField(max_digits=16, decimal_places=2)


class FundingSummarySerializer(serializers.Serializer):
    """Money asked and granted, in 万元, of the applications that the person may see."""

    count = serializers.IntegerField()
    asked = serializers.DecimalField(max_digits=16, decimal_places=2)
    granted = serializers.DecimalField(max_digits=16, decimal_places=2)
    by_channel_and_state = FundingSumSerializer(many=True)


class FundingApplicationFilter(FilterSet):
    project = CommaKeyFilter(field_name="project", code_field="code")
    channel = CommaChoiceFilter(field_name="channel", choices=FundingChannel.choices)
    state = CommaChoiceFilter(field_name="state", choices=FundingState.choices)
    lead_department = department_filter("project__lead_department")
    district = department_filter("project__district")
    submitted_after = DateFilter(field_name="submitted_on", lookup_expr="gte")
    submitted_before = DateFilter(field_name="submitted_on", lookup_expr="lte")
    decided_after = DateFilter(field_name="decided_on", lookup_expr="gte")
    decided_before = DateFilter(field_name="decided_on", lookup_expr="lte")


class FundingApplicationViewSet(DomainResource):
    queryset = FundingApplication.objects.all()
    serializer_class = FundingApplicationSerializer
    write_serializer_class = FundingApplicationWriteSerializer
    filterset_class = FundingApplicationFilter
    ordering_fields = ("id", "submitted_on", "decided_on", "asked", "granted", "project")

    def perform_create(self, fields: dict[str, Any]) -> FundingApplication:
        return funding.funding_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: FundingApplication, changes: dict[str, Any]) -> None:
        funding.funding_update(application=instance, by=self.request.user, changes=changes)

    @extend_schema(summary=_("按渠道和状态汇总"), responses=FundingSummarySerializer, filters=True)
    @action(
        detail=False,
        methods=["get"],
        pagination_class=None,
        parameters=frozenset({*FundingApplicationFilter.base_filters, "q", "format"}),
    )
    def summary(self, request: Request) -> Response:
        """The sums by channel and state, of the rows that the list's filters leave."""
        chosen: Any = self.filter_queryset(self.get_queryset())
        rows = list(chosen.summed_up())
        channels, states = FundingChannel, FundingState
        return Response(
            {
                "count": sum(row["count"] for row in rows),
                "asked": str(sum((row["asked_sum"] for row in rows), Decimal("0.00"))),
                "granted": str(sum((row["granted_sum"] for row in rows), Decimal("0.00"))),
                "by_channel_and_state": [
                    {
                        "channel": row["channel"],
                        "channel_display": channels(row["channel"]).label,
                        "state": row["state"],
                        "state_display": states(row["state"]).label,
                        "count": row["count"],
                        "asked": str(row["asked_sum"]),
                        "granted": str(row["granted_sum"]),
                    }
                    for row in rows
                ],
            }
        )
