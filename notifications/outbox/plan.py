"""Plans a day's reminders: which tiers fall → who is told → rows in the outbox.

It can run any number of times a day, and several times at once: what exists is left alone, by a
unique key in the database. What becomes due after a person's mail has gone out goes into that of
the next working day (one mail a person a day), a 提醒 only while its due day has not passed.

Working days since the last one that was planned were missed: of what fell on them and falls on
the day the gravest tier of each deadline is sent, once.
"""

import datetime as dt
import logging
from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache, partial

from django.db import transaction

from notifications.outbox.models import Capacity, PlannedDay, Reminder, ReminderState
from notifications.outbox.place import planned_moment, reminder_place
from notifications.outbox.recipients import AudienceQuery, Recipient, find_audiences
from notifications.policies.models import TierOptOut
from notifications.policies.services import schedules_in_force
from notifications.policies.tiers import (
    FORECAST,
    GRAVITY,
    DueTier,
    IsWorkingDay,
    Schedule,
    Schedules,
    due_window,
    find_due_tiers,
    find_forecast_tiers,
    find_schedule,
    gravity,
    pick_gravest,
)
from portfolio.core import clock
from portfolio.core.locks import acquire_transaction_lock
from projects.deadlines import Deadline, open_deadlines
from projects.people.working_calendar import calendar_overrides
from projects.people.working_days import is_working_day, is_year_known, next_working_day

__all__ = ["PlanResult", "has_opted_out", "list_due_tiers", "planned_moment", "reminder_plan"]

logger = logging.getLogger(__name__)

LOCK = "reminders"
ONE_DAY = dt.timedelta(days=1)

# Recipient, kind, object, due day, tier, ordinal: the fields of the unique key ``reminder_once``.
Key = tuple[str, str, int, dt.date, str, int]
KEY_FIELDS = ("recipient", "deadline_kind", "object_id", "due_on", "tier", "ordinal")

DeadlineTier = tuple[Deadline, DueTier]
DueReminder = tuple[Deadline, DueTier, Recipient]


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What a run found and did: deadlines that have a tier to tell, reminders added, added to a
    later day's mail, and deadlines that nobody at all can be told of."""

    due: int
    created: int = 0
    deferred: int = 0
    unaddressed: int = 0


@transaction.atomic
def reminder_plan(*, day: dt.date) -> PlanResult:
    """Puts the reminders that fall on the day into the outbox, gathered in one mail a person.

    On a day off it does nothing. A second run at the same moment waits for the first. The number
    of queries does not depend on the number of deadlines.
    """
    overrides = calendar_overrides()
    works = lru_cache(maxsize=None)(partial(is_working_day, overrides=overrides))
    if not works(day):
        return PlanResult(due=0)
    acquire_transaction_lock(LOCK)
    schedules = schedules_in_force(on=day)
    missed_from, planned_before = _read_planned_days(day)
    due = list(_select_tiers(day, missed_from, schedules, works))
    wanted, unaddressed = _address_reminders(due, day)
    missing = _select_missing(wanted)
    created = deferred = 0
    planned_day = day
    while missing:
        placed, missing = reminder_place(missing, planned_day)
        created += placed
        deferred += placed if planned_day != day else 0
        planned_day = next_working_day(planned_day, overrides)
        missing = [each for each in missing if _may_wait_until(planned_day, each)]
    if not planned_before:
        _mark_planned(day, schedules, works)
    return PlanResult(len(due), created, deferred, unaddressed)


# The days -----------------------------------------------------------------------------------------
def _read_planned_days(day: dt.date) -> tuple[dt.date, bool]:
    """Returns from which day on tiers may have been missed, and whether the day was planned."""
    days = PlannedDay.objects.filter(day__lte=day).order_by("-day")
    newest = list(days.values_list("day", flat=True)[:2])
    earlier = [each for each in newest if each < day]
    return (earlier[0] + ONE_DAY if earlier else day), day in newest


def _mark_planned(day: dt.date, schedules: Schedules, works: IsWorkingDay) -> None:
    PlannedDay.objects.bulk_create(
        [PlannedDay(day=day, planned_at=clock.now())], ignore_conflicts=True
    )
    _, horizon = due_window(day, day, works, schedules)
    for year in range(day.year, horizon.year + 1):
        if not is_year_known(year):
            logger.error(
                "%s: 节假日数据不含 %s 年, 该年的提醒暂按周一至周五为工作日计算。请升级 "
                "chinesecalendar, 或在“工作日调整”中录入。",
                day,
                year,
            )


