"""The facts that figures are read off: projects' moves, money, lists and reported parts.

One query gives the facts of any number of targets; what they add up to is ``measuring``'s.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from operator import attrgetter
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

from portfolio.core.api.kept_query import KeptQuery
from portfolio.core.history.past import join_whole_tables, read_as_recorded
from projects.choices import Stage
from projects.programmes.models import Programme, ProgrammeEntry
from projects.programmes.querysets import moves_in_programme
from projects.register.models import StageTransition
from projects.register.rules import STAGE_BATCHES
from projects.returns.models import ProgressReturn
from targets.choices import ProjectFigure, Source
from targets.models import Measurement, Target, TargetPart, WorkItem

ARRIVALS = {
    ProjectFigure.STARTED: Stage.CONSTRUCTION,
    ProjectFigure.COMMISSIONED: Stage.COMMISSIONED,
    ProjectFigure.ENROLLED: Stage.ENROLLED,
}
MONEY_FIGURES = frozenset({ProjectFigure.INVESTMENT, ProjectFigure.INVESTMENT_GROWTH})


class TargetFact(NamedTuple):
    """One line of the facts: an amount of a kind, with what targets may be limited to."""

    kind: str
    key: int  # the item's or the part's target; 0 for projects
    part: int
    day: dt.date | None
    period: str
    category: str
    cluster: str
    district: int
    lead: int
    size: int  # how many of the asked thresholds the total investment reaches
    company: str
    amount: Decimal


class TargetFacts:
    """The lines by kind, and by target where they belong to one."""

    def __init__(self, lines: Iterable[TargetFact], thresholds: Sequence[Decimal] = ()) -> None:
        self.thresholds = thresholds
        self.lines: dict[tuple[str, int], list[TargetFact]] = defaultdict(list)
        for line in lines:
            self.lines[line.kind, line.key].append(line)

    def of(self, kind: str, key: int = 0) -> list[TargetFact]:
        return self.lines.get((kind, key), [])

    def has_programme(self, year: int) -> bool:
        return any(line.day and line.day.year == year for line in self.of("programme"))


def read_facts(
    targets: Sequence[Target],
    *,
    on: dt.date,
    known_at: dt.datetime | None,
    by_lead: bool = False,
) -> TargetFacts:
    """Returns what the targets are measured by, up to the day.

    ``by_lead`` tells the projects apart by who leads them; else each line's ``lead`` is 0.
    """
    asked = {target.project_min_investment for target in targets}
    thresholds = sorted(value for value in asked if value is not None)
    if not targets:
        return TargetFacts((), thresholds)
    with read_as_recorded_by(known_at), join_whole_tables():
        key = "facts", on, by_lead, *map(_worded_by, targets)
        lines = KeptQuery(key, lambda: _lines(targets, thresholds, by_lead=by_lead, on=on))
        return TargetFacts((TargetFact(*line) for line in lines.rows()), thresholds)


# All of a target that the question follows from.
_worded_by = attrgetter(
    "pk", "source", "year", "project_figure", "project_min_investment", "project_category",
    "project_cluster", "project_district_id",
)  # fmt: skip


def read_as_recorded_by(moment: dt.datetime | None) -> AbstractContextManager[None]:
    """Lets queries see what had been recorded by that moment, and nothing later."""
    if moment is None:
        return nullcontext()
    return read_as_recorded(moment + dt.timedelta(microseconds=1))


def kind_of(figure: str) -> str:
    return "investment" if figure in MONEY_FIGURES else figure


def _project_columns(
    way: str, thresholds: Sequence[Decimal], targets: Sequence[Target], *, by_lead: bool
) -> dict[str, Any]:
    """Returns what is told of the project to which the way leads from a row: as much as any of
    the targets is limited by, for facts that are told alike become one line."""
    reached = [
        When(**{f"{way}total_investment__gte": value}, then=Value(number))
        for number, value in reversed(list(enumerate(thresholds, 1)))
    ]
    columns: dict[str, Any] = {
        "f_category": _text(F(f"{way}category")),
        "f_cluster": _text(F(f"{way}cluster")),
        "f_district": Coalesce(F(f"{way}district"), 0, output_field=BigIntegerField()),
        "f_lead": F(f"{way}lead_department"),
        "f_size": Case(*reached, default=Value(0), output_field=IntegerField()),
    }
    limits = {
        "f_category": any(target.project_category for target in targets),
        "f_cluster": any(target.project_cluster for target in targets),
        "f_district": any(target.project_district_id for target in targets),
        "f_lead": by_lead,
        "f_size": bool(reached),
    }
    return {name: columns[name] if limits[name] else _NOTHING[name] for name in columns}


_NOTHING: dict[str, Any] = {
    "f_key": Value(0, output_field=BigIntegerField()),
    "f_part": Value(0, output_field=BigIntegerField()),
    "f_day": Value(None, output_field=DateField()),
    "f_period": Value("", output_field=TextField()),
    "f_category": Value("", output_field=TextField()),
    "f_cluster": Value("", output_field=TextField()),
    "f_district": Value(0, output_field=BigIntegerField()),
    "f_lead": Value(0, output_field=BigIntegerField()),
    "f_size": Value(0, output_field=IntegerField()),
    "f_company": Value("", output_field=TextField()),
}
_AMOUNT = DecimalField(max_digits=20, decimal_places=4)
_GROUPED = ("f_day", "f_category", "f_cluster", "f_district", "f_lead", "f_size")


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


def _lines(
    targets: Sequence[Target], thresholds: Sequence[Decimal], *, by_lead: bool, on: dt.date
) -> QuerySet:
    own = _project_columns("project__", thresholds, targets, by_lead=by_lead)
    branches = [*_list_branches(targets, on), *_project_branches(targets, own, on)]
    if not branches:
        return Target.objects.none().values_list("pk")
    return branches[0].union(*branches[1:], all=True) if branches[1:] else branches[0]


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
    targets: Sequence[Target], own: dict[str, Any], on: dt.date
) -> Iterator[QuerySet]:
    asked: dict[str, set[int]] = defaultdict(set)
    for target in targets:
        if target.project_figure and target.source in (Source.FROM_PROJECTS, Source.REPORTED):
            asked[kind_of(target.project_figure)].add(target.year)
            if target.project_figure == ProjectFigure.INVESTMENT_GROWTH:
                asked["investment"].add(target.year - 1)
    if not asked:
        return
    years = set().union(*asked.values())
    first_day = {"f_day": _first_day(F("year"), Value(1))}
    programmes = Programme.objects.filter(year__in=years)
    yield _line("programme", programmes, Value(1), first_day)
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
    batch = next(batch for batch in STAGE_BATCHES if batch.stage == stage)
    moves = StageTransition.objects.between(
        dt.date(min(years), 1, 1), min(on, dt.date(max(years), 12, 31))
    )
    moves = moves_in_programme(moves).arrivals(batch)
    columns = {**own, "f_day": _month_of("effective_on")}
    if figure == ProjectFigure.ENROLLED:
        columns["f_company"] = F("company")
        return _line(figure, moves.with_company(), Count("pk"), columns, (*_GROUPED, "f_company"))
    return _line(figure, moves, Count("pk"), columns, _GROUPED)


def arrivals_of(target: Target, *, on: dt.date) -> QuerySet[StageTransition]:
    """Returns the moves that a target's count of arrivals rests on."""
    batch = next(
        b for b in STAGE_BATCHES if b.stage == ARRIVALS[ProjectFigure(target.project_figure)]
    )
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
    return moves_in_programme(moves).arrivals(batch).filter(**asked)


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
