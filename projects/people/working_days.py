"""Says which days are worked in China: weekends, holidays and the make-up days for them.

The days come from the State Council's yearly notices (as `chinesecalendar` knows them); what the
city has entered itself (``overrides``: day → worked or not) goes before. A year that the package
does not know yet is taken as Monday to Friday, and that is logged once.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from functools import cache

import chinese_calendar

logger = logging.getLogger(__name__)

Overrides = Mapping[dt.date, bool]

NO_OVERRIDES: Overrides = {}
ONE_DAY = dt.timedelta(days=1)
SATURDAY = 5
# No holiday is that long: whoever searches further was given overrides that cannot be meant.
LONGEST_SEARCH = 366


def is_working_day(day: dt.date, overrides: Overrides = NO_OVERRIDES) -> bool:
    """Returns whether the city's offices work on this day."""
    entered = overrides.get(day)
    if entered is not None:
        return entered
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        _warn_of_unknown(day.year)
        return day.weekday() < SATURDAY


@cache
def is_year_known(year: int) -> bool:
    """Returns whether the State Council's notice for the year is in the holiday package."""
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def next_working_day(day: dt.date, overrides: Overrides = NO_OVERRIDES) -> dt.date:
    """Returns the first working day after this day (never the day itself)."""
    for _ in range(LONGEST_SEARCH):
        day += ONE_DAY
        if is_working_day(day, overrides):
            return day
    raise ValueError(f"no working day within {LONGEST_SEARCH} days of {day}")


def nth_working_day(year: int, month: int, n: int, overrides: Overrides = NO_OVERRIDES) -> dt.date:
    """Returns the month's n-th working day, counted from 1; ``ValueError`` if it has fewer."""
    if n < 1:
        raise ValueError(f"working days are counted from 1, not {n}")
    day = dt.date(year, month, 1) - ONE_DAY
    for _ in range(n):
        day = next_working_day(day, overrides)
    if (day.year, day.month) != (year, month):
        raise ValueError(f"{year}-{month:02d} has fewer than {n} working days")
    return day


@cache
def _warn_of_unknown(year: int) -> None:
    logger.warning("节假日数据不含 %s 年: 暂按周一至周五为工作日, 请在“工作日调整”中录入。", year)
