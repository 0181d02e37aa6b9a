"""Where targets stand: read off the facts when asked, for many at once, never stored."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import CharField, DateTimeField, QuerySet, Value
from django.db.models.functions import Cast

from portfolio.core.api.kept_query import KeptQuery
from targets.choices import Comparator, Source, Status
from targets.models import Measurement, Target, TargetPathPoint
from targets.rules.comparators import Tolerances
from targets.rules.figures import Figure
from targets.rules.forecast import forecast_at
from targets.rules.goal import Goal, PublicationCalendar
from targets.rules.periods import Period, bounds, periods_of
from targets.rules.plan import plan_to_date
from targets.rules.status import Bands, Rules, Verdict, judge_target
from targets.services import measure as measuring
from targets.services.facts import read_as_recorded_by

_BEFORE_ALL = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Assessment(Verdict):
    """A target's verdict, and the facts that it was made of."""

    goal: Goal | None = None
    figures: tuple[Figure, ...] = ()
    others: tuple[Figure, ...] | None = None


@dataclass(frozen=True)
class SeriesPoint:
    """A period of the series: plan, actual, status; what is to come has a forecast instead."""

    period: Period
    plan: Decimal | None
    actual: Decimal | None
    status: str | None
    forecast: Decimal | None


def rules_in_force() -> Rules:
    """Returns the rules with the settings' figures."""
    return Rules(
        bands=Bands(
            percent_on_track=settings.TARGET_ON_TRACK_PERCENT,
            percent_at_risk=settings.TARGET_AT_RISK_PERCENT,
            points_on_track=settings.TARGET_ON_TRACK_POINTS,
            points_at_risk=settings.TARGET_AT_RISK_POINTS,
        ),
        tolerances=Tolerances(
            points=settings.TARGET_TOLERANCE_POINTS, percent=settings.TARGET_TOLERANCE_PERCENT
        ),
    )


def targets_assess(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None = None
) -> dict[int, Assessment]:
    """Returns where each target stands on the day, by its id; few queries, however many targets.

    ``known_at`` leaves out what was recorded later. Newest figures count, so a correction does.
    """
    if not targets:
        return {}
    everyone = [*targets, *_read_step_partners(targets)]
    with read_as_recorded_by(known_at):
        recorded = _RecordedFigures(everyone, on=on)
    measured = measuring.measure_targets(everyone, on=on, known_at=known_at)
    goals = {
        each.pk: goal_of(each, recorded.paths[each.pk], listed=measured.listed.get(each.pk))
        for each in everyone
    }
    figures = _figures(everyone, recorded, measured, on=on)
    rules = rules_in_force()
    found = {}
    for target in targets:
        others = figures[target.in_step_with_id] if target.in_step_with_id else None
        goal, own = goals[target.pk], figures[target.pk]
        verdict = judge_target(goal, own, on=on, others=others, rules=rules)
        found[target.pk] = Assessment(
            **vars(verdict),
            goal=goal,
            figures=tuple(own),
            others=None if others is None else tuple(others),
        )
    return found


def build_series(assessment: Assessment, *, on: dt.date) -> list[SeriesPoint]:
    """Returns the year period by period: as it was at each period's end, and as it will go on."""
    goal = assessment.goal
    assert goal is not None
    return [_point(goal, assessment, period, on) for period in periods_of(goal)]


def _point(goal: Goal, assessment: Assessment, period: Period, on: dt.date) -> SeriesPoint:
    figures = [each for each in assessment.figures if each.period_end <= period.end]
    others = assessment.others
    if others is not None:
        others = tuple(each for each in others if each.period_end <= period.end)
    other = next((f.value for f in reversed(others or ()) if f.period_end == period.end), None)
    plan = plan_to_date(goal, period.end, other=other)
    planned = plan.value if plan else None
    if period.end > on:
        return SeriesPoint(
            period, planned, None, None, _forecast_value(goal, assessment, period.end)
        )
    current = bool(figures) and figures[-1].period_end == period.end
    # A figure is judged as on its period's last day; one that is missing, as on the day asked for.
    verdict = judge_target(
        goal,
        figures if current else (),
        on=period.end if current and period.end < goal.last_day else on,
        others=others,
        rules=rules_in_force(),
    )
    actual = figures[-1].value if current else None
    status = verdict.status if current else _status_of_gap(goal, period, on)
    return SeriesPoint(period, planned, actual, status, None)


