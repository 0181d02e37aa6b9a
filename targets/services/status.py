"""Where targets stand: read off the facts when asked, for many at once, never stored."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from targets.choices import Source, Status
from targets.models import Measurement, Target, TargetPathPoint
from targets.rules.comparators import Tolerances
from targets.rules.figures import Figure
from targets.rules.forecast import forecast_at
from targets.rules.goal import Calendar, Goal
from targets.rules.periods import Period, bounds, periods_of
from targets.rules.plan import plan_to_date
from targets.rules.status import Bands, Rules, Verdict, judge
from targets.services import measuring


@dataclass(frozen=True)
class Assessment(Verdict):
    """A target's verdict, and the facts that it was made of."""

    goal: Goal | None = None
    figures: tuple[Figure, ...] = ()
    others: tuple[Figure, ...] | None = None


@dataclass(frozen=True)
class Point:
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
    everyone = [*targets, *_kept_step_with(targets)]
    goals = _goals(everyone)
    figures = _figures(everyone, on=on, known_at=known_at)
    rules = rules_in_force()
    found = {}
    for target in targets:
        others = figures[target.in_step_with_id] if target.in_step_with_id else None
        goal, own = goals[target.pk], figures[target.pk]
        verdict = judge(goal, own, on=on, others=others, rules=rules)
        found[target.pk] = Assessment(
            **vars(verdict),
            goal=goal,
            figures=tuple(own),
            others=None if others is None else tuple(others),
        )
    return found


def target_series(assessment: Assessment, *, on: dt.date) -> list[Point]:
    """Returns the year period by period: as it was at each period's end, and as it will go on."""
    goal = assessment.goal
    assert goal is not None
    return [_point(goal, assessment, period, on) for period in periods_of(goal)]


def _point(goal: Goal, assessment: Assessment, period: Period, on: dt.date) -> Point:
    figures = [each for each in assessment.figures if each.period_end <= period.end]
    others = assessment.others
    if others is not None:
        others = tuple(each for each in others if each.period_end <= period.end)
    other = next((f.value for f in reversed(others or ()) if f.period_end == period.end), None)
    plan = plan_to_date(goal, period.end, other=other)
    planned = plan.value if plan else None
    if period.end > on:
        return Point(period, planned, None, None, _expected(goal, assessment, period.end))
    current = bool(figures) and figures[-1].period_end == period.end
    # A figure is judged as on its period's last day; one that is missing, as on the day asked for.
    verdict = judge(
        goal,
        figures if current else (),
        on=period.end if current and period.end < goal.last_day else on,
        others=others,
        rules=rules_in_force(),
    )
    actual = figures[-1].value if current else None
    status = verdict.status if current else _status_of_gap(period, on)
    return Point(period, planned, actual, status, None)


def _status_of_gap(period: Period, on: dt.date) -> str:
    return Status.AWAITING if on <= period.due else Status.NO_DATA


def _expected(goal: Goal, assessment: Assessment, day: dt.date) -> Decimal | None:
    if assessment.forecast is None or assessment.figure is None:
        return None
    return forecast_at(goal, assessment.figure, assessment.forecast, day)


def _kept_step_with(targets: Sequence[Target]) -> list[Target]:
    here = {target.pk for target in targets}
    missing = {t.in_step_with_id for t in targets if t.in_step_with_id} - here
    return list(Target._base_manager.filter(pk__in=missing)) if missing else []


def _goals(targets: Iterable[Target]) -> dict[int, Goal]:
    paths: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    points = TargetPathPoint._base_manager.filter(target__in=[target.pk for target in targets])
    for key, month, value in points.order_by("month").values_list("target_id", "month", "value"):
        paths[key].append((month, value))
    return {target.pk: goal_of(target, paths[target.pk]) for target in targets}


def goal_of(target: Target, path: Iterable[tuple[int, Decimal]] = ()) -> Goal:
    """Returns what the rules need to know of the target."""
    return Goal(
        year=target.year,
        due_on=target.due_on,
        comparator=target.comparator,
        measure=target.measure,
        value=target.value,
        unit=target.unit,
        tolerance=target.tolerance,
        baseline=target.baseline,
        commitment=target.commitment,
        from_zero=target.source == Source.FROM_ITEMS,
        path=tuple(path),
        calendar=Calendar(
            frequency=target.frequency,
            jan_feb_combined=target.jan_feb_combined,
            after_days=target.published_after_days,
            year_after_days=target.year_published_after_days,
        ),
    )


def _figures(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None
) -> Mapping[int, list[Figure]]:
    reported = [target for target in targets if target.source == Source.REPORTED]
    counted = [target for target in targets if target.source != Source.REPORTED]
    found = defaultdict(list, _reported(reported, on=on, known_at=known_at))
    if counted:
        for key, figures in measuring.figures(counted, on=on, known_at=known_at).items():
            found[key] = sorted(each for each in figures if each.period_end <= on)
    return found


def _reported(
    targets: Sequence[Target], *, on: dt.date, known_at: dt.datetime | None
) -> dict[int, list[Figure]]:
    """Returns the newest figure of each period that has begun.

    A period that is not over yet stands for the day asked for: who reports in September on
    September means what there is so far.
    """
    years = {target.pk: target.year for target in targets}
    rows = Measurement._base_manager.filter(target__in=years, part__isnull=True)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    newest: dict[int, dict[dt.date, Decimal]] = defaultdict(dict)
    ordered = rows.order_by("recorded_at", "id")
    for key, period, value in ordered.values_list("target_id", "period", "value"):
        start, end = bounds(period)
        if start <= on and end.year == years[key]:
            newest[key][min(end, on)] = value
    return {
        key: [Figure(end, value) for end, value in sorted(ends.items())]
        for key, ends in newest.items()
    }
