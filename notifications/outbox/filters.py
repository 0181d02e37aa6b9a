"""What the outbox can be asked for; several values with commas."""

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet

from notifications.outbox.models import Capacity, MessageKind, MessageState, ReminderState, Tier
from portfolio.core.api.filtering import (
    CommaChoiceFilter,
    CommaKeyFilter,
    CommaNumberFilter,
    CommaTextFilter,
)
from projects.people.filters import department_filter, user_filter


def _acknowledged(column: str) -> BooleanFilter:
    return BooleanFilter(
        field_name=column, lookup_expr="isnull", exclude=True, label=_("收件人已确认收到")
    )


class ReminderFilter(FilterSet):
    recipient = CommaTextFilter(field_name="recipient")
    recipient_user = user_filter("recipient_user")
    capacity = CommaChoiceFilter(field_name="capacity", choices=Capacity.choices)
    department = department_filter("department")
    deadline_kind = CommaTextFilter(field_name="deadline_kind")
    object_id = CommaNumberFilter(field_name="object_id")
    tier = CommaChoiceFilter(field_name="tier", choices=Tier.choices)
    state = CommaChoiceFilter(field_name="state", choices=ReminderState.choices)
    message_id = CommaKeyFilter(field_name="message")
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")
    falls_after = DateFilter(field_name="falls_on", lookup_expr="gte")
    falls_before = DateFilter(field_name="falls_on", lookup_expr="lte")
    late = BooleanFilter(field_name="late", label=_("晚于应提醒日"))
    acknowledged = _acknowledged("message__acknowledged_at")


class MessageFilter(FilterSet):
    kind = CommaChoiceFilter(field_name="kind", choices=MessageKind.choices)
    reference = CommaNumberFilter(field_name="reference")
    recipient = CommaTextFilter(field_name="recipient")
    recipient_user = user_filter("recipient_user")
    state = CommaChoiceFilter(field_name="state", choices=MessageState.choices)
    unknowns = CommaNumberFilter(field_name="unknowns")
    acknowledged = _acknowledged("acknowledged_at")
    acknowledged_by = user_filter("acknowledged_by")
    day_after = DateFilter(field_name="day", lookup_expr="gte")
    day_before = DateFilter(field_name="day", lookup_expr="lte")
