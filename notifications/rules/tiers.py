"""Says which reminder is due when (domain §5): 提醒 before the day and on it.

Tiers are data: a new one is a line in ``SCHEDULES``. Each of them falls, for a given due day, on
exactly one working day: its own, or the working day before it when that is a day off.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

IsWorkingDay = Callable[[dt.date], bool]

ANY = "*"
ONE_DAY = dt.timedelta(days=1)
LONGEST_BREAK = 366


@dataclass(frozen=True, slots=True)
class Tier:
    """One reminder: how grave it is, and how many days before the due day it is sent."""

    name: str
    days_before: int

    @property
    def ordinal(self) -> int:
        """Returns the number that keeps it apart from the others of its name."""
        return self.days_before

    def nominal_day(self, due_on: dt.date) -> dt.date:
        return due_on - self.days_before * ONE_DAY


# From the mildest to the gravest.
GRAVITY = ("remind",)

REMIND = tuple(Tier("remind", days) for days in (30, 15, 7, 1, 0))

# (kind, commitment) → tiers; what is not told apart is looked up under ANY.
SCHEDULES: dict[tuple[str, str], tuple[Tier, ...]] = {(ANY, ANY): REMIND}


def schedule_of(kind: str, commitment: str) -> tuple[Tier, ...]:
    """Returns the tiers of a deadline, by its kind and how firmly it was promised."""
    for key in ((kind, commitment), (kind, ANY), (ANY, commitment)):
        if key in SCHEDULES:
            return SCHEDULES[key]
    return SCHEDULES[ANY, ANY]


def gravity(tier: Tier) -> tuple[int, int]:
    """Returns what sorts tiers from the mildest to the gravest; nearer is graver."""
    return GRAVITY.index(tier.name), -tier.days_before


def gravest(tiers: list[Tier]) -> Tier | None:
    """Returns the one that is sent, of tiers that fall on one day; None if there are none."""
    return max(tiers, key=gravity, default=None)


def falls_on(tier: Tier, due_on: dt.date, is_working_day: IsWorkingDay) -> dt.date:
    """Returns the day on which the tier is sent: never a day off, never after its own day."""
    return _working_day_at_or_before(tier.nominal_day(due_on), is_working_day)


def tiers_falling_on(
    day: dt.date,
    due_on: dt.date,
    is_working_day: IsWorkingDay,
    schedule: tuple[Tier, ...] = REMIND,
) -> list[Tier]:
    """Returns the tiers of a deadline that are sent on ``day``; none on a day off."""
    return [tier for tier in schedule if falls_on(tier, due_on, is_working_day) == day]


def due_window(day: dt.date, is_working_day: IsWorkingDay) -> tuple[dt.date, dt.date] | None:
    """Returns the first and the last due day that can have a tier on ``day``; None on a day off.

    A tier moves back over days off, so those after ``day`` up to the next working day count too.
    """
    if not is_working_day(day):
        return None
    last = day
    for following in _days(day, ONE_DAY):
        if is_working_day(following):
            break
        last = following
    days_before = [tier.days_before for tiers in SCHEDULES.values() for tier in tiers]
    return day + min(days_before) * ONE_DAY, last + max(days_before) * ONE_DAY


def _working_day_at_or_before(day: dt.date, is_working_day: IsWorkingDay) -> dt.date:
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
