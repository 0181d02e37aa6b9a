"""What adds up in the course of a year: amounts by day become figures by period."""

import datetime as dt
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from targets.rules.figures import Figure
from targets.rules.periods import month_end

STEP = Decimal("0.0001")  # as fine as figures are kept
PER_CENT = Decimal(100)
WAN_IN = {"亿元": Decimal(10000), "万元": Decimal(1)}  # money is kept in 万元


@dataclass(frozen=True)
class Amount:
    """Something that counts from a day of the year on; negative where it counts no longer."""

    day: dt.date
    value: Decimal


def ends_of(year: int, *, on: dt.date) -> list[dt.date]:
    """Returns the month ends of the year up to the day, and the day itself while the year runs."""
    ends = [month_end(year, month) for month in range(1, 13)]
    found = [end for end in ends if end <= on]
    return [*found, on] if on.year == year and on not in found else found


def running_total(amounts: Iterable[Amount], ends: Sequence[dt.date]) -> list[Figure]:
    """Returns the sum of what counts by each end."""
    waiting = deque(sorted(amounts, key=lambda amount: amount.day))
    total, found = Decimal(0), []
    for end in sorted(ends):
        while waiting and waiting[0].day <= end:
            total += waiting.popleft().value
        found.append(Figure(end, total))
    return found


def newest_total(series: Iterable[Iterable[Figure]], ends: Sequence[dt.date]) -> list[Figure]:
    """Returns by each end the sum of every series' newest figure; a part that has none yet adds
    nothing. Periods for which no part has a new figure are left out."""
    parts = [sorted(figures) for figures in series]
    given = {figure.period_end for figures in parts for figure in figures}
    found = []
    for end in ends:
        if end in given:
            newest = ([f for f in figures if f.period_end <= end][-1:] for figures in parts)
            found.append(Figure(end, sum((f.value for each in newest for f in each), Decimal(0))))
    return found


def growth_on(this: Sequence[Figure], last: Sequence[Figure]) -> list[Figure]:
    """Returns the growth in per cent on the same period of last year, where that is known.

    A month is known when last year has a figure for it that is above nothing.
    """
    before = {figure.period_end.month: figure.value for figure in last}
    found = []
    for figure in this:
        base = before.get(figure.period_end.month)
        if base:
            rate = (figure.value / base - 1) * PER_CENT
            found.append(Figure(figure.period_end, rate.quantize(STEP, ROUND_HALF_UP)))
    return found


def convert_to_unit(value: Decimal, unit: str) -> Decimal:
    """Returns 万元 in the unit of the target."""
    return value / WAN_IN.get(unit, Decimal(1))
