"""Says which reminder is due when (domain §5): 提醒 before the day and on it, 催办 and 督办 after.

Tiers are data (``ReminderPolicy``); here they are plain values. 提醒 counts calendar days and
moves back to a working day; 催办 and 督办 count working days from the due day on, so that they
never fall on a day off.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

IsWorkingDay = Callable[[dt.date], bool]

ANY = ""
ONE_DAY = dt.timedelta(days=1)
LONGEST_BREAK = 366

# From the mildest to the gravest.
GRAVITY = ("remind", "urge", "supervise")
BEFORE, AFTER, FORECAST = "before", "after", "forecast"


@dataclass(frozen=True, slots=True)
class ScheduleTier:
    """One tier of a schedule: how grave, when, and who is told beside those responsible.

    ``days`` are calendar days before the due day (``before``) or the number of the working day
    after it (``after``), from which it comes again every ``repeat_every`` working days; a
    ``forecast`` tier falls on the first working day on which the forecast is later than the due
    day.
    """

    name: str
    timing: str
    days: int
    repeat_every: int | None = None
    to_heads: bool = False
    to_supervisors: bool = False
    to_sponsor: bool = False


def gravity(name: str, ordinal: int) -> tuple[int, int]:
    """Returns what sorts from the mildest to the gravest: by name, then a 提醒 is the graver the
    nearer the due day, what comes after it the graver the longer it is past."""
    return GRAVITY.index(name), -ordinal if name == GRAVITY[0] else ordinal


@dataclass(frozen=True, slots=True)
class DueTier:
    """A tier on the working day that it falls on. ``ordinal`` keeps it apart from the others of
    its name: days before, number of the working day after, 0 for the forecast."""

    tier: ScheduleTier
    ordinal: int
    on: dt.date

    @property
    def gravity(self) -> tuple[int, int]:
        """Returns what sorts from the mildest to the gravest."""
        return gravity(self.tier.name, self.ordinal)


Schedule = tuple[ScheduleTier, ...]
# (kind, commitment) → tiers; what is not told apart is looked up under ANY.
Schedules = Mapping[tuple[str, str], Schedule]

_REMIND = tuple(ScheduleTier("remind", BEFORE, days) for days in (30, 15, 7, 1, 0))
_TO_CITY = {"to_heads": True, "to_supervisors": True}
PLAIN: Schedule = (
    *_REMIND,
    ScheduleTier("urge", AFTER, 1, to_heads=True),
    ScheduleTier("urge", AFTER, 5, to_heads=True),
    ScheduleTier("supervise", AFTER, 10, repeat_every=5, **_TO_CITY),
)
ENSURED: Schedule = (
    *_REMIND,
    ScheduleTier("urge", FORECAST, 0, to_heads=True),
    ScheduleTier("supervise", AFTER, 1, repeat_every=5, to_sponsor=True, **_TO_CITY),
)
DEFAULT: Schedules = {(ANY, ANY): PLAIN, (ANY, "ensure"): ENSURED}


def find_schedule(schedules: Schedules, kind: str, commitment: str) -> Schedule:
    """Returns the tiers of a deadline, by its kind and how firmly it was promised; the first that
    stands there of (kind, commitment), (kind, any), (any, commitment), (any, any)."""
    for key in ((kind, commitment), (kind, ANY), (ANY, commitment), (ANY, ANY)):
        if key in schedules:
            return schedules[key]
    return ()


def pick_gravest(falling: Iterable[DueTier]) -> DueTier | None:
    """Returns the one that is sent, of tiers that fall together; None if there are none."""
    return max(falling, key=lambda each: each.gravity, default=None)


def find_due_tiers(
    schedule: Schedule,
    due_on: dt.date,
    first: dt.date,
    last: dt.date,
    is_working_day: IsWorkingDay,
) -> list[DueTier]:
    """Returns the dated tiers of a deadline that fall on a day from ``first`` to ``last``.

    Those of the forecast are not among them: they depend on what is expected, not on a date.
    """
    found = []
    for tier in schedule:
        if tier.timing == BEFORE:
            day = working_day_at_or_before(due_on - tier.days * ONE_DAY, is_working_day)
            if first <= day <= last:
                found.append(DueTier(tier, tier.days, day))
    if last > due_on:
        found += _after(schedule, due_on, first, last, is_working_day)
    return sorted(found, key=lambda each: (each.on, each.gravity))


def _after(
    schedule: Schedule,
    due_on: dt.date,
    first: dt.date,
    last: dt.date,
    is_working_day: IsWorkingDay,
) -> Iterator[DueTier]:
    tiers = [tier for tier in schedule if tier.timing == AFTER]
    number = 0
    day = due_on
    while tiers and day < last:
        day += ONE_DAY
        if not is_working_day(day):
            continue
        number += 1
        if day >= first:
            yield from (DueTier(tier, number, day) for tier in tiers if _is_due_on(tier, number))


def _is_due_on(tier: ScheduleTier, number: int) -> bool:
    if number == tier.days or tier.repeat_every is None:
        return number == tier.days
    return number > tier.days and (number - tier.days) % tier.repeat_every == 0


def find_forecast_tiers(
    schedule: Schedule, due_on: dt.date, forecast_on: dt.date | None, day: dt.date
) -> list[DueTier]:
    """Returns the tiers that a forecast past a due day that is still to come brings, on ``day``."""
    if forecast_on is None or forecast_on <= due_on or due_on < day:
        return []
    return [DueTier(tier, tier.days, day) for tier in schedule if tier.timing == FORECAST]


def due_window(
    first: dt.date, last: dt.date, is_working_day: IsWorkingDay, schedules: Schedules
) -> tuple[dt.date, dt.date]:
    """Returns the first and the last due day that can have a tier on a day from ``first`` to
    ``last``: what is overdue however long if any tier comes after the day, and ahead as far as
    the longest notice, plus the days off over which a tier moves back."""
    tiers = [tier for schedule in schedules.values() for tier in schedule]
    ahead = max((tier.days for tier in tiers if tier.timing == BEFORE), default=0)
    horizon = last
    for following in _days(last, ONE_DAY):
        if is_working_day(following):
            break
        horizon = following
    overdue = any(tier.timing == AFTER for tier in tiers)
    return dt.date.min if overdue else first, horizon + ahead * ONE_DAY


def working_day_at_or_before(day: dt.date, is_working_day: IsWorkingDay) -> dt.date:
    """Returns the day itself, or the last working day before it when it is a day off."""
    if is_working_day(day):
        return day
    for earlier in _days(day, -ONE_DAY):
        if is_working_day(earlier):
            return earlier
    raise ValueError(f"no working day within {LONGEST_BREAK} days before {day}")


def _days(day: dt.date, step: dt.timedelta) -> Iterator[dt.date]:
    for _ in range(LONGEST_BREAK):
        day += step
        yield day
