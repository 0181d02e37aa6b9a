"""``reminder-policies``: the tiers by which people are reminded, version by version."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import DateFilter, FilterSet
from rest_framework import serializers

from notifications.policies import services as opt_outs
from notifications.policies import services as policies
from notifications.policies.models import ReminderPolicy, TierOptOut, TierRule
from portfolio.core.api.filtering import CommaNumberFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import DateField, ReadSerializer, WriteSerializer
from projects.core.api.base import DomainResource
from projects.people.filters import user_filter
from projects.people.serializers import UserBriefSerializer

MOST_RULES = 200


class TierRuleSerializer(ReadSerializer):
    tier_display = DisplayField()
    timing_display = DisplayField()

    class Meta:
        model = TierRule
        fields = [
            "id", "kind", "commitment", "tier", "tier_display", "timing", "timing_display", "days",
            "repeat_every", "to_heads", "to_supervisors", "to_sponsor",
        ]  # fmt: skip


class ReminderPolicySerializer(ReadSerializer):
    rules = TierRuleSerializer(many=True, read_only=True)

    class Meta:
        model = ReminderPolicy
        fields = ["id", "number", "in_force_from", "note", "rules", "version"]


class TierRuleWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = TierRule
        fields = [
            "kind", "commitment", "tier", "timing", "days", "repeat_every", "to_heads",
            "to_supervisors", "to_sponsor",
        ]  # fmt: skip


def rules_field() -> serializers.ListSerializer:
    """Returns the field of a whole set of rules, of a new version or of one to be tried."""
    return serializers.ListSerializer(
        child=TierRuleWriteSerializer(),
        allow_empty=False,
        max_length=MOST_RULES,
        help_text=_(
            "整套级别。某类别、某承诺强度另写的级别代替通用的级别; kind 和 commitment 不填即通用"
        ),
    )


class ReminderPolicyWriteSerializer(WriteSerializer):
    in_force_from = DateField(required=False, help_text=_("不填为今天"))
    rules = rules_field()

    class Meta(WriteSerializer.Meta):
        model = ReminderPolicy
        fields = ["in_force_from", "note", "rules"]
        read_only_hints = {"number": _("版次由系统编定。")}


class ReminderPolicyFilter(FilterSet):
    number = CommaNumberFilter(field_name="number")
    in_force_before = DateFilter(field_name="in_force_from", lookup_expr="lte")


class ReminderPolicyViewSet(DomainResource):
    """A change of the tiers is a new version; the old ones stay."""

    queryset = ReminderPolicy.objects.all()
    serializer_class = ReminderPolicySerializer
    write_serializer_class = ReminderPolicyWriteSerializer
    filterset_class = ReminderPolicyFilter
    ordering_fields = ("id", "number", "in_force_from")
    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, fields: dict[str, Any]) -> ReminderPolicy:
        return policies.reminder_policy_create(by=self.request.user, fields=fields)


class TierOptOutSerializer(ReadSerializer):
    expandable = {"user": UserBriefSerializer}

    class Meta:
        model = TierOptOut
        fields = ["id", "user", "days_before", "recorded_at", "version"]


class TierOptOutWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = TierOptOut
        fields = ["days_before"]


class TierOptOutFilter(FilterSet):
    user = user_filter("user")
    days_before = CommaNumberFilter(field_name="days_before")


class TierOptOutViewSet(DomainResource):
    """One's own; supervisors see everybody's. It is made and taken back, never changed."""

    queryset = TierOptOut.objects.all()
    serializer_class = TierOptOutSerializer
    write_serializer_class = TierOptOutWriteSerializer
    filterset_class = TierOptOutFilter
    ordering_fields = ("id", "user", "days_before")
    http_method_names = ["get", "post", "delete", "head", "options"]

    def perform_create(self, fields: dict[str, Any]) -> TierOptOut:
        return opt_outs.tier_opt_out_create(by=self.request.user, fields=fields)

    def perform_destroy(self, instance: TierOptOut) -> None:
        opt_outs.tier_opt_out_delete(opt_out=instance, by=self.request.user)
