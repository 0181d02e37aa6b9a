"""Puts reminders into the mails of a day: one mail a person a day, whatever already waits.

A mail that somebody holds (an attempt to deliver it is open) is written and about to leave: nothing
is put into it and nothing taken out. The lock on a mail's row keeps it from being taken meanwhile.
"""

import datetime as dt
from collections.abc import Collection

from django.db.models import OuterRef, Q, Subquery

from notifications.outbox.models import (
    DeliveryAttempt,
    Message,
    MessageState,
    Reminder,
    ReminderState,
)
from portfolio.core.clock import CITY_TIME

SEND_AT = dt.time(9, 0, tzinfo=CITY_TIME)
# What is written anew when a reminder that was withdrawn is wanted after all.
REVIVED_COLUMNS = [
    "state", "message", "planned_for", "falls_on", "capacity", "recipient_user", "department",
    "title",
]  # fmt: skip


def planned_moment(day: dt.date) -> dt.datetime:
    """Returns when the mails of the day are sent: 09:00 in Asia/Shanghai."""
    return dt.datetime.combine(day, SEND_AT)


def reminder_place(reminders: list[Reminder], day: dt.date) -> tuple[int, list[Reminder]]:
    """Adds the reminders to the mails of the day, and what still waits in these people's mails of
    earlier days; returns how many were added, and those whose mail has gone out.

    Reminders with a key are rows that had been withdrawn. A mail that is being sent at this moment
    is left to the next run.
    """
    planned_for = planned_moment(day)
    owners = {each.recipient: each.recipient_user_id for each in reminders}
    Message.objects.bulk_create(
        [
            Message(recipient=address, recipient_user_id=user, day=day, planned_for=planned_for)
            for address, user in sorted(owners.items())
        ],
        ignore_conflicts=True,
    )
    todays, earlier = _lock_free_mails(owners, day)
    placed = [each for each in reminders if each.recipient in todays]
    for reminder in placed:
        reminder.message_id = todays[reminder.recipient]
        reminder.planned_for = planned_for
        reminder.state = ReminderState.QUEUED
    Reminder.objects.bulk_create([each for each in placed if not each.pk], ignore_conflicts=True)
    if again := [each for each in placed if each.pk]:
        Reminder.objects.bulk_update(again, REVIVED_COLUMNS)
    _merge([pk for recipient, pk in earlier if recipient in todays], day, planned_for)
    if len(placed) == len(reminders):
        return len(placed), []
    gone = _recipients_already_mailed(owners.keys() - todays.keys(), day)
    return len(placed), [each for each in reminders if each.recipient in gone]


def _lock_free_mails(
    recipients: Collection[str], day: dt.date
) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Locks these people's mails that have not gone out and that nobody holds: returns those of
    the day by address, and those of earlier days."""
    never_sent = Q(state=MessageState.WITHDRAWN, unknowns=0, day=day)
    candidates = Message.objects.of_reminders().filter(
        Q(state=MessageState.QUEUED) | never_sent, recipient__in=recipients, day__lte=day
    )
    locked = list(
        candidates.order_by("recipient", "day")
        .select_for_update(skip_locked=True)
        .values_list("recipient", "day", "pk", "state")
    )
    # Asked under the lock: who took a mail before has committed that, and nobody can any more.
    held = set(
        DeliveryAttempt.objects.filter(
            message__in=[pk for _, _, pk, _ in locked], ended_at__isnull=True
        ).values_list("message_id", flat=True)
    )
    free = [each for each in locked if each[2] not in held]
    withdrawn = [pk for _, _, pk, state in free if state == MessageState.WITHDRAWN]
    if withdrawn:
        Message.objects.filter(pk__in=withdrawn).update(state=MessageState.QUEUED)
    todays = {recipient: pk for recipient, its_day, pk, _ in free if its_day == day}
    return todays, [(recipient, pk) for recipient, its_day, pk, _ in free if its_day != day]


def _merge(messages: list[int], day: dt.date, planned_for: dt.datetime) -> None:
    """Moves what still waits in mails of earlier days into that of the day."""
    if not messages:
        return
    todays = Message.objects.of_reminders().filter(recipient=OuterRef("recipient"), day=day)
    Reminder.objects.queued().filter(message__in=messages).update(
        message=Subquery(todays.values("pk")[:1]), planned_for=planned_for
    )
    Message.objects.filter(pk__in=messages).update(state=MessageState.WITHDRAWN)


def _recipients_already_mailed(recipients: Collection[str], day: dt.date) -> set[str]:
    """Returns who has had the mail of the day: sent, refused, or of unknown fate."""
    mails = Message.objects.of_reminders().filter(recipient__in=recipients, day=day)
    gone = mails.exclude(state__in=[MessageState.QUEUED, MessageState.WITHDRAWN], unknowns=0)
    return set(gone.order_by().values_list("recipient", flat=True))
