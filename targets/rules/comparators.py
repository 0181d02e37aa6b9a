"""How the report words what is to be reached: each comparator, of value and actual (domain §4)."""

from dataclasses import dataclass
from decimal import Decimal

from targets.choices import Comparator, Measure

DONE = Decimal(1)  # what is reported of a promise without a figure: 1 done, 0 not yet
RATES = frozenset({Measure.GROWTH, Measure.SHARE})


@dataclass(frozen=True)
class Tolerances:
    """What 左右 and 同步 allow where a target says nothing: points of a rate, % of an amount."""

    points: Decimal = Decimal("0.5")
    percent: Decimal = Decimal(2)


def tolerance_of(
    *, measure: str, value: Decimal, own: Decimal | None, default: Tolerances
) -> Decimal:
    """Returns how far below the value is still reached, in the value's own unit."""
    if own is not None:
        return own
    if measure in RATES:
        return default.points
    return abs(value) * default.percent / 100


def at_least(actual: Decimal, value: Decimal) -> bool:
    """以上: 300 of 300 is enough."""
    return actual >= value


def above(actual: Decimal, value: Decimal) -> bool:
    """突破: exactly 1200 does not break through 1200."""
    return actual > value


def reach(actual: Decimal, value: Decimal) -> bool:
    """达到, and a bare figure: more is reached too."""
    return actual >= value


def about(actual: Decimal, value: Decimal, tolerance: Decimal) -> bool:
    """左右: reached from the tolerance below the value upwards; more is no fault."""
    return actual >= value - tolerance


def at_most(actual: Decimal, value: Decimal) -> bool:
    """以下, 压减到."""
    return actual <= value


def done(actual: Decimal) -> bool:
    """A promise without a figure: 建成, 通过验收, 扭亏为盈."""
    return actual >= DONE


def keep_at_least(actual: Decimal, value: Decimal) -> bool:
    """保持在…以上."""
    return actual >= value


def exactly_all(actual: Decimal, value: Decimal) -> bool:
    """全部: 6970 of 6971 is not all."""
    return actual >= value


def in_step_with(actual: Decimal, other: Decimal | None, tolerance: Decimal) -> bool | None:
    """与…同步: at most the tolerance below the other; ``None`` while the other has no figure."""
    return None if other is None else actual >= other - tolerance


def is_reached(
    comparator: str,
    actual: Decimal,
    *,
    value: Decimal | None,
    tolerance: Decimal = Decimal(0),
    other: Decimal | None = None,
) -> bool | None:
    """Returns whether the actual is what was promised; ``None`` when that can't be told."""
    if comparator == Comparator.DONE:
        return done(actual)
    if comparator == Comparator.IN_STEP_WITH:
        return in_step_with(actual, other, tolerance)
    if value is None:
        return None
    if comparator == Comparator.ABOUT:
        return about(actual, value, tolerance)
    return _PLAIN[Comparator(comparator)](actual, value)


_PLAIN = {
    Comparator.AT_LEAST: at_least,
    Comparator.ABOVE: above,
    Comparator.REACH: reach,
    Comparator.AT_MOST: at_most,
    Comparator.KEEP_AT_LEAST: keep_at_least,
    Comparator.EXACTLY_ALL: exactly_all,
}
