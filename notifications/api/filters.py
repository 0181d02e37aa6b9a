"""What the outbox can be asked for; several values with commas."""

from django_filters import DateFilter, FilterSet

from notifications.models import MessageState, ReminderState, Tier
from portfolio.api.filtering import (
    CommaChoiceFilter,
    CommaKeyFilter,
    CommaNumberFilter,
    CommaTextFilter,
)
from projects.api.filters import department_filter, user_filter


class ReminderFilter(FilterSet):
    recipient = CommaTextFilter(field_name="recipient")
    recipient_user = user_filter("recipient_user")
    department = department_filter("department")
    deadline_kind = CommaTextFilter(field_name="deadline_kind")
    object_id = CommaNumberFilter(field_name="object_id")
    tier = CommaChoiceFilter(field_name="tier", choices=Tier.choices)
    state = CommaChoiceFilter(field_name="state", choices=ReminderState.choices)
    message_id = CommaKeyFilter(field_name="message")
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")


class MessageFilter(FilterSet):
    recipient = CommaTextFilter(field_name="recipient")
    recipient_user = user_filter("recipient_user")
    state = CommaChoiceFilter(field_name="state", choices=MessageState.choices)
    day_after = DateFilter(field_name="day", lookup_expr="gte")
    day_before = DateFilter(field_name="day", lookup_expr="lte")
