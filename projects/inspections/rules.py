"""Results of the quarterly inspection: trimmed means, shares, deductions, ranks (domain §3).

Work report §三（一）季度观摩测评. All figures are decimals. Rounding is half up to two decimals at
three places, so that whoever adds up by hand what is printed comes to what is printed: the mean
of each group of judges, the result on site, the result of the whole.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

CENT = Decimal("0.01")
ZERO = Decimal(0)
HUNDRED = Decimal(100)
# With this many judges in a group the highest and the lowest total are left out.
TRIMMED_FROM = 5


@dataclass(frozen=True)
class GroupTotals:
    """What the judges of one group gave an entry: each judge's weighted total."""

    weight: Decimal
    totals: Sequence[Decimal]


@dataclass(frozen=True)
class Terms:
    """The terms of a round: how judges are averaged, what the site weighs (%), the cap."""

    trimmed: bool = True
    site_share: Decimal = HUNDRED
    deduction_cap: Decimal = Decimal(5)


@dataclass(frozen=True)
class Marks:
    """All that an entry was given."""

    groups: Sequence[GroupTotals]
    data_points: Decimal | None = None
    deductions: Sequence[Decimal] = field(default_factory=tuple)


@dataclass(frozen=True)
class EntryResult:
    """An entry's result; without any judge's total, or without the economy's data where they
    weigh, there is no ``points`` yet."""

    site_points: Decimal | None
    data_points: Decimal | None
    deducted: Decimal
    points: Decimal | None


def half_up(value: Decimal) -> Decimal:
    """Returns the value with two decimals: 88.125 → 88.13."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def judge_total(points: Mapping[K, Decimal], weights: Mapping[K, Decimal]) -> Decimal:
    """Returns a judge's total: points by criterion, weighted; exact, not rounded.

    ``weights`` add up to 100 and name the same criteria.
    """
    return sum((points[each] * weights[each] for each in weights), ZERO) / HUNDRED


def group_mean(totals: Sequence[Decimal], *, trimmed: bool) -> Decimal:
    """Returns the mean of a group's totals, rounded half up.

    ``trimmed``: with five judges or more one highest and one lowest total are left out.
    """
    counted = sorted(totals)
    if trimmed and len(counted) >= TRIMMED_FROM:
        counted = counted[1:-1]
    return mean(counted)


def mean(values: Sequence[Decimal]) -> Decimal:
    """Returns the mean, rounded half up; of nothing there is none (``ValueError``)."""
    if not values:
        raise ValueError("a mean of no values")
    return half_up(sum(values, ZERO) / len(values))


def site_points(groups: Iterable[GroupTotals], *, trimmed: bool) -> Decimal | None:
    """Returns the result on site: the groups' means by their weights, rounded half up.

    A group in which nobody scored the entry (all absent, or all of the entry's own department)
    does not count, and the weights of the others stand for the whole.
    """
    present = [group for group in groups if group.totals]
    weight = sum((group.weight for group in present), ZERO)
    if not weight:
        return None
    weighted = sum(
        (group.weight * group_mean(group.totals, trimmed=trimmed) for group in present), ZERO
    )
    return half_up(weighted / weight)


def cap_deductions(deductions: Iterable[Decimal], *, cap: Decimal) -> Decimal:
    """Returns what is taken off: all deductions together, at most the cap."""
    return min(sum(deductions, ZERO), cap)


def entry_result(marks: Marks, terms: Terms) -> EntryResult:
    """Returns the result of an entry: the site's and the data's shares less the deductions.

    It is never below 0.
    """
    on_site = site_points(marks.groups, trimmed=terms.trimmed)
    taken = cap_deductions(marks.deductions, cap=terms.deduction_cap)
    data_share = HUNDRED - terms.site_share
    points = None
    if on_site is not None and (marks.data_points is not None or not data_share):
        whole = on_site * terms.site_share + (marks.data_points or ZERO) * data_share
        points = half_up(max(whole / HUNDRED - taken, ZERO))
    return EntryResult(on_site, marks.data_points, taken, points)


def ranks(points: Mapping[K, Decimal]) -> dict[K, int]:
    """Returns everyone's rank: the highest is 1, equals share it, the next is skipped (1, 2, 2,
    4)."""
    first: dict[Decimal, int] = {}
    for place, value in enumerate(sorted(points.values(), reverse=True), start=1):
        first.setdefault(value, place)
    return {key: first[value] for key, value in points.items()}


def ranks_within(points: Mapping[K, Decimal], leagues: Mapping[K, str]) -> dict[K, int]:
    """Returns everyone's rank within the own league."""
    found: dict[K, int] = {}
    for league in {leagues[key] for key in points}:
        found |= ranks({key: value for key, value in points.items() if leagues[key] == league})
    return found
