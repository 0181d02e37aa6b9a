"""Plan to date: what the plan wants at the end of a day."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.programmes.rules import PlanMonth, YearPlan, find_plan_fault, plan_to_date

QUARTERS = [
    PlanMonth(3, Decimal(100), Decimal(5)),
    PlanMonth(6, Decimal(700), Decimal(30)),
    PlanMonth(9, Decimal(1600), Decimal(70)),
    PlanMonth(12, Decimal(2000), Decimal(100)),
]
YEAR = YearPlan(year=2025, investment=Decimal(2000))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("on", "investment", "progress", "share"),
    [
        ("2024-12-31", "0.00", "0.00", "0.00"),
        ("2025-03-31", "100.00", "5.00", "5.00"),
        ("2025-06-30", "700.00", "30.00", "35.00"),
        # 46 of the third quarter's 92 days are over
        ("2025-08-15", "1150.00", "50.00", "57.50"),
        ("2025-12-31", "2000.00", "100.00", "100.00"),
        ("2026-05-01", "2000.00", "100.00", "100.00"),
    ],
)
def test_the_plan_by_quarter_says_what_should_stand(on, investment, progress, share):
    found = plan_to_date(QUARTERS, day(on), YEAR)
    assert [found.investment, found.progress, found.share] == [
        Decimal(investment),
        Decimal(progress),
        Decimal(share),
    ]
    assert not found.fallback


@pytest.mark.parametrize(
    ("on", "investment", "progress"),
    [
        ("2025-03-31", "0.00", "0.00"),  # winter: nothing is wanted yet
        ("2025-04-01", "10.00", "0.50"),  # the first of 200 building days
        ("2025-07-09", "1000.00", "50.00"),
        ("2025-10-17", "2000.00", "100.00"),
        ("2025-12-31", "2000.00", "100.00"),
    ],
)
def test_without_points_the_line_is_straight_but_flat_in_winter(on, investment, progress):
    plan = YearPlan(2025, Decimal(2000), day("2024-12-01"), day("2025-10-17"))
    found = plan_to_date([], day(on), plan)
    assert found.fallback
    assert (found.investment, found.progress) == (Decimal(investment), Decimal(progress))


def test_standstill_keeps_the_straight_line_where_it_was_in_october():
    plan = YearPlan(2025, Decimal(900), day("2025-08-01"), day("2026-06-30"))
    in_october = plan_to_date([], day("2025-10-31"), plan)
    in_march = plan_to_date([], day("2026-03-31"), plan)
    assert in_october.progress == in_march.progress == Decimal("50.27")  # 92 of 183 days
    assert in_october.investment == Decimal("900.00")  # the year's money, all of it


def test_a_site_that_works_in_winter_only_counts_every_day():
    plan = YearPlan(2025, Decimal(100), day("2025-11-01"), day("2025-11-10"))
    assert plan_to_date([], day("2025-11-05"), plan).progress == Decimal("50.00")


def test_who_planned_no_money_and_no_days_has_no_plan_to_date():
    found = plan_to_date([], day("2025-06-30"), YearPlan(year=2025))
    assert (found.investment, found.progress, found.share) == (None, None, None)


def test_progress_is_unknown_where_only_one_end_is_planned():
    plan = YearPlan(2025, Decimal(100), commissioning=day("2025-10-31"))
    found = plan_to_date([], day("2025-10-31"), plan)
    assert found.progress is None
    assert found.investment == Decimal("100.00")


def test_points_without_progress_leave_it_out():
    found = plan_to_date([PlanMonth(12, Decimal(50))], day("2025-12-31"), YEAR)
    assert (found.investment, found.progress) == (Decimal("50.00"), None)


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        (QUARTERS, None),
        ([PlanMonth(6, Decimal(5)), PlanMonth(3, Decimal(6))], (6, "investment")),
        (
            [
                PlanMonth(3, Decimal(5), Decimal(9)),
                PlanMonth(6, Decimal(5)),
                PlanMonth(9, Decimal(5), Decimal(8)),
            ],
            (9, "progress"),
        ),
    ],
)
def test_a_plan_that_falls_is_at_fault(points, fault):
    assert find_plan_fault(points) == fault


MONEY = st.decimals(0, 10**9, places=2)
DAYS = st.dates(dt.date(2024, 6, 1), dt.date(2026, 12, 31))
PLANS = st.builds(
    YearPlan,
    st.just(2025),
    st.none() | MONEY,
    st.none() | DAYS,
    st.none() | DAYS,
)


@st.composite
def rising_points(draw):
    months = sorted(draw(st.sets(st.integers(1, 12))))
    money = sorted(draw(st.lists(MONEY, min_size=len(months), max_size=len(months))))
    percent = st.decimals(0, 100, places=2)
    progress = sorted(draw(st.lists(percent, min_size=len(months), max_size=len(months))))
    points = zip(months, money, progress, strict=True)
    return [PlanMonth(m, i, p if draw(st.booleans()) else None) for m, i, p in points]


@given(rising_points(), PLANS, DAYS, DAYS)
def test_a_later_day_never_wants_less(points, plan, one, other):
    earlier = plan_to_date(points, min(one, other), plan)
    later = plan_to_date(points, max(one, other), plan)
    for name in ("investment", "progress", "share"):
        before, after = getattr(earlier, name), getattr(later, name)
        assert (before is None) == (after is None)
        assert before is None or 0 <= before <= after


@given(rising_points(), PLANS, DAYS)
def test_the_plan_wants_all_at_the_years_end_and_never_more(points, plan, on):
    found = plan_to_date(points, on, plan)
    whole = points[-1].investment if points else plan.investment
    assert found.investment is None or found.investment <= whole
    if whole is not None:
        assert plan_to_date(points, dt.date(2025, 12, 31), plan).investment == whole
