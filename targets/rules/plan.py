"""Plan to date 序时进度: what a target should stand at on a day of its year (domain §4)."""

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from targets.choices import Measure
from targets.rules.goal import Goal

STEP = Decimal("0.0001")  # as fine as figures are kept


@dataclass(frozen=True)
class PlanValue:
    """The planned value, and whether only the straight line of a target without a path says so."""

    value: Decimal
    fallback: bool


def plan_to_date(goal: Goal, on: dt.date, *, other: Decimal | None = None) -> PlanValue | None:
    """Returns the plan at the end of the day; ``None`` where there is nothing to measure by.

    ``other`` is the figure of the target that this one keeps step with.
    """
    value = goal.value if goal.value is not None else other
    if value is None:
        return None
    if goal.path and goal.value is not None:
        return PlanValue(_along(goal, on), fallback=False)
    if goal.measure == Measure.GROWTH or goal.held:
        return PlanValue(value, fallback=False)  # the rate itself, at every period
    if goal.start is None:  # no line leads there: the value itself is all that is known
        return PlanValue(value, fallback=True)
    whole = months_passed(goal.year, goal.last_day)
    share = min(Decimal(1), months_passed(goal.year, on) / whole) if whole else Decimal(1)
    return PlanValue(round_value(goal.start + (value - goal.start) * share), fallback=True)


def months_passed(year: int, on: dt.date) -> Decimal:
    """Returns how many months of the year are over at the end of the day, 0 to 12."""
    if on.year != year:
        return Decimal(0) if on.year < year else Decimal(12)
    days = calendar.monthrange(on.year, on.month)[1]
    return on.month - 1 + Decimal(on.day) / days


def _along(goal: Goal, on: dt.date) -> Decimal:
    """Returns the path's value: straight from point to point, and the promise when it is due."""
    assert goal.value is not None
    due = months_passed(goal.year, goal.last_day)
    if not due:
        return goal.value
    start = goal.start if goal.start is not None else min(goal.path)[1]
    points = [(Decimal(0), start)]
    points += [(Decimal(month), value) for month, value in sorted(goal.path) if month < due]
    points.append((due, goal.value))
    passed = min(months_passed(goal.year, on), due)
    for (left, low), (right, high) in pairwise(points):
        if passed <= right:
            return round_value(low + (high - low) * (passed - left) / (right - left))
    return goal.value


def round_value(value: Decimal) -> Decimal:
    return value.quantize(STEP, ROUND_HALF_UP)