def _may_wait_until(planned_day: dt.date, reminder: Reminder) -> bool:
    """Returns whether a reminder may go into the mail of a later day."""
    return reminder.tier != GRAVITY[0] or reminder.due_on >= planned_day


# What is due --------------------------------------------------------------------------------------
def list_due_tiers(
    *, first: dt.date, last: dt.date, schedules: Schedules, is_working_day: IsWorkingDay
) -> Iterator[DeadlineTier]:
    """Yields each open deadline with each dated tier that is told of it on a day from ``first`` to
    ``last``: of those that fall on one day the gravest. Tiers of the forecast have no date."""
    falling_of = _TierCache(first, last, schedules, is_working_day)
    for deadline in open_deadlines(*due_window(first, last, is_working_day, schedules)):
        for falling in falling_of(deadline):
            yield deadline, falling


def _select_tiers(
    day: dt.date, missed_from: dt.date, schedules: Schedules, works: IsWorkingDay
) -> Iterator[DeadlineTier]:
    """Yields each deadline that has a tier to tell on the day, with the gravest: of the dated ones
    that fall on it or were missed before it, and of those that its forecast brings."""
    falling_of = _TierCache(missed_from, day, schedules, works)
    window = due_window(missed_from, day, works, schedules)
    foretold = any(tier.timing == FORECAST for tiers in schedules.values() for tier in tiers)
    slipping: list[tuple[Deadline, list[DueTier], DueTier]] = []
    for deadline in open_deadlines(*window, slipping_from=day if foretold else None):
        dated = falling_of(deadline)
        schedule = falling_of.schedule(deadline)
        late = pick_gravest(
            find_forecast_tiers(schedule, deadline.due_on, deadline.forecast_on, day)
        )
        if late is not None:
            slipping.append((deadline, dated, late))
        elif dated:
            yield deadline, max(dated, key=lambda each: each.gravity)
    told = _read_forecast_tiers(day, {deadline.key for deadline, _, _ in slipping})
    for deadline, dated, late in slipping:
        new = (*deadline.key, deadline.due_on, late.tier.name) not in told
        falling = pick_gravest([*dated, late] if new else dated)
        if falling is not None:
            yield deadline, falling


def _read_forecast_tiers(day: dt.date, keys: Collection[tuple[str, int]]) -> set[tuple]:
    """Returns which tiers of the forecast were planned on other days, for anybody: kind, object,
    due day, tier. Those of the day itself are not among them, so that planning it again gives the
    same answer."""
    if not keys:
        return set()
    held = Reminder.objects.filter(object_id__in={object_id for _, object_id in keys}, ordinal=0)
    held = held.exclude(tier=GRAVITY[0]).exclude(falls_on=day)
    held = held.exclude(state=ReminderState.WITHDRAWN)
    return set(held.order_by().values_list("deadline_kind", "object_id", "due_on", "tier"))


class _TierCache:
    """The tiers that fall on the days, worked out once for each due day and schedule."""

    def __init__(
        self, first: dt.date, last: dt.date, schedules: Schedules, works: IsWorkingDay
    ) -> None:
        self._first, self._last, self._works = first, last, works
        self._schedules = schedules
        self._schedule: dict[tuple[str, str], Schedule] = {}
        self._falling: dict[tuple[dt.date, str, str], list[DueTier]] = {}

    def __call__(self, deadline: Deadline) -> list[DueTier]:
        """Returns the gravest tier of each day."""
        key = deadline.due_on, deadline.kind, deadline.commitment
        if key not in self._falling:
            found = find_due_tiers(
                self.schedule(deadline), deadline.due_on, self._first, self._last, self._works
            )
            # They come sorted: of one day the last is the gravest.
            self._falling[key] = list({each.on: each for each in found}.values())
        return self._falling[key]

    def schedule(self, deadline: Deadline) -> Schedule:
        key = deadline.kind, deadline.commitment
        if key not in self._schedule:
            self._schedule[key] = find_schedule(self._schedules, *key)
        return self._schedule[key]


