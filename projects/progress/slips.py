"""How far a project slipped against each version of its plan, from its own moves and returns."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from projects.choices import Stage
from projects.permissions import Actor
from projects.programmes.models import Baseline, PlanPoint, ProgrammeEntry
from projects.programmes.rules import PlanMonth, PlanToDate, YearPlan, month_end, plan_to_date
from projects.progress.rules import Slip, SlipFacts, compute_slip
from projects.register.models import Project
from projects.register.rules import find_arrivals, find_furthest_stage, has_reached
from projects.returns.models import ProgressReturn


@dataclass(frozen=True)
class VersionSlip:
    """One version of the plan, and what the project makes of it.

    ``plan`` is the plan to date at the end of the last month with an accepted return, or on the
    day when there is none; money is compared on that day.
    """

    version: Baseline
    plan: PlanToDate
    slip: Slip


@dataclass(frozen=True)
class EntrySlip:
    on: dt.date
    money_on: dt.date
    facts: SlipFacts
    versions: list[VersionSlip]


def entry_slip(entry: ProgrammeEntry, *, by: Actor | None, on: dt.date) -> EntrySlip:
    """Tells the slip against every version; five queries, whatever the number of versions.

    Who may not see the project's returns (``by``) is told nothing that only they say: money and
    forecast.
    """
    year = entry.programme.year
    returns = ProgressReturn.objects.visible_to(by) if by else ProgressReturn.objects.all()
    returns = returns.counted().filter(project=entry.project).to_month(on.year, on.month)
    done, last_month = _investment_done(returns, year)
    facts = _facts(entry.project, returns, on, done)
    money_on = month_end(year, last_month) if last_month else on
    points = _points_by_version(entry)
    versions = []
    for version in _versions(entry):
        plan = plan_to_date(points[version.number], money_on, year_plan(version, year))
        slip = compute_slip(
            planned_start=version.planned_start,
            planned_commissioning=version.planned_commissioning,
            planned_to_date=plan.investment,
            facts=facts,
            on=on,
        )
        versions.append(VersionSlip(version, plan, slip))
    return EntrySlip(on, money_on, facts, versions)


def year_plan(plan: Baseline | ProgrammeEntry, year: int) -> YearPlan:
    """Returns the plan's figures as the rules take them."""
    return YearPlan(year, plan.planned_investment, plan.planned_start, plan.planned_commissioning)


def _versions(entry: ProgrammeEntry) -> list[Baseline]:
    kept = list(entry.baselines.order_by("number"))
    if kept or entry.approved_on is None:
        return kept
    # Approved before versions were kept: the plan as it stands is the first.
    return [
        Baseline(
            entry=entry,
            number=1,
            planned_investment=entry.planned_investment,
            planned_start=entry.planned_start,
            planned_commissioning=entry.planned_commissioning,
            approved_by=entry.approved_by,
            approved_on=entry.approved_on,
        )
    ]


def _points_by_version(entry: ProgrammeEntry) -> defaultdict[int, list[PlanMonth]]:
    found: defaultdict[int, list[PlanMonth]] = defaultdict(list)
    for row in PlanPoint.objects.filter(entry=entry):
        found[row.baseline_number].append(PlanMonth(row.month, row.investment, row.progress))
    return found


def _facts(project: Project, returns: Any, on: dt.date, done: Decimal | None) -> SlipFacts:
    moves = list(
        project.transitions.in_force()
        .filter(effective_on__lte=on)
        .order_by("effective_on", "recorded_at", "id")
    )
    arrivals, reached = find_arrivals(moves), find_furthest_stage(moves)
    started, commissioned = arrivals.get(Stage.CONSTRUCTION), arrivals.get(Stage.COMMISSIONED)
    newest = (
        returns.order_by("-period__year", "-period__month")
        .values_list("forecast_commissioning", flat=True)
        .first()
    )
    return SlipFacts(
        started_on=started.effective_on if started else None,
        started=has_reached(reached, Stage.CONSTRUCTION),
        commissioned_on=commissioned.effective_on if commissioned else None,
        commissioned=has_reached(reached, Stage.COMMISSIONED),
        forecast_commissioning=newest,
        investment_done=done,
    )


def _investment_done(returns: Any, year: int) -> tuple[Decimal | None, int | None]:
    """Returns the year's money by the accepted returns, and the last month that it speaks of."""
    rows = returns.filter(period__year=year, investment_reported__isnull=False)
    by_month = dict(rows.order_by().values_list("period__month", "investment_reported"))
    if not by_month:
        return None, None
    return sum(by_month.values(), Decimal(0)), max(by_month)
