"""Reads every project's facts for its light: a fixed number of queries, whatever their number.

What the facts mean says ``rules.py``; what is kept of them, ``services.py``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Min, Q, Sum, Window
from django.utils.translation import gettext as _

from portfolio.core.complete import check_complete
from projects.choices import GRAVE_LIGHTS, LightColour, Stage
from projects.lights.models import (
    LightExemption,
    LightMeasure,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.lights.rules import (
    Light,
    LightFact,
    LightFacts,
    Reason,
    Rule,
    full_months,
    judge_light,
    plan_day,
    points_behind,
    quarter_start,
)
from projects.milestones.models import Milestone
from projects.programmes.models import PlanPoint, ProgrammeEntry
from projects.programmes.rules import PlanMonth, YearPlan, plan_to_date
from projects.register.models import Project, StageTransition
from projects.returns.models import ProgressReturn

NOT_STARTED = (Stage.RESERVE, Stage.PREPARATION)
DONE = (Stage.COMMISSIONED, Stage.ENROLLED)
check_complete(
    "NOT_STARTED and DONE",
    NOT_STARTED + DONE,
    Stage,
    aside={Stage.CONSTRUCTION, Stage.SUSPENDED, Stage.CANCELLED},
)
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class ProjectLight:
    """A project's light: the computed colour, the one that stands (an override's, where there is
    one), the reasons as they are kept and shown, and the facts behind them."""

    project_id: int
    colour: str
    computed_colour: str
    reasons: list[dict[str, Any]]
    policy_id: int
    facts: LightFacts


@dataclass
class _LightInputs:
    """What the queries found, by project."""

    on: dt.date
    plans: dict[int, tuple[YearPlan, list[PlanMonth]]] = field(default_factory=dict)
    returns: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    milestones: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    started: dict[int, dt.date] = field(default_factory=dict)
    earlier: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))


def compute_lights(
    *, on: dt.date, policy: LightPolicy, of_policy: Iterable[LightRule]
) -> list[ProjectLight]:
    """Returns the light of every project that is not cancelled, on the day, by the policy and its
    rules in their order."""
    rules = [Rule(row.measure, row.above, row.colour, row.reason) for row in of_policy]
    known = _read_inputs(on)
    exemptions: dict[int, dict[str, LightExemption]] = defaultdict(dict)
    for exemption in LightExemption.objects.in_force(on=on):
        exemptions[exemption.project_id][exemption.measure] = exemption
    overrides: dict[int, LightOverride] = {}
    for row in LightOverride.objects.in_force(on=on):
        overrides.setdefault(row.project_id, row)
    projects = Project.objects.exclude(stage=Stage.CANCELLED).order_by("pk")
    lights = []
    for project in projects.values("pk", "stage", "entered_statistics_on"):
        pk = project["pk"]
        facts, light = _judge_project(project, known, rules, frozenset(exemptions[pk]))
        reasons = [_describe_reason(reason, exemptions[pk]) for reason in light.reasons]
        set_by_hand = overrides.get(pk)
        if light.colour == LightColour.GREY:
            reasons.append(_line("", LightColour.GREY, _("数据不足: 没有已审核的月报或到期的节点")))
        if set_by_hand:
            words = _("人工评灯至 %(day)s: %(reason)s") % {
                "day": set_by_hand.ends_on, "reason": set_by_hand.reason,
            }  # fmt: skip
            reasons.insert(0, _line("override", set_by_hand.colour, words))
        lights.append(
            ProjectLight(
                project_id=pk,
                colour=set_by_hand.colour if set_by_hand else light.colour,
                computed_colour=light.colour,
                reasons=reasons,
                policy_id=policy.pk,
                facts=facts,
            )
        )
    return lights


def _line(measure: str, colour: str, text: str, *, exempted: bool = False) -> dict[str, Any]:
    return {"measure": measure, "colour": str(colour), "text": text, "exempted": exempted}


def _describe_reason(reason: Reason, exemptions: Mapping[str, LightExemption]) -> dict[str, Any]:
    text = reason.text
    if reason.softened:
        text += _(" (无分期计划, 按平均进度估算, 不评红灯)")
    if reason.exempted:
        exemption = exemptions[reason.measure]
        text += _(" (正当理由至 %(day)s: %(reason)s)") % {
            "day": exemption.until, "reason": exemption.reason,
        }  # fmt: skip
    return _line(reason.measure, reason.colour, text, exempted=reason.exempted)


# One project --------------------------------------------------------------------------------------
def _judge_project(
    project: Mapping[str, Any], known: _LightInputs, rules: Sequence[Rule], exempted: frozenset[str]
) -> tuple[LightFacts, Light]:
    """Returns the facts and the light; what was behind earlier in the quarter and no longer is,
    is a fact only once it is known what is behind now."""
    facts = _facts(project, known)
    light = judge_light(facts, rules, exempted)
    lapsing = {reason.measure for reason in light.reasons} | exempted
    made_up = _find_lapse_made_up(project["pk"], known, lapsing)
    if made_up:
        facts = replace(
            facts, measured={**facts.measured, LightMeasure.LAPSE_MADE_UP.value: made_up}
        )
        light = judge_light(facts, rules, exempted)
    return facts, light


def _facts(project: Mapping[str, Any], known: _LightInputs) -> LightFacts:
    pk, stage, on = project["pk"], project["stage"], known.on
    measured: dict[str, list[LightFact]] = {}
    fallback = False
    _measure_milestones(measured, known.milestones[pk], known)
    if stage in DONE:
        measured[LightMeasure.POINTS_BEHIND] = []  # it stands: nothing is behind any more
    else:
        plan, points = known.plans.get(pk, (None, []))
        if plan is not None:
            behind, fallback = _points_behind(plan, points, pk, known)
            if behind is not None:
                measured[LightMeasure.POINTS_BEHIND] = [LightFact(behind)]
            _measure_commissioning(measured, plan, known.returns.get(pk))
            if stage in NOT_STARTED and plan.start and plan.start <= on:
                months = full_months(plan.start, on)
                measured[LightMeasure.START_MISSED_MONTHS] = [LightFact(Decimal(months))]
    entered, started = project["entered_statistics_on"], known.started.get(pk)
    if started and (entered is None or entered > on):
        months = full_months(started, on)
        measured[LightMeasure.NOT_IN_STATISTICS_MONTHS] = [LightFact(Decimal(months))]
    return LightFacts({str(name): facts for name, facts in measured.items()}, fallback)


def _measure_milestones(
    measured: dict[str, list[LightFact]], milestones: Sequence[Any], known: _LightInputs
) -> None:
    overdue, forecasts, slips, telling = [], [], [], False
    for milestone in milestones:
        done = milestone.done_on is not None and milestone.done_on <= known.on
        due = milestone.due_on < known.on
        # One that lies ahead, without a forecast, says nothing yet.
        telling = telling or done or due or milestone.forecast_on is not None
        if done:
            continue
        if due and not milestone.parked:
            overdue.append(_days(known.on - milestone.due_on, milestone.name))
        if milestone.forecast_on is not None:
            name = _("节点“%(name)s”") % {"name": milestone.name}
            forecasts.append(_days(milestone.forecast_on - milestone.baseline_on, name))
        else:
            slips.append(_days(milestone.due_on - milestone.baseline_on, milestone.name))
    if telling:
        measured[LightMeasure.MILESTONE_OVERDUE_DAYS] = overdue
    if forecasts:
        measured[LightMeasure.FORECAST_SLIP_DAYS] = forecasts
    if any(slip.value > 0 for slip in slips):
        measured[LightMeasure.MILESTONE_SLIP_DAYS] = slips


def _measure_commissioning(
    measured: dict[str, list[LightFact]], plan: YearPlan, newest: Mapping[str, Any] | None
) -> None:
    forecast = newest and newest["forecast_commissioning"]
    if forecast and plan.commissioning:
        slip = _days(forecast - plan.commissioning, _("投产"))
        measured.setdefault(LightMeasure.FORECAST_SLIP_DAYS, []).insert(0, slip)


def _points_behind(
    plan: YearPlan, points: list[PlanMonth], pk: int, known: _LightInputs
) -> tuple[Decimal | None, bool]:
    """Returns the points behind, by physical progress where plan and return both tell it, else by
    the year's money; and whether the plan is only a straight line."""
    newest = known.returns.get(pk)
    if newest is None:
        return None, False
    wanted = plan_to_date(points, plan_day(known.on), plan)
    behind = points_behind(wanted.progress, newest["physical_progress"])
    if behind is None and plan.investment:
        done = HUNDRED * (newest["done"] or Decimal(0)) / plan.investment
        behind = points_behind(wanted.share, done)
    return behind, wanted.fallback


