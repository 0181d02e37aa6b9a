"""Withdraws what need not be told any more: the sweep of every tick.

It asks the deadlines themselves, so that nobody who marks something done, cancels, parks or moves
it has to think of reminders.
"""

from django.db import transaction

from notifications.outbox.models import (
    DeliveryAttempt,
    Message,
    MessageState,
    Reminder,
    ReminderState,
)
from notifications.outbox.settle import is_still_due
from projects.deadlines import open_deadlines_by_key


@transaction.atomic
def reminders_withdraw() -> int:
    """Withdraws the waiting reminders of what is done, cancelled, parked or moved, and the mails
    that have nothing left to tell; returns the number of reminders.

    What somebody else is working on, or has in hand to send, is left alone: it is settled there.
    So is what stands in a mail that went out, or may have.
    """
    held = DeliveryAttempt.objects.filter(ended_at__isnull=True).values("message")
    waiting = list(Reminder.objects.queued().exclude(message__in=held).order_by("pk"))
    deadlines = open_deadlines_by_key({(each.deadline_kind, each.object_id) for each in waiting})
    gone = [
        each
        for each in waiting
        if (deadline := deadlines.get((each.deadline_kind, each.object_id))) is None
        or not is_still_due(each, deadline)
    ]
    if not gone:
        return 0
    free = _lock_free_mails({each.message_id for each in gone})
    withdrawn = Reminder.objects.queued().filter(pk__in=[each.pk for each in gone])
    count = withdrawn.filter(message__in=free).update(state=ReminderState.WITHDRAWN)
    telling = Reminder.objects.queued().filter(message__in=free).values("message")
    nothing_left = Message.objects.filter(pk__in=free, state=MessageState.QUEUED)
    nothing_left.exclude(pk__in=telling).update(state=MessageState.WITHDRAWN)
    return count


def _lock_free_mails(keys: set[int]) -> set[int]:
    """Locks these mails and returns those that no worker holds.

    A worker locks a mail's row while it settles and claims it. Without our lock we could withdraw a
    reminder that is just being sent."""
    mails = Message.objects.filter(pk__in=keys, state=MessageState.QUEUED).order_by("pk")
    locked = set(mails.select_for_update(skip_locked=True).values_list("pk", flat=True))
    # Asked under the lock: who took a mail before has committed that, and nobody can any more.
    held = DeliveryAttempt.objects.filter(message__in=locked, ended_at__isnull=True)
    return locked - set(held.values_list("message_id", flat=True))
