"""Plan to date 序时进度 of a project's year: what should stand at the end of a day (domain §2).

The approved plan by month or quarter says it; between two of its month ends, the days do. Without
one there is only a straight line, and a straight line is false (sites stand still from November
to March), so it lies flat in winter and is marked as a fallback: it never makes a red light.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
FIRST_BUILDING_MONTH = 4  # April; building stops at the end of October
BUILDING_DAYS = 214  # 1 April to 31 October


@dataclass(frozen=True)
class PlanMonth:
    """What the plan says for the end of a month, cumulative within the year; 万元 and per cent."""

    month: int
    investment: Decimal
    progress: Decimal | None = None


@dataclass(frozen=True)
class YearPlan:
    """A version of an entry's plan for a year; ``investment`` is the year's, in 万元."""

    year: int
    investment: Decimal | None = None
    start: dt.date | None = None
    commissioning: dt.date | None = None


@dataclass(frozen=True)
class PlanToDate:
    """What should stand at the end of the day; ``None`` where the plan does not say.

    ``share`` is ``investment`` in per cent of the year's, ``progress`` the physical progress.
    """

    investment: Decimal | None
    progress: Decimal | None
    share: Decimal | None
    fallback: bool


def plan_to_date(points: Sequence[PlanMonth], day: dt.date, plan: YearPlan) -> PlanToDate:
    """Returns what the plan wants at the end of ``day``; never less on a later day.

    ``points`` are cumulative, in any order; the year begins with nothing done, and what a plan
    says last holds to the year's end.
    """
    if not points:
        return _straight_line(day, plan)
    ordered = sorted(points, key=lambda point: point.month)
    investment = _between([(p.month, p.investment) for p in ordered], day, plan.year)
    progress = _between(
        [(p.month, p.progress) for p in ordered if p.progress is not None], day, plan.year
    )
    whole = plan.investment or ordered[-1].investment
    return PlanToDate(
        investment=_rounded(investment),
        progress=_rounded(progress),
        share=_percent(investment, whole),
        fallback=False,
    )


def find_plan_fault(points: Sequence[PlanMonth]) -> tuple[int, str] | None:
    """Returns the first month whose cumulative figure falls below an earlier one, and the
    figure's name (``investment`` or ``progress``); ``None`` for a plan that only rises."""
    money, progress = Decimal(0), Decimal(0)
    for point in sorted(points, key=lambda each: each.month):
        if point.investment < money:
            return point.month, "investment"
        if point.progress is not None and point.progress < progress:
            return point.month, "progress"
        money = point.investment
        progress = progress if point.progress is None else point.progress
    return None


def elapsed_share(first: dt.date, last: dt.date, day: dt.date) -> Decimal:
    """Returns how much of the building days from ``first`` to ``last`` is over, 0 to 1.

    A span that lies in winter altogether has no building days: there each day counts.
    """
    before = first - dt.timedelta(days=1)
    for count in (_building_day, _calendar_day):
        whole = count(last) - count(before)
        if whole > 0:
            done = min(max(count(day) - count(before), 0), whole)
            return Decimal(done) / whole
    return Decimal(1 if day >= last else 0)


def _straight_line(day: dt.date, plan: YearPlan) -> PlanToDate:
    investment = progress = None
    if plan.investment is not None:
        investment = plan.investment * _year_share(day, plan)
    # Without both ends nobody knows how far a site should be.
    if plan.start and plan.commissioning:
        progress = HUNDRED * elapsed_share(plan.start, plan.commissioning, day)
    return PlanToDate(
        investment=_rounded(investment),
        progress=_rounded(progress),
        share=_percent(investment, plan.investment),
        fallback=True,
    )


def _year_share(day: dt.date, plan: YearPlan) -> Decimal:
    """Returns the share of the year's money that is due: from the start to commissioning, as far
    as these lie in the year."""
    first, last = dt.date(plan.year, 1, 1), dt.date(plan.year, 12, 31)
    begins = max(plan.start, first) if plan.start and plan.start <= last else first
    ends = min(plan.commissioning, last) if plan.commissioning else last
    return elapsed_share(begins, ends if ends >= begins else last, day)


def _between(points: list[tuple[int, Decimal]], day: dt.date, year: int) -> Decimal | None:
    """Returns the value on the day between the month ends of the plan, by days."""
    if not points:
        return None
    from_day, from_value = dt.date(year, 1, 1) - dt.timedelta(days=1), Decimal(0)
    if day <= from_day:
        return from_value
    for month, value in points:
        to_day = month_end(year, month)
        if day <= to_day:
            return (
                from_value + (value - from_value) * (day - from_day).days / (to_day - from_day).days
            )
        from_day, from_value = to_day, value
    return from_value


def month_end(year: int, month: int) -> dt.date:
    """Returns the last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _calendar_day(day: dt.date) -> int:
    return day.toordinal()


def _building_day(day: dt.date) -> int:
    """Returns how many building days there were up to the end of the day."""
    in_year = (day - dt.date(day.year, FIRST_BUILDING_MONTH, 1)).days + 1
    return day.year * BUILDING_DAYS + min(max(in_year, 0), BUILDING_DAYS)


def _percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return _rounded(HUNDRED * part / whole) if part is not None and whole else None


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT, ROUND_HALF_UP)
