"""``tier-opt-outs``: the early reminders that a person does not want."""

from typing import Any

from django_filters import FilterSet

from notifications.models.planning import TierOptOut
from notifications.services import opt_outs
from portfolio.core.api.filtering import CommaNumberFilter
from portfolio.core.api.serializers import ReadSerializer, WriteSerializer
from projects.core.api.base import DomainResource
from projects.people.filters import user_filter
from projects.people.serializers import UserBriefSerializer


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
