"""Says on which days a subscribed report is due.

A rhythm names days of the calendar: the Monday of each week, the 5th of each month, its 5th
working day, the 10th of each quarter. What falls on a day off is due on the next working day; two
days that move to the same working day are due there once.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

WEEKLY, MONTHLY, WORKING_DAY, QUARTERLY = "weekly", "monthly", "working_day", "quarterly"
# The numbers that each rhythm takes: Monday to Sunday, days of a month, its working days.
NUMBERS: Final = {
    WEEKLY: range(1, 8),
    MONTHLY: range(1, 32),
    WORKING_DAY: range(1, 24),
    QUARTERLY: range(1, 32),
}
FIRST_MONTHS = (1, 4, 7, 10)
ONE_DAY = dt.timedelta(days=1)
# A quarter and the longest holidays: every rhythm has a due day within.
LONGEST_WAIT = 140

IsWorkingDay = Callable[[dt.date], bool]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often: ``number`` is the weekday (1 is Monday), the day of the month or of the first
    month of the quarter, or which working day of the month. A shorter month has it on its last
    day, or working day."""

    kind: str
    number: int

    def names(self, day: dt.date, works: IsWorkingDay) -> bool:
        """Returns whether the rhythm names the day, worked or not."""
        if self.kind == WEEKLY:
            return day.isoweekday() == self.number
        if self.kind == WORKING_DAY:
            return self._is_nth_working_day(day, works)
        if self.kind == QUARTERLY and day.month not in FIRST_MONTHS:
            return False
        return day.day == min(self.number, _last_of_month(day))

    def _is_nth_working_day(self, day: dt.date, works: IsWorkingDay) -> bool:
        if not works(day):
            return False
        worked = sum(works(day.replace(day=number)) for number in range(1, day.day + 1))
        later = (day.replace(day=n) for n in range(day.day + 1, _last_of_month(day) + 1))
        return worked == self.number or (worked < self.number and not any(map(works, later)))


def named_day(rhythm: Rhythm, day: dt.date, works: IsWorkingDay) -> dt.date | None:
    """Returns the day for which the report is due on ``day``: that day itself, or the last that
    the rhythm names of the days off right before it; ``None`` if it is not due."""
    if not works(day):
        return None
    while not rhythm.names(day, works):
        day -= ONE_DAY
        if works(day):
            return None
    return day


def is_due(rhythm: Rhythm, day: dt.date, works: IsWorkingDay) -> bool:
    """Returns whether the report is due on the day: a working day that the rhythm names, or the
    first one after days off that it names."""
    return named_day(rhythm, day, works) is not None


def due_days(rhythm: Rhythm, first: dt.date, works: IsWorkingDay) -> Iterator[dt.date]:
    """Yields the days from ``first`` on on which the report is due; ends where there is none
    within the longest wait."""
    waited = 0
    while waited < LONGEST_WAIT:
        waited += 1
        if is_due(rhythm, first, works):
            yield first
            waited = 0
        first += ONE_DAY


def last_due_day(
    rhythm: Rhythm, last: dt.date, works: IsWorkingDay, *, within: int
) -> dt.date | None:
    """Returns the newest day on which the report was due among the ``within`` days that end with
    ``last``, or None."""
    days = (last - number * ONE_DAY for number in range(within))
    return next((day for day in days if is_due(rhythm, day, works)), None)


def _last_of_month(day: dt.date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
