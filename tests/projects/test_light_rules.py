"""The light's rulebook: facts and a policy in, a colour with its reasons out. No database."""

import datetime as dt
from decimal import Decimal

import pytest

from projects.lights.rules import (
    LightFact,
    LightFacts,
    Rule,
    full_months,
    judge_light,
    plan_day,
    points_behind,
    quarter_start,
)

# What the default policy says (projects/lights/services.py; test_lights.py holds the two together).
POLICY = (
    Rule("milestone_overdue_days", Decimal(0), "red", "节点“{what}”逾期 {value} 天"),
    Rule("points_behind", Decimal(30), "red", "落后序时进度 {value} 个百分点"),
    Rule("forecast_slip_days", Decimal(30), "red", "{what}预计比计划晚 {value} 天"),
    Rule("points_behind", Decimal("9.99"), "yellow", "落后序时进度 {value} 个百分点"),
    Rule("forecast_slip_days", Decimal(0), "yellow", "{what}预计比计划晚 {value} 天"),
    Rule("milestone_slip_days", Decimal(0), "yellow", "节点“{what}”已延期 {value} 天"),
    Rule("lapse_made_up", Decimal(0), "yellow", "本季度曾滞后, 后已补上: {what}"),
)


def facts(fallback: bool = False, **measured: str) -> LightFacts:
    return LightFacts(
        {name: [LightFact(Decimal(value), "甲")] for name, value in measured.items()}, fallback
    )


@pytest.mark.parametrize(
    ("behind", "colour"),
    [
        ("0", "green"),
        ("9.99", "green"),
        ("10", "yellow"),
        ("10.00", "yellow"),
        ("20", "yellow"),
        ("30", "yellow"),
        ("30.01", "red"),
        ("100", "red"),
    ],
)
def test_ten_to_thirty_points_behind_are_yellow_and_more_are_red(behind, colour):
    assert judge_light(facts(points_behind=behind), POLICY).colour == colour


@pytest.mark.parametrize(
    ("behind", "colour"),
    [("9.99", "green"), ("10", "yellow"), ("30.01", "yellow"), ("99", "yellow")],
)
def test_a_straight_line_never_makes_red(behind, colour):
    light = judge_light(facts(fallback=True, points_behind=behind), POLICY)
    assert light.colour == colour
    assert [reason.softened for reason in light.reasons] == [Decimal(behind) > 30] * (
        colour != "green"
    )


def test_a_straight_line_softens_nothing_but_the_points():
    light = judge_light(
        facts(fallback=True, points_behind="99", milestone_overdue_days="1"), POLICY
    )
    assert light.colour == "red"


@pytest.mark.parametrize(
    ("days", "colour"),
    [("0", "green"), ("1", "yellow"), ("29", "yellow"), ("30", "yellow"), ("31", "red")],
)
def test_a_forecast_up_to_30_days_past_the_plan_is_yellow_and_more_is_red(days, colour):
    assert judge_light(facts(forecast_slip_days=days), POLICY).colour == colour


@pytest.mark.parametrize(("days", "colour"), [("0", "green"), ("1", "red"), ("400", "red")])
def test_a_milestone_is_red_from_the_first_day_after_it(days, colour):
    assert judge_light(facts(milestone_overdue_days=days), POLICY).colour == colour


@pytest.mark.parametrize(("days", "colour"), [("0", "green"), ("1", "yellow"), ("90", "yellow")])
def test_a_granted_extension_is_yellow(days, colour):
    assert judge_light(facts(milestone_slip_days=days), POLICY).colour == colour


def test_a_lapse_made_up_is_yellow():
    light = judge_light(facts(points_behind="0", lapse_made_up="1"), POLICY)
    assert light.colour == "yellow"
    assert [reason.text for reason in light.reasons] == ["本季度曾滞后, 后已补上: 甲"]


def test_nothing_known_is_grey_and_nothing_wrong_is_green():
    assert judge_light(LightFacts(), POLICY).colour == "grey"
    assert judge_light(LightFacts({"milestone_overdue_days": []}), POLICY).colour == "green"