def _find_lapse_made_up(pk: int, known: _LightInputs, lapsing: set[str]) -> list[LightFact]:
    """Returns what was behind earlier in the quarter and is not now."""
    begin, one = quarter_start(known.on), Decimal(1)
    found = [
        _days(milestone.done_on - milestone.due_on, _("节点“%(name)s”") % {"name": milestone.name})
        for milestone in known.milestones[pk]
        if milestone.done_on is not None
        and milestone.due_on < milestone.done_on
        and begin <= milestone.done_on <= known.on
    ]
    if LightMeasure.MILESTONE_OVERDUE_DAYS in lapsing:
        found = []
    told = {LightMeasure.LAPSE_MADE_UP.value, *lapsing}
    for row in known.earlier[pk]:
        for reason in row.reasons:
            measure = reason["measure"]
            if measure in told or reason["exempted"] or reason["colour"] not in GRAVE_LIGHTS:
                continue
            if measure == LightMeasure.MILESTONE_OVERDUE_DAYS and found:
                continue  # it was done late in this quarter, and is told already
            if measure in LightMeasure.values:
                told.add(measure)
                what = _("%(month)d 月 %(reason)s") % {
                    "month": row.month, "reason": reason["text"],
                }  # fmt: skip
                found.append(LightFact(one, what))
    return found


