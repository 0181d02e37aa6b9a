"""Hands a mail of the outbox over to the mail server, once.

The message's row is locked from before the mail is built until it is marked: a second worker
passes it by, and a worker that dies before the hand-over leaves it queued.
"""

import contextlib
import datetime as dt
import smtplib
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from notifications.mail import RemindersMail, Told
from notifications.models import Message, MessageState, Reminder, ReminderState
from notifications.recipients import recipients_of
from notifications.rules.tiers import Tier, gravity
from portfolio import clock
from projects.deadlines import open_by_key

PERMANENT = 500  # SMTP replies from here on will not change by trying again (RFC 5321, 4.2.1)
MOST_ATTEMPTS_COUNTED = 32_767  # the column's limit: the counter stops, trying does not
ERROR_LENGTH = Message._meta.get_field("last_error").max_length


class Outcome(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    ALREADY_SENT = "already_sent"
    NOTHING_LEFT = "nothing_left"  # all that it was to tell is done, cancelled or moved
    BUSY = "busy"  # somebody else is handing it over at this moment
    UNREACHABLE = "unreachable"  # stays queued
    REFUSED = "refused"  # by the mail server, for good


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail, how many reminders it told, and what the mail server objected."""

    outcome: Outcome
    reminders: int = 0
    error: str = ""


def message_deliver(*, message_id: int, day: dt.date) -> Delivery:
    """Sends the mail if it is still queued and has something to tell; ``day`` is the day on
    which it is read, from which the days left are counted."""
    with transaction.atomic():
        queued = Message.objects.filter(pk=message_id, state=MessageState.QUEUED)
        message = (
            queued.select_related("recipient_user")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if message is None:
            return Delivery(Outcome.BUSY if queued.exists() else Outcome.ALREADY_SENT)
        told = _reminders_settle(message)
        if not told:
            message.state = MessageState.WITHDRAWN
            message.save(update_fields=["state"])
            return Delivery(Outcome.NOTHING_LEFT)
        name = message.recipient_user.name if message.recipient_user else told[0][1].department_name
        mail = RemindersMail(name=name, day=day, told=told).build(
            to=message.recipient, number=message.pk, moment=clock.now()
        )
        refusal = _hand_over(mail)
        _mark(message, refusal)
        return Delivery(refusal.outcome, len(told), refusal.error)


def _reminders_settle(message: Message) -> list[Told]:
    """Withdraws what is done, cancelled, moved, told more gravely in the same mail, or no longer
    this person's; returns the rest, each with its deadline as it stands now."""
    reminders = list(message.reminders.queued().order_by("pk"))
    deadlines = open_by_key((each.deadline_kind, each.object_id) for each in reminders)
    recipients = recipients_of(
        {(each.department_id, each.in_charge_id) for each in deadlines.values()}
    )
    told: dict[tuple[str, int], Told] = {}
    for reminder in sorted(reminders, key=lambda each: gravity(Tier(each.tier, each.ordinal))):
        deadline = deadlines.get((reminder.deadline_kind, reminder.object_id))
        if deadline is None or deadline.due_on != reminder.due_on:
            continue
        # Days may lie between preparing and sending: people leave, and officers change.
        answering = recipients[deadline.department_id, deadline.in_charge_id]
        if any(each.address == message.recipient for each in answering):
            told[deadline.key] = reminder, deadline
    kept = {reminder.pk for reminder, _ in told.values()}
    withdrawn = [each.pk for each in reminders if each.pk not in kept]
    if withdrawn:
        Reminder.objects.filter(pk__in=withdrawn).update(state=ReminderState.WITHDRAWN)
    return list(told.values())


def _hand_over(mail: EmailMessage) -> Delivery:
    """Gives the mail to the mail server and says what came of it."""
    connection = get_connection()
    try:
        connection.open()
        connection.send_messages([mail])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        code, reply = _reply_of(error)
        refused = code >= PERMANENT
        return Delivery(
            Outcome.REFUSED if refused else Outcome.UNREACHABLE, error=f"{code} {reply}"
        )
    except (smtplib.SMTPException, OSError) as error:
        return Delivery(Outcome.UNREACHABLE, error=str(error) or type(error).__name__)
    finally:
        # A mail that was accepted stays accepted however the conversation ends.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            connection.close()
    return Delivery(Outcome.SENT)


def _reply_of(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> tuple[int, str]:
    reply: tuple[int, bytes | str]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        reply = next(iter(error.recipients.values()))
    else:
        reply = error.smtp_code, error.smtp_error
    code, text = reply
    return code, text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _mark(message: Message, delivery: Delivery) -> None:
    message.attempts = min(message.attempts + 1, MOST_ATTEMPTS_COUNTED)
    message.last_error = delivery.error[:ERROR_LENGTH]
    if delivery.outcome is Outcome.SENT:
        message.state, message.sent_at = MessageState.SENT, clock.now()
        message.reminders.queued().update(state=ReminderState.SENT)
    elif delivery.outcome is Outcome.REFUSED:
        message.state = MessageState.FAILED
        message.reminders.queued().update(state=ReminderState.FAILED)
    message.save(update_fields=["attempts", "last_error", "state", "sent_at"])


def unreachable_text(error: str) -> str:
    """Returns the one line that says what stands in the way, and what to do."""
    return (
        f"邮件服务器无法送达 ({settings.EMAIL_HOST}:{settings.EMAIL_PORT}): {error}; "
        "邮件保留待发, 恢复后自动补发。请检查 EMAIL_URL 和邮件服务。"
    )
