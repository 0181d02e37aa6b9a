"""Prepares a day's reminders: what is due → who is told → rows in the outbox.

It can run any number of times a day, and twice at once: what exists is left alone, by a unique
key in the database. What becomes due after the day's mail has gone out goes into the next working
day's mail (one mail a person a day), unless the deadline is over by then.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from django.db import transaction

from notifications.models import Message, MessageState, Reminder
from notifications.recipients import Recipient, recipients_of
from notifications.rules.tiers import (
    IsWorkingDay,
    Tier,
    due_window,
    gravest,
    schedule_of,
    tiers_falling_on,
)
from portfolio.clock import CITY_TIME
from projects.deadlines import Deadline, open_deadlines
from projects.rules.working_days import is_working_day, next_working_day
from projects.working_calendar import calendar_overrides

logger = logging.getLogger(__name__)

SEND_AT = dt.time(9, 0, tzinfo=CITY_TIME)

# Recipient, kind, object, due day, tier, ordinal: the fields of the unique key ``reminder_once``.
Key = tuple[str, str, int, dt.date, str, int]
KEY_FIELDS = ("recipient", "deadline_kind", "object_id", "due_on", "tier", "ordinal")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run found and did: tiers of the day, reminders added, added to a later day's mail,
    and deadlines that nobody can be told of."""

    due: int
    created: int = 0
    deferred: int = 0
    unaddressed: int = 0


def planned_moment(day: dt.date) -> dt.datetime:
    """Returns when the mails of the day are sent: 09:00 in Asia/Shanghai."""
    return dt.datetime.combine(day, SEND_AT)


@transaction.atomic
def day_prepare(*, day: dt.date) -> Prepared:
    """Puts the reminders that fall on the day into the outbox, gathered in one mail a person.

    The number of queries does not depend on the number of deadlines.
    """
    overrides = calendar_overrides()
    due = list(_due_on(day, partial(is_working_day, overrides=overrides)))
    told = recipients_of({(each.department_id, each.in_charge_id) for each, _ in due})
    wanted: dict[Key, Reminder] = {}
    unaddressed = 0
    for deadline, tier in due:
        recipients = told[deadline.department_id, deadline.in_charge_id]
        if not recipients:
            unaddressed += 1
            _warn_nobody(day, deadline.title, deadline.department_name)
        wanted |= {_key(each): each for each in _reminders(deadline, tier, recipients)}
    missing = _missing(wanted)
    created = deferred = 0
    planned_day = day
    while missing:
        placed, missing = _place(missing, planned_day)
        created += len(placed)
        deferred += len(placed) if planned_day != day else 0
        planned_day = next_working_day(planned_day, overrides)
        missing = [each for each in missing if each.due_on >= planned_day]
    return Prepared(len(due), created, deferred, unaddressed)


def _due_on(day: dt.date, is_working: IsWorkingDay) -> Iterator[tuple[Deadline, Tier]]:
    window = due_window(day, is_working)
    if window is None:
        return
    for deadline in open_deadlines(*window):
        schedule = schedule_of(deadline.kind, deadline.commitment)
        tier = gravest(tiers_falling_on(day, deadline.due_on, is_working, schedule))
        if tier is not None:
            yield deadline, tier


def _reminders(
    deadline: Deadline, tier: Tier, recipients: Iterable[Recipient]
) -> Iterator[Reminder]:
    for recipient in recipients:
        yield Reminder(
            recipient=recipient.address,
            recipient_user_id=recipient.user_id,
            department_id=deadline.department_id,
            deadline_kind=deadline.kind,
            object_id=deadline.object_id,
            title=deadline.title,
            due_on=deadline.due_on,
            tier=tier.name,
            ordinal=tier.ordinal,
        )


def _key(reminder: Reminder) -> Key:
    return tuple(getattr(reminder, field) for field in KEY_FIELDS)  # type: ignore[return-value]


def _missing(wanted: dict[Key, Reminder]) -> list[Reminder]:
    """Returns what the outbox does not hold yet, in the order of the key: two runs at once that
    insert in the same order wait for each other and never deadlock."""
    if not wanted:
        return []
    existing = Reminder.objects.filter(
        recipient__in={key[0] for key in wanted}, due_on__in={key[3] for key in wanted}
    )
    held = set(existing.order_by().values_list(*KEY_FIELDS))
    return [wanted[key] for key in sorted(wanted.keys() - held)]


def _place(reminders: list[Reminder], day: dt.date) -> tuple[list[Reminder], list[Reminder]]:
    """Adds the reminders to the mails of the day; returns those added, and those whose mail has
    gone out. A mail that is being handed over at this moment is left to the next run."""
    planned_for = planned_moment(day)
    owners = {each.recipient: each.recipient_user_id for each in reminders}
    Message.objects.bulk_create(
        [
            Message(recipient=address, recipient_user_id=user, day=day, planned_for=planned_for)
            for address, user in sorted(owners.items())
        ],
        ignore_conflicts=True,
    )
    messages = Message.objects.filter(recipient__in=owners, day=day).order_by("recipient")
    gone = set(messages.exclude(state=MessageState.QUEUED).values_list("recipient", flat=True))
    # The lock keeps the mail from going out before the reminder is in it.
    locked = messages.filter(state=MessageState.QUEUED).select_for_update(skip_locked=True)
    waiting = dict(locked.values_list("recipient", "pk"))
    placed = [each for each in reminders if each.recipient in waiting]
    for reminder in placed:
        reminder.message_id = waiting[reminder.recipient]
        reminder.planned_for = planned_for
    Reminder.objects.bulk_create(placed, ignore_conflicts=True)
    return placed, [each for each in reminders if each.recipient in gone]


@lru_cache(maxsize=10_000)
def _warn_nobody(day: dt.date, title: str, department: str) -> None:
    """Says it once a day, not once a minute."""
    logger.warning(
        "%s: “%s”无人可提醒: %s没有在任的责任人、填报员, 也没有单位邮箱。", day, title, department
    )
