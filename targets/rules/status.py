"""What is to be said of a target on a day: its status, with the reasons in words (domain §4).

The status follows from the newest figure, the plan to the figure's day and the comparator. A count
that has come to its value has kept its promise; a rate is judged for good by the year's own figure.
Nothing is missed before its figure is due.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from projects.choices import Commitment
from targets.choices import Comparator, Measure, Status
from targets.rules.comparators import RATES, Tolerances, is_reached, tolerance_of
from targets.rules.figures import Figure
from targets.rules.forecast import Forecast, forecast_of
from targets.rules.goal import Goal
from targets.rules.periods import final_period, find_last_due, find_next_due
from targets.rules.plan import PlanValue, plan_to_date
from targets.rules.words import figure_words

UNKEPT = frozenset({Status.AT_RISK, Status.BEHIND, Status.MISSED})


@dataclass(frozen=True)
class Bands:
    """How far short of the plan is still on track, and still only at risk."""

    percent_on_track: Decimal = Decimal(10)
    percent_at_risk: Decimal = Decimal(30)
    points_on_track: Decimal = Decimal("0.5")
    points_at_risk: Decimal = Decimal(2)


@dataclass(frozen=True)
class Rules:
    """The settings of the rules."""

    bands: Bands = field(default_factory=Bands)
    tolerances: Tolerances = field(default_factory=Tolerances)


DEFAULTS = Rules()


@dataclass(frozen=True)
class Verdict:
    """Where a target stands: its newest figure, the plan to that day, and what follows."""

    status: str
    reasons: tuple[str, ...]
    figure: Figure | None = None
    plan: PlanValue | None = None
    forecast: Forecast | None = None


def judge_target(
    goal: Goal,
    figures: Sequence[Figure],
    *,
    on: dt.date,
    others: Sequence[Figure] | None = None,
    rules: Rules = DEFAULTS,
) -> Verdict:
    """Judges a target by what is known of it on the day.

    ``figures`` and ``others`` (of the target that this one keeps step with) are in order and not
    of a later day.
    """
    if goal.unlisted:
        return Verdict(Status.NO_DATA, (_unlisted_words(goal),))
    figure, other = _newest(goal, figures, others)
    if figure is None:
        return _without_figure(goal, on, bool(figures))
    plan = plan_to_date(goal, figure.period_end, other=other)
    forecast = forecast_of(goal, figure, other=other, tolerances=rules.tolerances)
    kept = is_reached(
        goal.comparator,
        figure.value,
        value=goal.value,
        tolerance=tolerance_of(
            measure=goal.measure,
            value=goal.value if goal.value is not None else Decimal(0),
            own=goal.tolerance,
            default=rules.tolerances,
        ),
        other=other,
    )
    status, reasons = _status(goal, figure, plan, bool(kept), on, rules.bands)
    if forecast is not None and figure.period_end < goal.last_day and status != Status.ACHIEVED:
        reasons.append(forecast.how)
    return Verdict(status, (*reasons, *_describe_commitment(goal, status)), figure, plan, forecast)


def _newest(
    goal: Goal, figures: Sequence[Figure], others: Sequence[Figure] | None
) -> tuple[Figure | None, Decimal | None]:
    """Returns the newest figure; in step, the newest for whose day the other has one too."""
    if goal.comparator != Comparator.IN_STEP_WITH:
        return (figures[-1] if figures else None), None
    known = {figure.period_end: figure.value for figure in others or ()}
    for figure in reversed(figures):
        if figure.period_end in known:
            return figure, known[figure.period_end]
    return None, None


def _without_figure(goal: Goal, on: dt.date, other_missing: bool) -> Verdict:
    late, coming = find_last_due(goal, on=on), find_next_due(goal, on=on)
    plan = plan_to_date(goal, on)
    if other_missing:
        return Verdict(Status.NO_DATA, (_("所同步的目标尚无同期数值。"),))
    if late is None and coming is not None:
        reason = _("首期数值 (%(period)s) 应于%(day)s前公布。")
        words = {"period": coming.label, "day": coming.due.isoformat()}
        return Verdict(Status.AWAITING, (reason % words,), plan=plan)
    return Verdict(Status.NO_DATA, (_late_words(goal, on),), plan=plan)


def _unlisted_words(goal: Goal) -> str:
    if goal.value is None:
        return _("清单尚未导入; 导入后以清单上的全部事项为目标。")
    return _("清单尚未导入; 导入后按已完成的事项计。")


def _late_words(goal: Goal, on: dt.date) -> str:
    late = find_last_due(goal, on=on)
    if late is None:
        return _("尚无数值。")
    return _("%(period)s数值应于%(day)s前公布, 尚未填报。") % {
        "period": late.label,
        "day": late.due.isoformat(),
    }


def _status(
    goal: Goal, figure: Figure, plan: PlanValue | None, kept: bool, on: dt.date, bands: Bands
) -> tuple[str, list[str]]:
    final = final_period(goal)
    is_final = figure.period_end >= goal.last_day
    standing = _describe_figure(goal, figure, plan)
    if kept and (is_final or _is_final_once_reached(goal)):
        return Status.ACHIEVED, [standing, _("已达到目标。")]
    if is_final:
        if on > final.due:
            return Status.MISSED, [standing, _("期末数值未达到目标。")]
        status, reasons = _against_plan(goal, figure, plan, bands)
        if status == Status.ON_TRACK and not kept:
            status = Status.AT_RISK  # what is left to come is a correction, not progress
        early = _("期末数值在%(day)s前仍可能订正。") % {"day": final.due.isoformat()}
        return status, [standing, *reasons, early]
    if on > goal.last_day:
        if on <= final.due:
            due = _("期末数值 (%(period)s) 应于%(day)s前公布。")
            words = {"period": final.label, "day": final.due.isoformat()}
            return Status.AWAITING, [standing, due % words]
        return Status.NO_DATA, [standing, _late_words(goal, on)]
    status, reasons = _against_plan(goal, figure, plan, bands)
    late = find_last_due(goal, on=on)
    if late is not None and late.end > figure.period_end:
        reasons.append(_late_words(goal, on))
    return status, [standing, *reasons]


def _is_final_once_reached(goal: Goal) -> bool:
    """Whether a value once come to is the end of it, before the year is over."""
    if goal.comparator == Comparator.DONE:
        return True
    if goal.measure in RATES or goal.held:
        return False
    return not (goal.downwards and goal.measure == Measure.CUMULATIVE)


def _against_plan(
    goal: Goal, figure: Figure, plan: PlanValue | None, bands: Bands
) -> tuple[str, list[str]]:
    if plan is None:
        if figure.period_end >= goal.last_day:
            return Status.AT_RISK, [_("期限已到, 尚未完成。")]
        return Status.ON_TRACK, [_("尚未完成, 期限%(day)s。") % {"day": goal.due_on.isoformat()}]
    short = plan.value - figure.value
    if goal.downwards:
        short = -short
    if goal.measure in RATES:
        good, fair = bands.points_on_track, bands.points_at_risk
        words = _("%(by)s个百分点") % {"by": figure_words(abs(short))}
    else:
        good, fair = bands.percent_on_track, bands.percent_at_risk
        short = short / abs(plan.value) * 100 if plan.value else (100 * (short > 0) + Decimal(0))
        words = f"{figure_words(abs(short))}%"
    reasons = [_gap_words(goal, short, words)] if short else []
    if short <= good:
        return Status.ON_TRACK, reasons
    if short <= fair:
        return Status.AT_RISK, reasons
    if plan.fallback:
        reasons.append(_("没有自定序时计划, 按时间进度计, 最重判为滞后。"))
        return Status.AT_RISK, reasons
    return Status.BEHIND, reasons


def _gap_words(goal: Goal, short: Decimal, words: str) -> str:
    higher = (short < 0) != goal.downwards
    text = _("比计划高%(by)s。") if higher else _("比计划低%(by)s。")
    return text % {"by": words}


def _describe_figure(goal: Goal, figure: Figure, plan: PlanValue | None) -> str:
    if goal.comparator == Comparator.DONE:
        done = is_reached(goal.comparator, figure.value, value=None)
        text = _("至%(day)s已完成。") if done else _("至%(day)s未完成。")
        return text % {"day": figure.period_end.isoformat()}
    words = {
        "day": figure.period_end.isoformat(),
        "value": figure_words(figure.value, goal.unit),
        "plan": figure_words(plan.value, goal.unit) if plan else "",
    }
    if plan is None:
        return _("至%(day)s实绩%(value)s。") % words
    if goal.comparator == Comparator.IN_STEP_WITH:
        return _("至%(day)s实绩%(value)s, 所同步的目标%(plan)s。") % words
    if plan.fallback:
        return _("至%(day)s实绩%(value)s, 按时间进度应为%(plan)s。") % words
    return _("至%(day)s实绩%(value)s, 计划%(plan)s。") % words


def _describe_commitment(goal: Goal, status: str) -> list[str]:
    """Returns how firmly it was promised, where the promise is in doubt or broken."""
    if status in UNKEPT and goal.commitment == Commitment.ENSURE:
        return [_("报告承诺“确保”。")]
    if status == Status.MISSED and goal.commitment in (Commitment.STRIVE, Commitment.PUSH):
        label = Commitment(goal.commitment).label
        return [_("报告表述为“%(word)s”。") % {"word": label}]
    return []
