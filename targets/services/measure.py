"""Computes the figures that nobody reports: from projects, lists and breakdowns (domain §4).

They are computed on each request and never stored, so they cannot be out of date. ``facts.py``
reads the rows, ``rules/measured.py`` adds them up.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from types import MappingProxyType

from targets.choices import Measure, ProjectFigure, Source
from targets.models import Target
from targets.rules.figures import Figure
from targets.rules.measured import (
    Amount,
    convert_to_unit,
    ends_of,
    growth_on,
    newest_total,
    running_total,
)
from targets.rules.periods import bounds, month_end
from targets.services.facts import MONEY_FIGURES, TargetFact, TargetFacts, kind_of, read_facts

# Rates of parts don't add up to the rate of the whole.
ADDS_UP = frozenset({Measure.CUMULATIVE, Measure.LEVEL})
_ANYBODY: Mapping[int, Collection[int]] = MappingProxyType({})


@dataclass(frozen=True)
class MeasuredFigures:
    """What was read: figures by target, and of lists what each comes to, 0 where there is none."""

    figures: dict[int, list[Figure]]
    listed: dict[int, Decimal]


def measure_targets(
    targets: Sequence[Target],
    *,
    on: dt.date,
    known_at: dt.datetime | None = None,
    led_by: Mapping[int, Collection[int]] = _ANYBODY,
) -> MeasuredFigures:
    """Returns what ``figures`` does, and with the same query how long the lists are."""
    read = [target for target in targets if target.source != Source.REPORTED]
    facts = read_facts(read, on=on, known_at=known_at, by_lead=bool(led_by))
    return MeasuredFigures(
        {t.pk: _figures_of(t, facts, on, leads=led_by.get(t.pk)) for t in read},
        {
            target.pk: sum((line.amount for line in facts.of("item", target.pk)), Decimal(0))
            for target in read
            if target.source == Source.FROM_ITEMS
        },
    )


def read_figures(
    targets: Sequence[Target],
    *,
    on: dt.date,
    known_at: dt.datetime | None = None,
    led_by: Mapping[int, Collection[int]] = _ANYBODY,
) -> dict[int, list[Figure]]:
    """Returns target id → the figures of its year up to the day, by month ends and the day itself.

    ``known_at``: by what had been recorded by that moment, and nothing that came later. A target
    that its department reports has no such figures, and one of which there are no facts yet none.
    ``led_by``: target id → the departments whose projects alone count.
    """
    return measure_targets(targets, on=on, known_at=known_at, led_by=led_by).figures


def read_own_counts(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None = None
) -> dict[int, list[Figure]]:
    """Returns the same of reported targets beside which the projects' own count stands."""
    beside = [t for t in targets if t.source == Source.REPORTED and t.project_figure]
    facts = read_facts(beside, on=on, known_at=known_at)
    return {target.pk: _figures_of(target, facts, on) for target in beside}


# From facts to figures


def _figures_of(
    target: Target, facts: TargetFacts, on: dt.date, *, leads: Collection[int] | None = None
) -> list[Figure]:
    ends = ends_of(target.year, on=on)
    if not ends:
        return []
    if target.source == Source.FROM_ITEMS:
        return _of_items(facts.of("item", target.pk), ends)
    if target.source == Source.FROM_PARTS:
        return _of_parts(target, facts.of("part", target.pk), ends)
    if not target.project_figure or not facts.has_programme(target.year):
        return []
    lines = list(_select_facts(target, facts, leads))
    if target.project_figure in MONEY_FIGURES:
        return _of_money(target, lines, on)
    return running_total(_count_facts(target, lines), ends)


def _select_facts(
    target: Target, facts: TargetFacts, leads: Collection[int] | None
) -> Iterator[TargetFact]:
    """Yields the lines that the target is about, of projects that these departments lead."""
    least = target.project_min_investment
    size = 0 if least is None else facts.thresholds.index(least) + 1
    for line in facts.of(kind_of(target.project_figure)):
        if (
            (not target.project_category or line.category == target.project_category)
            and (not target.project_cluster or line.cluster == target.project_cluster)
            and (not target.project_district_id or line.district == target.project_district_id)
            and (leads is None or line.lead in leads)
            and line.size >= size
        ):
            yield line


def _amounts(lines: Iterable[TargetFact], year: int) -> list[Amount]:
    return [Amount(x.day, x.amount) for x in lines if x.day is not None and x.day.year == year]


def _count_facts(target: Target, lines: list[TargetFact]) -> list[Amount]:
    if target.project_figure != ProjectFigure.ENROLLED:
        return _amounts(lines, target.year)
    first: dict[str, dt.date] = {}  # a company counts once, from its first project on
    for line in lines:
        if line.day is not None and line.day.year == target.year:
            first[line.company] = min(line.day, first.get(line.company, line.day))
    return [Amount(day, Decimal(1)) for day in first.values()]


def _of_items(lines: list[TargetFact], ends: list[dt.date]) -> list[Figure]:
    """No list yet is no figure; a list of which nothing is done is nothing."""
    done = [Amount(line.day, line.amount) for line in lines if line.day is not None]
    return running_total(done, ends) if lines else []


def _of_parts(target: Target, lines: list[TargetFact], ends: list[dt.date]) -> list[Figure]:
    if target.measure not in ADDS_UP:
        return []
    parts: dict[int, list[Figure]] = defaultdict(list)
    for line in lines:
        start, end = bounds(line.period)
        if end.year == target.year and start <= ends[-1]:
            # A period that is not over yet stands for the day asked for.
            parts[line.part].append(Figure(min(end, ends[-1]), line.amount))
    return newest_total(parts.values(), ends)


def _of_money(target: Target, lines: list[TargetFact], on: dt.date) -> list[Figure]:
    """Money is known by whole months, up to the newest of which a return was accepted."""
    this = _by_month(lines, target.year, on)
    if target.project_figure == ProjectFigure.INVESTMENT:
        return [Figure(f.period_end, convert_to_unit(f.value, target.unit)) for f in this]
    months, before = _months(lines, target.year), _months(lines, target.year - 1)
    known = list(takewhile(lambda month: month in before, sorted(months)))
    last = _by_month(lines, target.year - 1, dt.date(target.year - 1, 12, 31))
    return growth_on([f for f in this if known and f.period_end.month <= known[-1]], last)


def _months(lines: Iterable[TargetFact], year: int) -> set[int]:
    return {line.day.month for line in lines if line.day and line.day.year == year}


def _by_month(lines: list[TargetFact], year: int, on: dt.date) -> list[Figure]:
    newest = max(_months(lines, year), default=0)
    ends = [end for month in range(1, newest + 1) if (end := month_end(year, month)) <= on]
    return running_total(_amounts(lines, year), ends)
