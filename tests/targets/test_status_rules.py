"""Plan to date, status and forecast of a target, by hand and by property."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.choices import Status
from targets.rules.figures import Figure
from targets.rules.forecast import forecast_of
from targets.rules.goal import Goal, PublicationCalendar
from targets.rules.periods import bounds, periods_of
from targets.rules.plan import plan_to_date
from targets.rules.status import judge_target

YEAR_END = dt.date(2025, 12, 31)
QUARTERLY = PublicationCalendar(frequency="quarter", after_days=20, year_after_days=25)
COUNT = Goal(2025, YEAR_END, "at_least", "cumulative", Decimal(300), "个")
GROWTH = Goal(2025, YEAR_END, "at_least", "growth", Decimal(8), "%", calendar=QUARTERLY)
ABOUT = replace(GROWTH, comparator="about")
LEVEL = Goal(2025, YEAR_END, "at_least", "level", Decimal(1100), "家", baseline=Decimal(1000))
SHARE = Goal(2025, YEAR_END, "at_least", "share", Decimal(65), "%", baseline=Decimal(61))
DONE = Goal(2025, YEAR_END, "done", "level")
PATHED = replace(COUNT, path=((3, Decimal(10)), (6, Decimal(60)), (9, Decimal(150))))


def day(text):
    return dt.date.fromisoformat(text)


def figures(**values):
    """Returns figures by quarter: ``q1=3`` is the value at the end of March."""
    return [Figure(bounds(f"2025-{q.upper()}")[1], Decimal(str(v))) for q, v in values.items()]


def status(goal, known, on, **options):
    return judge_target(goal, known, on=day(on), **options).status


# Plan to date


@pytest.mark.parametrize(
    ("goal", "on", "plan", "fallback"),
    [
        (COUNT, "2024-12-31", "0", True),
        (COUNT, "2025-03-31", "75", True),  # 300 × 3/12
        (COUNT, "2025-04-15", "87.5", True),  # 300 × (3 + 15/30)/12
        (COUNT, "2025-12-31", "300", True),
        (COUNT, "2026-02-01", "300", True),
        (LEVEL, "2025-06-30", "1050", True),  # 1000 + 100 × 6/12
        (SHARE, "2025-09-30", "64", True),  # 61 + 4 × 9/12
        (GROWTH, "2025-03-31", "8", False),
        (GROWTH, "2025-12-31", "8", False),
        (replace(LEVEL, baseline=None), "2025-03-31", "1100", True),  # no line leads there
        (replace(LEVEL, baseline=None, listed=Decimal(300)), "2025-03-31", "275", True),
        (replace(LEVEL, comparator="keep_at_least"), "2025-03-31", "1100", False),
        (replace(LEVEL, comparator="at_most", value=Decimal(900)), "2025-06-30", "950", True),
        (replace(COUNT, due_on=dt.date(2025, 9, 30)), "2025-06-30", "200", True),  # 300 × 6/9
        (PATHED, "2025-03-31", "10", False),
        (PATHED, "2025-05-31", "43.3333", False),  # 10 + 50 × 2/3
        (PATHED, "2025-10-31", "200", False),  # 150 + 150 × 1/3
        (PATHED, "2025-12-31", "300", False),
    ],
)
def test_the_plan_to_date(goal, on, plan, fallback):
    found = plan_to_date(goal, day(on))
    assert (found.value, found.fallback) == (Decimal(plan), fallback)


def test_a_promise_without_a_figure_has_no_line():
    assert plan_to_date(DONE, day("2025-06-30")) is None


# Status


@pytest.mark.parametrize(
    ("actual", "expected"),
    # the path says 150 by the end of September: 135 is 10 % short, 105 is 30 %
    [
        ("135", Status.ON_TRACK),
        ("134", Status.AT_RISK),
        ("105", Status.AT_RISK),
        ("104", Status.BEHIND),
        ("299", Status.ON_TRACK),
        ("300", Status.ACHIEVED),
    ],
)
def test_a_count_against_its_own_path(actual, expected):
    assert status(PATHED, figures(q3=actual), "2025-10-05") == expected


@pytest.mark.parametrize(("actual", "expected"), [("203", "on_track"), ("1", "at_risk")])
def test_a_straight_line_never_says_worse_than_at_risk(actual, expected):
    verdict = judge_target(COUNT, figures(q3=actual), on=day("2025-10-05"))
    assert verdict.status == expected
    assert verdict.plan.fallback
    assert ("没有自定序时计划" in "".join(verdict.reasons)) == (actual == "1")


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("9", "on_track"),  # a rate is kept for good by the year's figure only
        ("7.5", "on_track"),
        ("7.4", "at_risk"),
        ("6", "at_risk"),
        ("5.9", "behind"),
        ("-2", "behind"),
    ],
)
def test_a_growth_is_judged_by_points(actual, expected):
    assert status(GROWTH, figures(q2=actual), "2025-08-01") == expected


def test_a_level_is_judged_by_per_cent_and_a_share_by_points():
    assert status(LEVEL, figures(q2=945), "2025-07-10") == "on_track"  # 10 % below 1050
    assert status(LEVEL, figures(q2=944), "2025-07-10") == "at_risk"
    assert status(SHARE, figures(q3="63.5"), "2025-10-10") == "on_track"
    assert status(SHARE, figures(q3="63.4"), "2025-10-10") == "at_risk"


def test_what_is_to_come_down_is_judged_the_other_way():
    debt = replace(LEVEL, comparator="at_most", value=Decimal(900))  # 950 by June
    assert status(debt, figures(q2=960), "2025-07-10") == "on_track"
    assert status(debt, figures(q2=1050), "2025-07-10") == "at_risk"
    assert status(debt, figures(q2=900), "2025-07-10") == "achieved"


def test_a_spending_cap_is_kept_only_when_the_year_is_over():
    cap = replace(COUNT, comparator="at_most")
    assert status(cap, figures(q1=10), "2025-04-05") == "on_track"
    assert status(cap, figures(q4=300), "2026-01-05") == "achieved"


def test_nothing_is_missed_before_its_figure_is_due():
    known = figures(q3=7)
    assert status(ABOUT, known, "2025-12-31") == "at_risk"
    assert status(ABOUT, known, "2026-01-10") == "awaiting"
    assert status(ABOUT, known, "2026-01-25") == "awaiting"
    assert status(ABOUT, known, "2026-01-26") == "no_data"
    early = figures(q4="7.4")
    assert status(ABOUT, early, "2026-01-20") == "at_risk"
    assert status(ABOUT, early, "2026-01-26") == "missed"
    assert status(ABOUT, figures(q4="7.5"), "2026-01-20") == "achieved"


def test_research_spending_waits_for_the_next_autumn():
    research = replace(COUNT, calendar=PublicationCalendar(frequency="year", after_days=300))
    assert status(research, [], "2025-12-31") == "awaiting"
    assert status(research, [], "2026-10-27") == "awaiting"
    assert status(research, [], "2026-10-28") == "no_data"


def test_before_the_first_figure_is_due_it_is_awaited_then_missing():
    assert status(GROWTH, [], "2025-04-20") == "awaiting"
    assert status(GROWTH, [], "2025-04-21") == "no_data"


def test_january_has_no_figure_of_its_own_in_statistics():
    monthly = replace(COUNT, calendar=PublicationCalendar(jan_feb_combined=True, after_days=20))
    assert [p.label for p in periods_of(monthly)][:2] == ["2025-02", "2025-03"]
    assert status(monthly, [], "2025-02-25") == "awaiting"
    assert (
        status(replace(COUNT, calendar=PublicationCalendar(after_days=20)), [], "2025-02-25")
        == "no_data"
    )


def test_in_step_with_a_target_that_has_no_figure_there_is_no_data():
    income = replace(GROWTH, comparator="in_step_with", value=None)
    own = figures(q1=5)
    assert status(income, own, "2025-04-30", others=[]) == "no_data"
    assert status(income, own, "2025-04-30", others=figures(q1="5.5")) == "on_track"
    assert status(income, own, "2025-04-30", others=figures(q1=6)) == "at_risk"
    assert status(income, own, "2025-04-30", others=figures(q1="7.1")) == "behind"
    # the newest quarter for which both are known
    both = {"others": figures(q1=5)}
    verdict = judge_target(income, figures(q1=5, q2=1), on=day("2025-07-30"), **both)
    assert (verdict.status, verdict.figure.value) == ("on_track", 5)


def test_a_promise_without_a_figure():
    assert status(DONE, figures(q1=0), "2025-04-05") == "on_track"
    assert status(DONE, figures(q1=1), "2025-04-05") == "achieved"
    assert status(DONE, figures(q4=0), "2026-01-05") == "at_risk"
    assert status(DONE, figures(q4=0), "2026-01-11") == "missed"


def test_the_reasons_are_words():
    ensured = replace(PATHED, commitment="ensure")
    assert judge_target(ensured, figures(q3=90), on=day("2025-11-20")).reasons == (
        "至2025-09-30实绩90 个, 计划150 个。",
        "比计划低40%。",
        "2025-10数值应于2025-11-10前公布, 尚未填报。",
        "按自定序时计划推算: 至2025-09-30完成90 个, 计划150 个, 照此比例全年180 个。",
        "报告承诺“确保”。",
    )


# Forecast


@pytest.mark.parametrize(
    ("goal", "known", "value", "kept"),
    [
        (COUNT, {"q2": 140}, "280", False),  # 140 ÷ 6/12
        (COUNT, {"q3": 225}, "300", True),
        (PATHED, {"q3": 165}, "330", True),  # 300 × 165/150
        (LEVEL, {"q2": 1040}, "1080", False),  # 1000 + 100 × 40/50
        (SHARE, {"q3": 64}, "65", True),
        (GROWTH, {"q3": "7.9"}, "7.9", False),
        (ABOUT, {"q3": "7.9"}, "7.9", True),
        (replace(SHARE, baseline=None), {"q3": 66}, "66", True),
    ],
)
def test_the_forecast_goes_on_as_the_path_does(goal, known, value, kept):
    found = forecast_of(goal, figures(**known)[0])
    assert (found.value, found.reached) == (Decimal(value), kept)
    assert found.how


# What holds of every target

amounts = st.decimals(min_value=0, max_value=100_000, places=2)
values = st.decimals(min_value=1, max_value=100_000, places=2)
days = st.dates(min_value=dt.date(2024, 12, 1), max_value=dt.date(2026, 12, 31))


@st.composite
def goals(draw, measures=("cumulative", "level", "growth", "share")):
    value = draw(values)
    measure = draw(st.sampled_from(measures))
    due = draw(st.dates(min_value=dt.date(2025, 1, 1), max_value=YEAR_END))
    baseline = draw(st.none() | st.decimals(min_value=0, max_value=value, places=2))
    path = ()
    if draw(st.booleans()):
        months = sorted(draw(st.sets(st.integers(1, 12), min_size=1)))
        first = baseline or Decimal(0)
        steps = st.decimals(min_value=first, max_value=value, places=2)
        points = sorted(draw(st.lists(steps, min_size=len(months), max_size=len(months))))
        path = tuple(zip(months, points, strict=True))
    return Goal(
        2025, due, "at_least", measure, value, baseline=baseline, path=path, calendar=QUARTERLY
    )


@given(goals(), days, days)
def test_a_plan_never_goes_back_and_ends_at_the_target(goal, one, other):
    earlier, later = sorted((one, other))
    assert plan_to_date(goal, earlier).value <= plan_to_date(goal, later).value
    assert plan_to_date(goal, goal.due_on).value == goal.value
    assert plan_to_date(goal, YEAR_END).value == goal.value


GRAVITY = [
    Status.ACHIEVED,
    Status.ON_TRACK,
    Status.AT_RISK,
    Status.BEHIND,
    Status.MISSED,
    Status.AWAITING,
    Status.NO_DATA,
]


@given(goals(), st.lists(amounts, min_size=1, max_size=4), amounts, days)
def test_a_status_never_improves_when_the_actual_falls(goal, known, fall, on):
    ends = [bounds(f"2025-Q{n}")[1] for n in (1, 2, 3, 4)]
    series = [Figure(end, value) for end, value in zip(ends, known, strict=False)]
    fallen = [*series[:-1], replace(series[-1], value=series[-1].value - fall)]
    before, after = judge_target(goal, series, on=on), judge_target(goal, fallen, on=on)
    assert GRAVITY.index(after.status) >= GRAVITY.index(before.status)


@given(goals(), st.lists(amounts, max_size=4), days)
def test_nothing_is_missed_or_red_for_want_of_a_path_or_before_it_is_due(goal, known, on):
    ends = [bounds(f"2025-Q{n}")[1] for n in (1, 2, 3, 4)]
    verdict = judge_target(goal, [Figure(e, v) for e, v in zip(ends, known, strict=False)], on=on)
    assert not (verdict.status == Status.MISSED and on <= periods_of(goal)[-1].due)
    assert not (verdict.status == Status.BEHIND and verdict.plan.fallback)
