"""Holds mails under a lease while they are handed over, and says what became of them (decision 19).

An open ``DeliveryAttempt`` is the lease: nobody else takes the mail until it is ended, or has run
out. Every step is committed by itself, so that a worker may die between any two of them.
"""

import datetime as dt
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from notifications.outbox.backoff import retry_delay
from notifications.outbox.mail import Mail
from notifications.outbox.mail_kinds import write_mails
from notifications.outbox.models import DeliveryAttempt, Message, MessageKind, MessageState, Outcome
from notifications.outbox.querysets import MessageQuerySet
from notifications.outbox.settle import ReminderWithDeadline, message_settle

# One mail is some twelve steps of at most EMAIL_TIMEOUT each, from connecting to the last reply.
LEASE_IN_STEPS = 20
MOST_ATTEMPTS_COUNTED = 32_767  # the column's limit: the counter stops, trying does not
MOST_UNKNOWNS = 2
ERROR_LENGTH = 500

# Done for every mail: each is one statement, one round trip and one commit.
HAND_OVER = """
    UPDATE "notifications_deliveryattempt" SET "handed_over_at" = %s, "lease_until" = %s
    WHERE "id" = %s AND "ended_at" IS NULL AND "lease_until" > %s
"""
ENDED_COLUMNS = ("state", "sent_at", "attempts", "unknowns", "retry_at", "last_error")
# Its commit need not wait for the disk: if the database's machine fails before the next hand-over
# has taken it there, the mail is of unknown fate, as after any other death in this place.
END = """
    WITH ended AS (
        UPDATE "notifications_deliveryattempt" SET "ended_at" = %s, "outcome" = %s, "reply" = %s
        FROM (SELECT set_config('synchronous_commit', 'off', true)) AS without_waiting
        WHERE "id" = %s AND "ended_at" IS NULL RETURNING "message_id"
    )
    UPDATE "notifications_message"
    SET "state" = %s, "sent_at" = %s, "attempts" = %s, "unknowns" = %s, "retry_at" = %s,
        "last_error" = %s
    FROM ended WHERE "id" = "message_id"
"""


@dataclass(slots=True)
class ClaimedMail:
    """A mail that nobody else may hand over until its lease runs out, and what it is to tell:
    reminders, or a ``mail`` of another kind."""

    message: Message
    attempt_id: int
    told: list[ReminderWithDeadline] = field(default_factory=list)
    mail: Mail | None = None

    @property
    def has_something_left(self) -> bool:
        return bool(self.told) or self.mail is not None


def lease_duration() -> dt.timedelta:
    """Returns how long a mail is held from its last step on: much longer than a step takes."""
    return dt.timedelta(seconds=LEASE_IN_STEPS * settings.EMAIL_TIMEOUT)


@transaction.atomic(durable=True)
def message_claim(
    *, limit: int, now: dt.datetime, among: MessageQuerySet | None = None
) -> list[ClaimedMail]:
    """Claims up to ``limit`` mails that are due, and works out what each still has to tell. With
    ``among``, mails of that queryset are claimed whatever their hour.

    A mail with nothing left to tell is ended at once and returned without content. Mails that
    another worker is claiming are skipped (SKIP LOCKED). The claim is committed when this returns,
    so that a worker that dies afterwards leaves a lease that expires.
    """
    wanted = Message.objects.to_send(at=now) if among is None else among.waiting()
    locked = wanted.select_for_update(skip_locked=True, of=("self",)).order_by("planned_for", "pk")
    keys = list(locked.values_list("pk", flat=True)[:limit])
    if not keys:
        return []
    # Asked again under the lock: the first answer may have been given just before somebody else
    # who had taken a mail committed and let go of its row.
    waiting = Message.objects.filter(pk__in=keys).waiting().select_related("recipient_user")
    messages = list(waiting.order_by("planned_for", "pk"))
    of_reminders = [each for each in messages if each.kind == MessageKind.REMINDERS]
    told = message_settle(of_reminders) if of_reminders else {}
    mails = write_mails(messages)
    attempts = _attempts_open([each.pk for each in messages], now)
    held = [
        ClaimedMail(each, attempts[each.pk], told.get(each.pk, []), mails.get(each.pk))
        for each in messages
    ]
    for each in held:
        if not each.has_something_left:
            attempt_end(held=each, outcome=Outcome.NOTHING_LEFT, now=now)
    return held