def _days(span: dt.timedelta, what: str) -> LightFact:
    return LightFact(Decimal(max(span.days, 0)), what)


# All projects: one query each ---------------------------------------------------------------------
def _read_inputs(on: dt.date) -> _LightInputs:
    known = _LightInputs(on)
    end = plan_day(on)
    _read_plans(known, end.year)
    returns = ProgressReturn.objects.counted().to_month(end.year, end.month)
    of_year = Sum("investment_reported", filter=Q(period__year=end.year))
    newest = (
        returns.newest_first()
        .distinct("project_id")
        .annotate(done=Window(of_year, partition_by="project_id"))
    )
    for row in newest.values("project_id", "physical_progress", "forecast_commissioning", "done"):
        known.returns[row["project_id"]] = row
    milestones = Milestone.objects.exclude(project__stage=Stage.CANCELLED).with_parked(on=on)
    for milestone in milestones.order_by("due_on"):
        known.milestones[milestone.project_id].append(milestone)
    starts = StageTransition.objects.in_force().filter(
        to_stage=Stage.CONSTRUCTION, effective_on__lte=on
    )
    known.started = dict(
        starts.order_by().values_list("project_id").annotate(first=Min("effective_on"))
    )
    _read_earlier(known)
    return known


def _read_plans(known: _LightInputs, year: int) -> None:
    entries = ProgrammeEntry.objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gt=known.on), programme__year=year
    )
    of_entry: dict[int, list[PlanMonth]] = defaultdict(list)
    versions = {}
    for entry in entries:
        versions[entry.pk] = max(entry.baseline_number, 1)
        plan = YearPlan(
            year, entry.planned_investment, entry.planned_start, entry.planned_commissioning
        )
        known.plans[entry.project_id] = (plan, of_entry[entry.pk])
    for point in PlanPoint.objects.filter(entry__programme__year=year):
        if versions.get(point.entry_id) == point.baseline_number:
            of_entry[point.entry_id].append(
                PlanMonth(point.month, point.investment, point.progress)
            )


def _read_earlier(known: _LightInputs) -> None:
    """The newest lights of the quarter's earlier months."""
    rows = (
        MonthlyLight.objects.filter(
            year=known.on.year,
            month__gte=quarter_start(known.on).month,
            month__lt=known.on.month,
        )
        .order_by("project_id", "month", "-id")
        .distinct("project_id", "month")
    )
    for row in rows:
        known.earlier[row.project_id].append(row)