def _status_of_gap(goal: Goal, period: Period, on: dt.date) -> str:
    if goal.unlisted:
        return Status.NO_DATA
    return Status.AWAITING if on <= period.due else Status.NO_DATA


def _forecast_value(goal: Goal, assessment: Assessment, day: dt.date) -> Decimal | None:
    if assessment.forecast is None or assessment.figure is None:
        return None
    return forecast_at(goal, assessment.figure, assessment.forecast, day)


def _read_step_partners(targets: Sequence[Target]) -> list[Target]:
    here = {target.pk for target in targets}
    missing = {t.in_step_with_id for t in targets if t.in_step_with_id} - here
    return list(Target._base_manager.filter(pk__in=missing)) if missing else []


def goal_of(
    target: Target,
    path: Iterable[tuple[int, Decimal]] = (),
    *,
    listed: Decimal | None = None,
) -> Goal:
    """Returns what the rules need to know of the target.

    ``listed`` is what the list comes to that it is counted off. "All" without a number is all of
    it.
    """
    all_of_it = target.value is None and target.comparator == Comparator.EXACTLY_ALL
    return Goal(
        year=target.year,
        due_on=target.due_on,
        comparator=target.comparator,
        measure=target.measure,
        value=(listed or None) if all_of_it else target.value,
        unit=target.unit,
        tolerance=target.tolerance,
        baseline=target.baseline,
        commitment=target.commitment,
        listed=listed,
        path=tuple(path),
        calendar=PublicationCalendar(
            frequency=target.frequency,
            jan_feb_combined=target.jan_feb_combined,
            after_days=target.published_after_days,
            year_after_days=target.year_published_after_days,
        ),
    )


class _RecordedFigures:
    """What people recorded of targets: their own paths and their reported figures, by target."""

    def __init__(self, targets: Sequence[Target], *, on: dt.date) -> None:
        self.years = {target.pk: target.year for target in targets}
        self.on = on
        self.paths: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
        self._newest: dict[int, dict[dt.date, Decimal]] = defaultdict(dict)
        for key, period, value, recorded_at, _id in self._rows():
            if recorded_at is None:
                self.paths[key].append((int(period), value))
            else:
                self._take(key, period, value)

    def figures(self) -> dict[int, list[Figure]]:
        return {
            key: [Figure(end, value) for end, value in sorted(ends.items())]
            for key, ends in self._newest.items()
        }

    def _rows(self) -> list[tuple]:
        """Returns both with one query, the newest figures last: the newest of a period counts."""
        keys = tuple(self.years)
        both = KeptQuery(("recorded", keys), lambda: _paths_and_figures(keys))
        return sorted(both.rows(), key=lambda row: (row[3] or _BEFORE_ALL, row[4]))

    def _take(self, key: int, period: str, value: Decimal) -> None:
        """A period that is still running counts up to the day asked for: a figure reported in
        September for September is the figure so far."""
        start, end = bounds(period)
        if start <= self.on and end.year == self.years[key]:
            self._newest[key][min(end, self.on)] = value


def _paths_and_figures(targets: Sequence[int]) -> QuerySet:
    figures = Measurement._base_manager.filter(target__in=targets, part__isnull=True).order_by()
    points = (
        TargetPathPoint._base_manager.filter(target__in=targets)
        .order_by()
        .annotate(period=Cast("month", CharField()), recorded_at=Value(None, DateTimeField()))
    )
    columns = ("target_id", "period", "value", "recorded_at", "id")
    return figures.values_list(*columns).union(points.values_list(*columns), all=True)


def _figures(
    targets: Sequence[Target],
    recorded: _RecordedFigures,
    measured: measuring.MeasuredFigures,
    *,
    on: dt.date,
) -> Mapping[int, list[Figure]]:
    reported = recorded.figures()
    found: dict[int, list[Figure]] = defaultdict(list)
    for target in targets:
        if target.source == Source.REPORTED and target.pk in reported:
            found[target.pk] = reported[target.pk]
    for key, figures in measured.figures.items():
        found[key] = sorted(each for each in figures if each.period_end <= on)
    return found