def test_what_no_rule_looks_at_is_not_known():
    assert judge_light(facts(start_missed_months="3"), POLICY).colour == "grey"


def test_the_gravest_counts_and_each_is_told_the_gravest_first():
    light = judge_light(facts(points_behind="12.50", milestone_overdue_days="3"), POLICY)
    assert light.colour == "red"
    assert [(reason.colour, reason.text) for reason in light.reasons] == [
        ("red", "节点“甲”逾期 3 天"),
        ("yellow", "落后序时进度 12.5 个百分点"),
    ]


def test_each_overdue_milestone_is_told():
    two = LightFacts(
        {"milestone_overdue_days": [LightFact(Decimal(5), "甲"), LightFact(Decimal(2), "乙")]}
    )
    texts = [reason.text for reason in judge_light(two, POLICY).reasons]
    assert texts == ["节点“甲”逾期 5 天", "节点“乙”逾期 2 天"]


def test_the_order_of_the_rules_does_not_hide_the_graver():
    upside_down = tuple(reversed(POLICY))
    assert judge_light(facts(points_behind="40"), upside_down).colour == "red"


def test_an_exempted_lapse_gives_no_colour_but_is_told():
    measured = facts(milestone_overdue_days="3", points_behind="12")
    light = judge_light(measured, POLICY, frozenset({"milestone_overdue_days"}))
    assert light.colour == "yellow"
    assert [(r.measure, r.exempted) for r in light.reasons] == [
        ("points_behind", False),
        ("milestone_overdue_days", True),
    ]
    both = frozenset({"milestone_overdue_days", "points_behind"})
    assert judge_light(measured, POLICY, both).colour == "green"


def test_another_citys_policy_looks_at_other_things():
    policy = (Rule("start_missed_months", Decimal(1), "red", "超过计划开工 {value} 个月"),)
    assert judge_light(facts(start_missed_months="1"), policy).colour == "green"
    assert judge_light(facts(start_missed_months="2"), policy).colour == "red"
    assert judge_light(facts(points_behind="99"), policy).colour == "grey"


@pytest.mark.parametrize("reason", ["100%", "%(x)s {value}", "{what} {nothing}", "{0}"])
def test_a_policys_words_may_hold_anything(reason):
    [told] = judge_light(facts(a="1"), (Rule("a", Decimal(0), "red", reason),)).reasons
    assert told.text == reason.replace("{value}", "1").replace("{what}", "甲")


@pytest.mark.parametrize(
    ("planned", "actual", "behind"),
    [
        ("50", "40", "10.00"),
        ("50", "40.005", "10.00"),  # 9.995 rounds half up
        ("50", "40.006", "9.99"),
        ("50", "60", "0.00"),
        ("50", None, None),
        (None, "50", None),
    ],
)
def test_points_behind(planned, actual, behind):
    def number(text):
        return None if text is None else Decimal(text)

    found = points_behind(number(planned), number(actual))
    assert (found is None and behind is None) or str(found) == behind


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2025-03-31", "2025-04-30", 0),
        ("2025-03-15", "2025-04-14", 0),
        ("2025-03-15", "2025-04-15", 1),
        ("2024-11-15", "2025-02-15", 3),
        ("2025-04-15", "2025-03-15", 0),
    ],
)
def test_full_months(first, last, months):
    assert full_months(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) == months


@pytest.mark.parametrize(
    ("day", "asked"),
    [
        ("2025-09-30", "2025-09-30"),
        ("2025-09-29", "2025-08-31"),
        ("2025-01-15", "2024-12-31"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_the_plan_is_asked_for_the_last_month_that_is_over(day, asked):
    assert plan_day(dt.date.fromisoformat(day)) == dt.date.fromisoformat(asked)


@pytest.mark.parametrize(
    ("day", "first"), [("2025-01-01", "2025-01-01"), ("2025-09-30", "2025-07-01")]
)
def test_the_quarter_begins(day, first):
    assert quarter_start(dt.date.fromisoformat(day)) == dt.date.fromisoformat(first)
