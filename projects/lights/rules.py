"""Red, yellow, green: what a policy says of a project's facts, and why (domain §2).

A policy is an ordered table of rules; each looks at one measure, and fires when a fact lies above
its threshold. Of the rules that fire the gravest colour counts; every lapse is told with its
reason. What nothing can be said of is grey, not green.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from projects.choices import GRAVEST_FIRST, LightColour, LightMeasure

RED, YELLOW, GREEN, GREY = LightColour.RED, LightColour.YELLOW, LightColour.GREEN, LightColour.GREY
CENT = Decimal("0.01")


@dataclass(frozen=True)
class LightFact:
    """One figure of a measure: of ``what`` (a milestone's name, a month), "" for the project."""

    value: Decimal
    what: str = ""


@dataclass(frozen=True)
class LightFacts:
    """What is known of a project on a day.

    ``measured``: measure → its figures; a measure that could not be looked at is missing, one
    that was looked at and found in order has figures of 0 (or none). ``plan_is_fallback``: points
    behind were counted against a straight line, because there is no plan by month or quarter.
    """

    measured: Mapping[str, Sequence[LightFact]] = field(default_factory=dict)
    plan_is_fallback: bool = False


@dataclass(frozen=True)
class Rule:
    """A line of the policy: a figure above ``above`` (exclusive) gives the colour.

    In ``reason`` ``{what}`` and ``{value}`` stand for the fact's own.
    """

    measure: str
    above: Decimal
    colour: str
    reason: str


@dataclass(frozen=True)
class Reason:
    """Why: the measure, the colour that it alone would give, and the words.

    ``softened``: it would have been red, were the plan more than a straight line. ``exempted``:
    it was a lapse with an accepted reason and gives no colour.
    """

    measure: str
    colour: str
    text: str
    softened: bool = False
    exempted: bool = False


@dataclass(frozen=True)
class Light:
    """The colour with all its reasons, the gravest first."""

    colour: str
    reasons: tuple[Reason, ...] = ()


def judge_light(
    facts: LightFacts, rules: Sequence[Rule], exempted: frozenset[str] = frozenset()
) -> Light:
    """Returns the light of the facts under the policy's rules; ``exempted`` names the measures
    whose lapses have an accepted reason."""
    found = [
        replace(reason, exempted=reason.measure in exempted)
        for measure, figures in facts.measured.items()
        for fact in figures
        if (reason := _lapse(measure, fact, rules, facts)) is not None
    ]
    found.sort(key=lambda reason: (reason.exempted, _place(reason.colour)))
    counting = [reason for reason in found if not reason.exempted]
    if counting:
        return Light(counting[0].colour, tuple(found))
    known = any(rule.measure in facts.measured for rule in rules)
    return Light(GREEN if known else GREY, tuple(found))


def _place(colour: str) -> int:
    return GRAVEST_FIRST.index(LightColour(colour))


def points_behind(planned: Decimal | None, actual: Decimal | None) -> Decimal | None:
    """Returns how many points the actual per cent lies behind the planned one, two decimals,
    rounded half up; 0 when it is ahead, ``None`` when either is unknown."""
    if planned is None or actual is None:
        return None
    return max(planned - actual, Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def full_months(first: dt.date, last: dt.date) -> int:
    """Returns how many whole months have gone by from one day to another, never less than 0."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(months - (last.day < first.day), 0)


def quarter_start(day: dt.date) -> dt.date:
    """Returns the first day of the day's quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def plan_day(day: dt.date) -> dt.date:
    """Returns the last month's end up to the day: returns speak of whole months, so the plan is
    asked for the end of one."""
    tomorrow = day + dt.timedelta(days=1)
    return dt.date(tomorrow.year, tomorrow.month, 1) - dt.timedelta(days=1)


def _lapse(
    measure: str, fact: LightFact, rules: Sequence[Rule], facts: LightFacts
) -> Reason | None:
    """Returns the gravest of what the measure's rules say of the fact, if any fires."""
    fired = [rule for rule in rules if rule.measure == measure and fact.value > rule.above]
    if not fired:
        return None
    # Of equal colours the first in the policy's order speaks.
    rule = min(fired, key=lambda each: _place(each.colour))
    text = rule.reason.replace("{what}", fact.what).replace(
        "{value}", f"{fact.value.normalize():f}"
    )
    if measure == LightMeasure.POINTS_BEHIND and facts.plan_is_fallback and rule.colour == RED:
        return Reason(measure, YELLOW, text, softened=True)
    return Reason(measure, rule.colour, text)
