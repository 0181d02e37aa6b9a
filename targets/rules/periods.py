"""The periods that figures are given for, and the day by which each is due."""

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache

from targets.choices import Frequency
from targets.rules.goal import Goal, PublicationCalendar

_MONTHS = {
    Frequency.MONTH: tuple(range(1, 13)),
    Frequency.QUARTER: (3, 6, 9, 12),
    Frequency.YEAR: (12,),
}


@dataclass(frozen=True)
class Period:
    """A month, a quarter or a year, by its last day, and the last day to give its figure."""

    label: str
    end: dt.date
    due: dt.date


@lru_cache(maxsize=1024)
def month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, monthrange(year, month)[1])


@lru_cache(maxsize=1024)
def bounds(period: str) -> tuple[dt.date, dt.date]:
    """Returns the first and the last day of ``2025-03`` or ``2025-Q1``."""
    year, rest = int(period[:4]), period[5:]
    if rest.startswith("Q"):
        last = int(rest[1]) * 3
        return dt.date(year, last - 2, 1), month_end(year, last)
    return dt.date(year, int(rest), 1), month_end(year, int(rest))


def has_begun(period: str, *, on: dt.date) -> bool:
    """Returns whether there can be a figure of the period yet."""
    return bounds(period)[0] <= on


def periods_of(goal: Goal) -> tuple[Period, ...]:
    """Returns the periods up to the first that covers the goal's own due day, in order.

    January has no figure of its own where statistics give January and February as one.
    """
    return _periods(goal.calendar, goal.year, goal.due_on)


@lru_cache(maxsize=1024)
def _periods(calendar: PublicationCalendar, year: int, due_on: dt.date) -> tuple[Period, ...]:
    found = []
    for month in _MONTHS[Frequency(calendar.frequency)]:
        if month == 1 and calendar.jan_feb_combined:
            continue
        found.append(_period(calendar, year, month))
        if found[-1].end >= due_on:
            break
    return tuple(found)


def final_period(goal: Goal) -> Period:
    """Returns the period whose figure says whether the promise was kept."""
    return periods_of(goal)[-1]


def find_last_due(goal: Goal, *, on: dt.date) -> Period | None:
    """Returns the newest period whose figure should be there: its due day is over."""
    return next((period for period in reversed(periods_of(goal)) if period.due < on), None)


def find_next_due(goal: Goal, *, on: dt.date) -> Period | None:
    """Returns the first period whose figure is not yet late on the day."""
    return next((period for period in periods_of(goal) if period.due >= on), None)


def _period(calendar: PublicationCalendar, year: int, month: int) -> Period:
    end = month_end(year, month)
    days = calendar.after_days
    if month == 12 and calendar.year_after_days is not None:
        days = calendar.year_after_days
    label = f"{year}-{month:02d}"
    if calendar.frequency == Frequency.QUARTER:
        label = f"{year}-Q{month // 3}"
    elif calendar.frequency == Frequency.YEAR:
        label = f"{year}"
    return Period(label, end, end + dt.timedelta(days=days))
