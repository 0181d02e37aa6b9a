"""What the system reads by itself: figures off the projects, the lists, the breakdown (domain §4).

Figures are computed when asked for and never stored, so nothing can be stale. One query gives the
facts of any number of targets; what they add up to is told by ``rules/measured.py``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, TruncMonth

from portfolio.api.as_of import joining_whole_tables, reading_as_known
from projects.choices import Stage
from projects.models import Programme, ProgrammeEntry, ProgressReturn, StageTransition
from projects.rules.stages import BATCHES
from targets.choices import Measure, ProjectFigure, Source
from targets.models import Measurement, Target, TargetPart, WorkItem
from targets.rules.figures import Figure
from targets.rules.measured import (
    Amount,
    ends_of,
    growth_on,
    in_unit,
    newest_total,
    running_total,
)
from targets.rules.periods import bounds, month_end

ARRIVALS = {
    ProjectFigure.STARTED: Stage.CONSTRUCTION,
    ProjectFigure.COMMISSIONED: Stage.COMMISSIONED,
    ProjectFigure.ENROLLED: Stage.ENROLLED,
}
MONEY_FIGURES = frozenset({ProjectFigure.INVESTMENT, ProjectFigure.INVESTMENT_GROWTH})
# Rates of parts don't add up to the rate of the whole.
ADDS_UP = frozenset({Measure.CUMULATIVE, Measure.LEVEL})


class Fact(NamedTuple):
    """One line of the facts: an amount of a kind, with what targets may be limited to."""

    kind: str
    key: int  # the item's or the part's target; 0 for projects
    part: int
    day: dt.date | None
    period: str
    category: str
    cluster: str
    district: int
    size: int  # how many of the asked thresholds the total investment reaches
    company: str
    amount: Decimal


@dataclass(frozen=True)
class Measured:
    """What was read: figures by target, and of lists what each comes to, 0 where there is none."""

    figures: dict[int, list[Figure]]
    listed: dict[int, Decimal]


def measured(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None = None
) -> Measured:
    """Returns what ``figures`` does, and with the same query how long the lists are."""
    read = [target for target in targets if target.source != Source.REPORTED]
    facts, thresholds = _facts(read, on=on, known_at=known_at)
    return Measured(
        {target.pk: _figures_of(target, facts, thresholds, on) for target in read},
        {
            target.pk: sum((line.amount for line in facts.of("item", target.pk)), Decimal(0))
            for target in read
            if target.source == Source.FROM_ITEMS
        },
    )


def figures(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None = None
) -> dict[int, list[Figure]]:
    """Returns target id → the figures of its year up to the day, by month ends and the day itself.

    ``known_at``: by what had been recorded by that moment, and nothing that came later. A target
    that its department reports has no such figures, and one of which there are no facts yet none.
    """
    return measured(targets, on=on, known_at=known_at).figures


def own_counts(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None = None
) -> dict[int, list[Figure]]:
    """Returns the same of reported targets beside which the projects' own count stands."""
    beside = [t for t in targets if t.source == Source.REPORTED and t.project_figure]
    facts, thresholds = _facts(beside, on=on, known_at=known_at)
    return {target.pk: _figures_of(target, facts, thresholds, on) for target in beside}


def _facts(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None
) -> tuple["_Facts", list[Decimal]]:
    thresholds = _thresholds(targets)
    if not targets:
        return _Facts(()), thresholds
    with _as_known(known_at), joining_whole_tables():
        return _Facts(_lines(targets, thresholds, on=on)), thresholds


def _as_known(moment: dt.datetime | None) -> AbstractContextManager[None]:
    if moment is None:
        return nullcontext()
    return reading_as_known(moment + dt.timedelta(microseconds=1))


def _thresholds(targets: Iterable[Target]) -> list[Decimal]:
    asked = {target.project_min_investment for target in targets}
    return sorted(value for value in asked if value is not None)


# From facts to figures


class _Facts:
    """The lines by kind, and by target where they belong to one."""

    def __init__(self, lines: Iterable[Fact]) -> None:
        self.lines: dict[tuple[str, int], list[Fact]] = defaultdict(list)
        for line in lines:
            self.lines[line.kind, line.key].append(line)

    def of(self, kind: str, key: int = 0) -> list[Fact]:
        return self.lines.get((kind, key), [])

    def has_programme(self, year: int) -> bool:
        return any(line.day and line.day.year == year for line in self.of("programme"))


