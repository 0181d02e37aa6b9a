"""Where a target will end: the run rate against the path, and how it was computed, in words."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from targets.choices import Comparator, Measure
from targets.rules.comparators import Tolerances, is_reached, tolerance_of
from targets.rules.figures import Figure
from targets.rules.goal import Goal
from targets.rules.plan import plan_to_date, round_value
from targets.rules.words import figure_words


@dataclass(frozen=True)
class Forecast:
    """The value expected when the promise is due; ``reached`` if that would keep it."""

    value: Decimal
    reached: bool | None
    how: str


def forecast_of(
    goal: Goal,
    figure: Figure | None,
    *,
    other: Decimal | None = None,
    tolerances: Tolerances | None = None,
) -> Forecast | None:
    """Returns the forecast from the newest figure; ``None`` where nothing can be said yet."""
    if figure is None or goal.comparator == Comparator.DONE:
        return None
    if goal.value is None and other is None:
        return None
    found = _value(goal, figure)
    if found is None:
        return None
    value, how = found
    tolerance = tolerance_of(
        measure=goal.measure,
        value=goal.value if goal.value is not None else value,
        own=goal.tolerance,
        default=tolerances or Tolerances(),
    )
    kept = is_reached(goal.comparator, value, value=goal.value, tolerance=tolerance, other=other)
    return Forecast(value, kept, how)


def forecast_at(goal: Goal, figure: Figure, forecast: Forecast, day: dt.date) -> Decimal:
    """Returns where the forecast passes on a later day: from the figure as the plan moves."""
    here, there = plan_to_date(goal, figure.period_end), plan_to_date(goal, day)
    end = plan_to_date(goal, goal.last_day)
    if here is None or there is None or end is None or end.value == here.value:
        return forecast.value
    share = (there.value - here.value) / (end.value - here.value)
    return round_value(figure.value + (forecast.value - figure.value) * share)


def _value(goal: Goal, figure: Figure) -> tuple[Decimal, str] | None:
    shown = figure_words(figure.value, goal.unit)
    if figure.period_end >= goal.last_day:
        return figure.value, _("期末数值即为结果: %(value)s。") % {"value": shown}
    if goal.measure == Measure.GROWTH and not goal.path:
        return figure.value, _("增速按最近一期推算: %(value)s。") % {"value": shown}
    plan = plan_to_date(goal, figure.period_end)
    if goal.held:
        return figure.value, _("按最近一期推算: %(value)s。") % {"value": shown}
    if goal.start is None and not goal.path:
        return figure.value, _("没有上年实绩, 按最近一期推算: %(value)s。") % {"value": shown}
    if plan is None or goal.value is None:
        return None
    start = goal.start if goal.start is not None else min(goal.path)[1]
    if plan.value == start:  # by its path nothing was to happen yet: no rate to go by
        return None
    rate = (figure.value - start) / (plan.value - start)
    value = round_value(start + rate * (goal.value - start))
    if plan.fallback:
        how = _("按时间进度推算: 至%(day)s完成%(value)s, 照此速度全年%(end)s。")
    else:
        how = _("按自定序时计划推算: 至%(day)s完成%(value)s, 计划%(plan)s, 照此比例全年%(end)s。")
    return value, how % {
        "day": figure.period_end.isoformat(),
        "value": shown,
        "plan": figure_words(plan.value, goal.unit),
        "end": figure_words(value, goal.unit),
    }