def _attempts_open(keys: Collection[int], now: dt.datetime) -> dict[int, int]:
    """Opens an attempt for each mail; returns their keys by the mail's."""
    past = DeliveryAttempt.objects.filter(message__in=keys).order_by()
    last = dict(past.values_list("message").annotate(Max("number")))
    opened = DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            message_id=key,
            number=last.get(key, 0) + 1,
            claimed_at=now,
            lease_until=now + lease_duration(),
        )
        for key in keys
    )
    return {each.message_id: each.pk for each in opened}


def attempt_hand_over(*, held: ClaimedMail, now: dt.datetime) -> bool:
    """Commits that the mail is about to leave, and renews its lease; False when the lease has run
    out: somebody else may have the mail by now, and nothing may leave."""
    with connection.cursor() as cursor:
        cursor.execute(HAND_OVER, [now, now + lease_duration(), held.attempt_id, now])
        return bool(cursor.rowcount)


def attempt_end(*, held: ClaimedMail, outcome: Outcome, now: dt.datetime, reply: str = "") -> bool:
    """Writes down what became of an attempt, and what follows for the mail; False when it has been
    ended already, because its lease ran out."""
    reply = reply[:ERROR_LENGTH]
    message = held.message
    changes = _changes(message, outcome, now, reply)
    values = [changes.get(name, getattr(message, name)) for name in ENDED_COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(END, [now, outcome, reply, held.attempt_id, *values])
        if not cursor.rowcount:
            return False
    for name, value in changes.items():
        setattr(message, name, value)
    return True


def _changes(message: Message, outcome: Outcome, now: dt.datetime, reply: str) -> dict[str, Any]:
    """Returns what an attempt's outcome changes in its mail."""
    if outcome == Outcome.NOTHING_LEFT:
        # What is of unknown fate stays so: it may have been read.
        return {"state": MessageState.WITHDRAWN} if message.state == MessageState.QUEUED else {}
    attempts = min(message.attempts + 1, MOST_ATTEMPTS_COUNTED)
    changes: dict[str, Any] = {"attempts": attempts, "last_error": reply, "retry_at": None}
    if outcome == Outcome.SENT:
        return changes | {"state": MessageState.SENT, "sent_at": now}
    if outcome == Outcome.REFUSED:
        return changes | {"state": MessageState.FAILED}
    if outcome == Outcome.UNKNOWN:
        changes |= {"state": MessageState.UNKNOWN, "unknowns": message.unknowns + 1}
        if changes["unknowns"] >= MOST_UNKNOWNS:
            return changes
    return changes | {"retry_at": now + retry_delay(attempts, random.random())}  # noqa: S311


def attempts_release(*, held: Collection[ClaimedMail], now: dt.datetime) -> None:
    """Lets go of mails that were not handed over; they wait as before."""
    DeliveryAttempt.objects.filter(
        pk__in=[each.attempt_id for each in held], ended_at__isnull=True, handed_over_at=None
    ).update(ended_at=now, outcome=Outcome.ABANDONED)


@transaction.atomic
def leases_expire(*, now: dt.datetime) -> tuple[list[Message], list[Message]]:
    """Ends the attempts whose lease has run out, because their worker died or lost its way.

    Returns the mails that had certainly not left, which wait as before, and those that may have,
    which are of unknown fate.
    """
    out = DeliveryAttempt.objects.filter(ended_at__isnull=True, lease_until__lte=now)
    locked = out.select_for_update(skip_locked=True, of=("self",)).select_related("message")
    held = {each: ClaimedMail(each.message, each.pk) for each in locked.order_by("pk")}
    waiting = [held[each] for each in held if each.handed_over_at is None]
    unknown = [held[each] for each in held if each.handed_over_at is not None]
    attempts_release(held=waiting, now=now)
    for each in unknown:
        attempt_end(held=each, outcome=Outcome.UNKNOWN, now=now)
    return [each.message for each in waiting], [each.message for each in unknown]