def _figures_of(
    target: Target, facts: _Facts, thresholds: list[Decimal], on: dt.date
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
    lines = list(_limited(target, facts.of(_kind(target.project_figure)), thresholds))
    if target.project_figure in MONEY_FIGURES:
        return _of_money(target, lines, on)
    return running_total(_counted(target, lines), ends)


def _kind(figure: str) -> str:
    return "investment" if figure in MONEY_FIGURES else figure


def _limited(target: Target, lines: Iterable[Fact], thresholds: list[Decimal]) -> Iterator[Fact]:
    """Yields the lines that the target is about."""
    least = target.project_min_investment
    size = 0 if least is None else thresholds.index(least) + 1
    for line in lines:
        if (
            (not target.project_category or line.category == target.project_category)
            and (not target.project_cluster or line.cluster == target.project_cluster)
            and (not target.project_district_id or line.district == target.project_district_id)
            and line.size >= size
        ):
            yield line


def _amounts(lines: Iterable[Fact], year: int) -> list[Amount]:
    return [Amount(x.day, x.amount) for x in lines if x.day is not None and x.day.year == year]


def _counted(target: Target, lines: list[Fact]) -> list[Amount]:
    if target.project_figure != ProjectFigure.ENROLLED:
        return _amounts(lines, target.year)
    first: dict[str, dt.date] = {}  # a company counts once, from its first project on
    for line in lines:
        if line.day is not None and line.day.year == target.year:
            first[line.company] = min(line.day, first.get(line.company, line.day))
    return [Amount(day, Decimal(1)) for day in first.values()]


def _of_items(lines: list[Fact], ends: list[dt.date]) -> list[Figure]:
    """No list yet is no figure; a list of which nothing is done is nothing."""
    done = [Amount(line.day, line.amount) for line in lines if line.day is not None]
    return running_total(done, ends) if lines else []


def _of_parts(target: Target, lines: list[Fact], ends: list[dt.date]) -> list[Figure]:
    if target.measure not in ADDS_UP:
        return []
    parts: dict[int, list[Figure]] = defaultdict(list)
    for line in lines:
        start, end = bounds(line.period)
        if end.year == target.year and start <= ends[-1]:
            # A period that is not over yet stands for the day asked for.
            parts[line.part].append(Figure(min(end, ends[-1]), line.amount))
    return newest_total(parts.values(), ends)


def _of_money(target: Target, lines: list[Fact], on: dt.date) -> list[Figure]:
    """Money is known by whole months, up to the newest of which a return was accepted."""
    this = _by_month(lines, target.year, on)
    if target.project_figure == ProjectFigure.INVESTMENT:
        return [Figure(f.period_end, in_unit(f.value, target.unit)) for f in this]
    months, before = _months(lines, target.year), _months(lines, target.year - 1)
    known = list(takewhile(lambda month: month in before, sorted(months)))
    last = _by_month(lines, target.year - 1, dt.date(target.year - 1, 12, 31))
    return growth_on([f for f in this if known and f.period_end.month <= known[-1]], last)


def _months(lines: Iterable[Fact], year: int) -> set[int]:
    return {line.day.month for line in lines if line.day and line.day.year == year}


def _by_month(lines: list[Fact], year: int, on: dt.date) -> list[Figure]:
    newest = max(_months(lines, year), default=0)
    ends = [end for month in range(1, newest + 1) if (end := month_end(year, month)) <= on]
    return running_total(_amounts(lines, year), ends)


# The facts, in one query


@dataclass(frozen=True)
class _Path:
    """How a model's rows come to the project that they speak of."""

    prefix: str

    def columns(self, thresholds: list[Decimal]) -> dict[str, Any]:
        invested = f"{self.prefix}total_investment__gte"
        reached = [
            When(**{invested: value}, then=Value(number))
            for number, value in reversed(list(enumerate(thresholds, 1)))
        ]
        return {
            "f_category": _text(F(f"{self.prefix}category")),
            "f_cluster": _text(F(f"{self.prefix}cluster")),
            "f_district": Coalesce(F(f"{self.prefix}district"), 0, output_field=BigIntegerField()),
            "f_size": Case(*reached, default=Value(0), output_field=IntegerField()),
        }


_NOTHING: dict[str, Any] = {
    "f_key": Value(0, output_field=BigIntegerField()),
    "f_part": Value(0, output_field=BigIntegerField()),
    "f_day": Value(None, output_field=DateField()),
    "f_period": Value("", output_field=TextField()),
    "f_category": Value("", output_field=TextField()),
    "f_cluster": Value("", output_field=TextField()),
    "f_district": Value(0, output_field=BigIntegerField()),
    "f_size": Value(0, output_field=IntegerField()),
    "f_company": Value("", output_field=TextField()),
}
_AMOUNT = DecimalField(max_digits=20, decimal_places=4)
_GROUPED = ("f_day", "f_category", "f_cluster", "f_district", "f_size")


def _month_of(field: str) -> Cast:
    """The first day of the date's month."""
    return Cast(TruncMonth(field), DateField())


def _text(expression: Any) -> Cast:
    return Cast(expression, TextField())


def _line(
    kind: str, rows: QuerySet, amount: Any, columns: dict[str, Any], grouped: Sequence[str] = ()
) -> QuerySet:
    """Returns the rows in the columns that all kinds of facts share; ``grouped``: summed by."""
    given = {name: expression for name, expression in columns.items() if name not in grouped}
    if grouped:
        rows = rows.annotate(**{name: columns[name] for name in grouped}).values(*grouped)
    rows = rows.order_by().annotate(
        f_kind=Value(kind, output_field=TextField()),
        **{name: value for name, value in (_NOTHING | given).items() if name not in grouped},
        f_amount=Cast(amount, _AMOUNT),
    )
    return rows.values_list("f_kind", *_NOTHING, "f_amount")


def _lines(targets: Sequence[Target], thresholds: list[Decimal], *, on: dt.date) -> list[Fact]:
    branches = [*_list_branches(targets, on), *_project_branches(targets, thresholds, on)]
    if not branches:
        return []
    together = branches[0].union(*branches[1:], all=True) if branches[1:] else branches[0]
    return [Fact(*values) for values in together]


def _list_branches(targets: Sequence[Target], on: dt.date) -> Iterator[QuerySet]:
    listed = [t.pk for t in targets if t.source == Source.FROM_ITEMS]
    if listed:
        # Done later than the day is not done yet, but says that there is a list.
        day = Case(When(done_on__lte=on, then=_month_of("done_on")), output_field=DateField())
        columns = {"f_key": F("target"), "f_day": day}
        yield _line(
            "item", WorkItem.objects.filter(target__in=listed), Sum("quantity"), columns,
            ("f_key", "f_day"),
        )  # fmt: skip
    broken_down = [t.pk for t in targets if t.source == Source.FROM_PARTS]
    if broken_down:
        columns = {"f_key": F("target"), "f_part": F("part"), "f_period": _text(F("period"))}
        yield _line("part", newest_of_parts(broken_down), F("value"), columns)


def newest_of_parts(targets: Iterable[int]) -> QuerySet[Measurement]:
    """Returns of each part that is broken down no further, and each period, what counts."""
    newer = Measurement.objects.filter(
        Q(recorded_at__gt=OuterRef("recorded_at"))
        | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk")),
        part=OuterRef("part"),
        period=OuterRef("period"),
    )
    children = TargetPart.objects.filter(parent=OuterRef("part"))
    rows = Measurement.objects.filter(target__in=targets, part__isnull=False)
    return rows.filter(~Exists(newer), ~Exists(children))


def _project_branches(
    targets: Sequence[Target], thresholds: list[Decimal], on: dt.date
) -> Iterator[QuerySet]:
    asked: dict[str, set[int]] = defaultdict(set)
    for target in targets:
        if target.project_figure and target.source in (Source.FROM_PROJECTS, Source.REPORTED):
            asked[_kind(target.project_figure)].add(target.year)
            if target.project_figure == ProjectFigure.INVESTMENT_GROWTH:
                asked["investment"].add(target.year - 1)
    if not asked:
        return
    years = set().union(*asked.values())
    first_day = {"f_day": _first_day(F("year"), Value(1))}
    programmes = Programme.objects.filter(year__in=years)
    yield _line("programme", programmes, Value(1), first_day)
    own = _Path("project__").columns(thresholds)
    for figure, stage in ARRIVALS.items():
        if asked[figure]:
            yield _arrivals(figure, stage, asked[figure], own, on)
    if asked["investment"]:
        yield _investment(asked["investment"], own, on)
    if asked[ProjectFigure.PROGRAMME_COUNT]:
        yield from _entries(asked[ProjectFigure.PROGRAMME_COUNT], own, on)


def _first_day(year: Any, month: Any) -> Func:
    return Func(
        Cast(year, IntegerField()),
        Cast(month, IntegerField()),
        Value(1),
        function="make_date",
        output_field=DateField(),
    )


def _arrivals(
    figure: str, stage: Stage, years: set[int], own: dict[str, Any], on: dt.date
) -> QuerySet:
    batch = next(batch for batch in BATCHES if batch.stage == stage)
    moves = StageTransition.objects.between(
        dt.date(min(years), 1, 1), min(on, dt.date(max(years), 12, 31))
    )
    moves = moves.of_own_years_programme().arrivals(batch)
    columns = {**own, "f_day": _month_of("effective_on")}
    if figure == ProjectFigure.ENROLLED:
        columns["f_company"] = F("company")
        return _line(figure, moves.with_company(), Count("pk"), columns, (*_GROUPED, "f_company"))
    return _line(figure, moves, Count("pk"), columns, _GROUPED)


def arrivals_of(target: Target, *, on: dt.date) -> QuerySet[StageTransition]:
    """Returns the moves that a target's count of arrivals rests on."""
    batch = next(b for b in BATCHES if b.stage == ARRIVALS[ProjectFigure(target.project_figure)])
    moves = StageTransition.objects.between(
        dt.date(target.year, 1, 1), min(on, dt.date(target.year, 12, 31))
    )
    limits = {
        "project__category": target.project_category or None,
        "project__cluster": target.project_cluster or None,
        "project__district": target.project_district_id,
        "project__total_investment__gte": target.project_min_investment,
    }
    asked = {name: value for name, value in limits.items() if value is not None}
    return moves.of_own_years_programme().arrivals(batch).filter(**asked)


def _investment(years: set[int], own: dict[str, Any], on: dt.date) -> QuerySet:
    """Money of accepted returns, of projects that stood in that year's programme in the month."""
    whole = on + dt.timedelta(days=1)  # a month is over when the next day is a first
    last = whole - dt.timedelta(days=whole.day)
    month = _first_day(F("period__year"), F("period__month"))
    entries = ProgrammeEntry.objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gt=OuterRef("f_month")),
        project=OuterRef("project"),
        programme__year=OuterRef("period__year"),
    )
    returns = (
        ProgressReturn.objects.counted()
        .to_month(last.year, last.month)
        .annotate(f_month=month)
        .filter(Exists(entries), period__year__in=years)
    )
    money = Sum(Coalesce("investment_reported", Value(Decimal(0)), output_field=_AMOUNT))
    return _line("investment", returns, money, {**own, "f_day": month}, _GROUPED)


def _entries(years: set[int], own: dict[str, Any], on: dt.date) -> Iterator[QuerySet]:
    """Who stands in the programme from the year's beginning or from joining, until leaving."""
    kind = ProjectFigure.PROGRAMME_COUNT
    entries = ProgrammeEntry.objects.filter(programme__year__in=years)
    first = _first_day(F("programme__year"), Value(1))
    joined = Coalesce(_month_of("joined_on"), first)
    came = entries.filter(Q(joined_on__isnull=True) | Q(joined_on__lte=on))
    yield _line(kind, came, Count("pk"), {**own, "f_day": joined}, _GROUPED)
    left = _month_of("left_on")
    gone = came.filter(left_on__lte=on)
    yield _line(kind, gone, -Count("pk"), {**own, "f_day": left}, _GROUPED)
