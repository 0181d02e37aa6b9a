"""Hands the mails of the outbox over to the mail server: claimed, committed, sent, marked.

A mail is claimed under a lease, the hand-over committed before the mail leaves, and its fate
written down right after (decision 19): a worker may die at any moment, and what it leaves behind
says whether its mail can have been delivered.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from notifications.outbox.claim import (
    MOST_UNKNOWNS,
    ClaimedMail,
    attempt_end,
    attempt_hand_over,
    attempts_release,
    message_claim,
)
from notifications.outbox.mail import RemindersMail
from notifications.outbox.models import Message, MessageState, Outcome, Reminder
from notifications.outbox.querysets import MessageQuerySet
from notifications.outbox.smtp import (
    EncodedMail,
    MailServerUnreachableError,
    SmtpAnswer,
    SmtpConversation,
    text_of,
)
from portfolio.core import clock

logger = logging.getLogger(__name__)

# Of a lease, in steps of EMAIL_TIMEOUT: afterwards a slow batch lets go of what it still holds.
BATCH_IN_STEPS = 4


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail, how many reminders it told, and what the mail server objected."""

    message: Message
    outcome: Outcome
    reminders: int = 0
    error: str = ""


def message_send(
    *, limit: int, day: dt.date, among: MessageQuerySet | None = None
) -> list[Delivery]:
    """Sends up to ``limit`` of the mails that are due (or that wait ``among`` these); ``day`` is
    the day on which they are read, from which the days left are counted.

    Returns what became of each that was tried. Must not run inside a transaction.
    """
    held = message_claim(limit=limit, now=clock.now(), among=among)
    deliveries = [
        Delivery(each.message, Outcome.NOTHING_LEFT) for each in held if not each.has_something_left
    ]
    deliveries += _hand_over([each for each in held if each.has_something_left], day)
    reminder_state_copy(among=[each.message.pk for each in held])
    return deliveries


@transaction.atomic
def reminder_state_copy(*, among: list[int] | None = None) -> int:
    """Gives the reminders of mails whose fate is final (of ``among`` these, or of all) the mail's
    state; returns how many. Every tick does it, so that a worker that died before it is made up
    for.

    Rows that somebody else has locked are passed by: ticks and deliveries that did the same at
    once would wait for each other's rows, in no common order, until the database ended one.
    """
    final = Q(message__state__in=(MessageState.SENT, MessageState.FAILED)) | Q(
        message__state=MessageState.UNKNOWN, message__unknowns=MOST_UNKNOWNS
    )
    behind = Reminder.objects.queued().filter(final)
    if among is not None:
        behind = behind.filter(message__in=among)
    state = Message.objects.filter(pk=OuterRef("message")).values("state")
    free = behind.select_for_update(skip_locked=True, of=("self",)).order_by().values("pk")
    return Reminder.objects.filter(pk__in=free).update(state=Subquery(state))


def _letter(held: ClaimedMail, day: dt.date) -> EncodedMail:
    message = held.message
    mail = held.mail or _reminders_mail(held, day)
    return EncodedMail.of(mail.build(to=message.recipient, number=message.pk, moment=clock.now()))


def _reminders_mail(held: ClaimedMail, day: dt.date) -> RemindersMail:
    user = held.message.recipient_user
    name = user.name if user else held.told[0][1].department_name
    return RemindersMail(name=name, day=day, told=held.told)


def _hand_over(held: list[ClaimedMail], day: dt.date) -> Iterator[Delivery]:
    """Writes and sends the mails over one connection, one at a time: some bring files of megabytes.
    A server out of reach ends the rest at once."""
    started = time.monotonic()
    with SmtpConversation() as conversation:
        for number, each in enumerate(held):
            if time.monotonic() - started > BATCH_IN_STEPS * settings.EMAIL_TIMEOUT:
                attempts_release(held=held[number:], now=clock.now())
                return
            try:
                letter = _letter(each, day)
            except Exception as error:
                # One mail that cannot be written must not keep back the others.
                logger.exception("邮件 %s 无法生成", each.message.pk)
                yield _end_attempt(each, SmtpAnswer(Outcome.ABANDONED, text_of(error)))
                continue
            try:
                answer = conversation.deliver(letter, hand_over=partial(_commit, each))
            except MailServerUnreachableError as error:
                nowhere = SmtpAnswer(Outcome.UNREACHABLE, str(error))
                yield from (_end_attempt(one, nowhere) for one in held[number:])
                return
            if answer is not None:
                yield _end_attempt(each, answer)


def _commit(held: ClaimedMail) -> bool:
    ours = attempt_hand_over(held=held, now=clock.now())
    if not ours:
        logger.warning("邮件 %s: 占用已过期, 不发送", held.message.pk)
    return ours


def _end_attempt(held: ClaimedMail, answer: SmtpAnswer) -> Delivery:
    if not attempt_end(held=held, outcome=answer.outcome, reply=answer.reply, now=clock.now()):
        logger.warning("邮件 %s: 占用已过期, 结果未记 (%s)", held.message.pk, answer.outcome)
    return Delivery(held.message, answer.outcome, len(held.told), answer.reply)


def unreachable_text(error: str) -> str:
    """Returns the one line that says what stands in the way, and what to do."""
    return (
        f"邮件服务器无法送达 ({settings.EMAIL_HOST}:{settings.EMAIL_PORT}): {error}; "
        "邮件保留待发, 恢复后自动补发。请检查 EMAIL_URL 和邮件服务。"
    )
