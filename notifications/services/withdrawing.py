"""Withdraws what need not be told any more: the sweep of every tick.

It asks the deadlines themselves, so that nobody who marks something done, cancels, parks or moves
it has to think of reminders.
"""

from django.db import transaction

from notifications.models import DeliveryAttempt, Message, MessageState, Reminder, ReminderState
from notifications.services.settling import still_due
from projects.deadlines import open_by_key


@transaction.atomic
def reminders_withdraw() -> int:
    """Withdraws the waiting reminders of what is done, cancelled, parked or moved, and the mails
    that have nothing left to tell; returns the number of reminders.

    What somebody else is working on, or has in hand to send, is left alone: it is settled there.
    """
    held = DeliveryAttempt.objects.filter(ended_at__isnull=True).values("message")
    waiting = list(Reminder.objects.queued().exclude(message__in=held).order_by("pk"))
    deadlines = open_by_key({(each.deadline_kind, each.object_id) for each in waiting})
    gone = [
        each.pk
        for each in waiting
        if (deadline := deadlines.get((each.deadline_kind, each.object_id))) is None
        or not still_due(each, deadline)
    ]
    if not gone:
        return 0
    locked = Reminder.objects.queued().filter(pk__in=gone).order_by("pk")
    mine = list(locked.select_for_update(skip_locked=True).values_list("pk", "message_id"))
    Reminder.objects.filter(pk__in=[pk for pk, _ in mine]).update(state=ReminderState.WITHDRAWN)
    _messages_withdraw({message for _, message in mine})
    return len(mine)


def _messages_withdraw(messages: set[int]) -> None:
    queued = Message.objects.filter(pk__in=messages, state=MessageState.QUEUED).order_by("pk")
    locked = set(queued.select_for_update(skip_locked=True).values_list("pk", flat=True))
    # Asked again under the lock: a mail may have been taken, or been given more to tell.
    held = DeliveryAttempt.objects.filter(message__in=locked, ended_at__isnull=True)
    locked -= set(held.values_list("message_id", flat=True))
    telling = Reminder.objects.queued().filter(message__in=locked)
    locked -= set(telling.values_list("message_id", flat=True))
    if locked:
        Message.objects.filter(pk__in=locked).update(state=MessageState.WITHDRAWN)
