"""Counts what became of the reminders of a period: delivered, refused, unknown, read, late."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import (
    Aggregate,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Q,
)
from django.db.models.functions import Cast

from notifications.outbox.models import MessageState
from notifications.outbox.querysets import ReminderQuerySet

DAY, TIER, DEPARTMENT, KIND, RECIPIENT = "day", "tier", "department", "kind", "recipient"
_COLUMNS: Final[Mapping[str, str]] = {
    DAY: "message__day",
    TIER: "tier",
    DEPARTMENT: "department",
    KIND: "deadline_kind",
    RECIPIENT: "recipient",
}
GROUPS = tuple(_COLUMNS)
# A group's name, where the group is called otherwise than its code list calls it.
_NAMES: Final[Mapping[str, Any]] = {
    DEPARTMENT: Max("department__short_name"),
    RECIPIENT: Max("recipient_user__name"),
}


class Median(Aggregate):
    """The middle value; of an even number of them the mean of the two in the middle."""

    function = "PERCENTILE_CONT"
    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"


def _in(state: MessageState) -> Count:
    return Count("pk", filter=Q(state=state))


_TO_SEND = ExpressionWrapper(F("message__sent_at") - F("planned_for"), DurationField())
# A mail that was withdrawn is neither late nor read; all other figures are of states.
_FIGURES: Final[Mapping[str, Aggregate]] = {
    "planned": Count("pk"),
    "queued": _in(MessageState.QUEUED),
    "sent": _in(MessageState.SENT),
    "refused": _in(MessageState.FAILED),
    "unknown": _in(MessageState.UNKNOWN),
    "withdrawn": _in(MessageState.WITHDRAWN),
    "acknowledged": Count(
        "pk",
        filter=Q(message__acknowledged_at__isnull=False) & ~Q(state=MessageState.WITHDRAWN),
    ),
    "late": Count(
        "pk", filter=Q(message__day__gt=F("falls_on")) & ~Q(state=MessageState.WITHDRAWN)
    ),
    "median_to_send": Median(_TO_SEND, filter=Q(state=MessageState.SENT)),
}
FIGURES = tuple(_FIGURES)


def reminder_statistics(reminders: ReminderQuerySet, *, group_by: str) -> ReminderQuerySet:
    """Returns a row for each group: ``key``, ``name`` and ``FIGURES``; counted, ordered and sliced
    in the database. ``median_to_send`` is None where nothing was sent."""
    column = _COLUMNS[group_by]
    names = _NAMES.get(group_by, Max(Cast(column, CharField())))
    return (
        reminders.order_by()
        .values(key=F(column))
        .annotate(name=names, **_FIGURES)
        .order_by("key")
        .values("key", "name", *FIGURES)
    )


def reminder_totals(reminders: ReminderQuerySet) -> dict[str, Any]:
    """Returns ``FIGURES`` of all of them together; one query."""
    return reminders.order_by().aggregate(**_FIGURES)