# Who is told of it --------------------------------------------------------------------------------
def _address_reminders(
    due: Collection[DeadlineTier], day: dt.date
) -> tuple[dict[Key, DueReminder], int]:
    """Returns what the outbox is to hold, and of how many deadlines nobody can be told."""
    asked = [AudienceQuery.of(deadline, falling.tier) for deadline, falling in due]
    audiences = find_audiences(set(asked))
    some_early = any(_is_early(falling) for _, falling in due)
    opted_out = set(TierOptOut.objects.values_list("user", "days_before")) if some_early else set()
    wanted: dict[Key, DueReminder] = {}
    unaddressed = 0
    for (deadline, falling), who in zip(due, asked, strict=True):
        told = audiences[who]
        if not told:
            unaddressed += 1
            _warn_nobody(day, deadline.title, deadline.department_name)
        for recipient in told:
            if not has_opted_out(recipient, falling, opted_out):
                wanted[_key(deadline, falling, recipient)] = deadline, falling, recipient
    return wanted, unaddressed


def _is_early(falling: DueTier) -> bool:
    """Returns whether a person may opt out of it: a 提醒 before the day itself."""
    return falling.tier.name == GRAVITY[0] and falling.ordinal >= 1


def has_opted_out(
    recipient: Recipient, falling: DueTier, opted_out: Set[tuple[int | None, int]]
) -> bool:
    """Returns whether the person does not want this early 提醒 (``opted_out``: user, days before).
    Who stands in for others is told nevertheless: nobody else is."""
    return (
        bool(opted_out)
        and _is_early(falling)
        and recipient.capacity != Capacity.STAND_IN
        and (recipient.user_id, falling.ordinal) in opted_out
    )


def _key(deadline: Deadline, falling: DueTier, recipient: Recipient) -> Key:
    return (
        recipient.address,
        deadline.kind,
        deadline.object_id,
        deadline.due_on,
        falling.tier.name,
        falling.ordinal,
    )


def _reminder(wanted: DueReminder, moment: dt.datetime) -> Reminder:
    deadline, falling, recipient = wanted
    return Reminder(
        recorded_at=moment,
        recipient=recipient.address,
        recipient_user_id=recipient.user_id,
        capacity=recipient.capacity,
        department_id=deadline.department_id,
        deadline_kind=deadline.kind,
        object_id=deadline.object_id,
        title=deadline.title,
        due_on=deadline.due_on,
        tier=falling.tier.name,
        ordinal=falling.ordinal,
        falls_on=falling.on,
    )


def _select_missing(wanted: dict[Key, DueReminder]) -> list[Reminder]:
    """Returns what the outbox does not hold yet, in the order of the key. What it holds as
    withdrawn and is wanted after all (a mark taken back) is among them, with its row's key."""
    if not wanted:
        return []
    existing = Reminder.objects.filter(
        recipient__in={key[0] for key in wanted},
        due_on__in={key[3] for key in wanted},
        tier__in={key[4] for key in wanted},
        ordinal__in={key[5] for key in wanted},
    )
    rows = existing.order_by().values_list(*KEY_FIELDS, "state", "pk")
    held = {row[:-2]: row[-2:] for row in rows}
    withdrawn = {
        key: pk
        for key, (state, pk) in held.items()
        if state == ReminderState.WITHDRAWN and key in wanted
    }
    again = _select_never_told(withdrawn)
    moment = clock.now()
    missing = []
    for key in sorted((wanted.keys() - held.keys()) | again):
        reminder = _reminder(wanted[key], moment)
        reminder.pk = withdrawn.get(key)
        missing.append(reminder)
    return missing


def _select_never_told(withdrawn: Collection[Key]) -> set[Key]:
    """Returns those withdrawn reminders that may be planned again: their recipient has not had a
    graver tier of the same deadline meanwhile."""
    if not withdrawn:
        return set()
    others = Reminder.objects.filter(
        recipient__in={key[0] for key in withdrawn}, due_on__in={key[3] for key in withdrawn}
    ).exclude(state=ReminderState.WITHDRAWN)
    gravest_told: dict[tuple, tuple[int, int]] = {}
    for *whose, tier, ordinal in others.order_by().values_list(*KEY_FIELDS):
        known = gravest_told.get(tuple(whose), (-1, 0))
        gravest_told[tuple(whose)] = max(known, gravity(tier, ordinal))
    return {
        key for key in withdrawn if gravest_told.get(key[:4], (-1, 0)) < gravity(key[4], key[5])
    }


@lru_cache(maxsize=10_000)
def _warn_nobody(day: dt.date, title: str, department: str) -> None:
    """Says it once a day, not once a minute."""
    logger.warning(
        "%s: “%s”无人可提醒: %s没有在任的责任人、填报员, 也没有单位邮箱, 市里也没有督查员。",
        day,
        title,
        department,
    )
