import datetime as dt
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.models import Tier as TierName
from notifications.rules.tiers import (
    ANY,
    GRAVITY,
    REMIND,
    SCHEDULES,
    Tier,
    due_window,
    falls_on,
    gravest,
    schedule_of,
    tiers_falling_on,
)
from projects.rules.working_days import is_working_day

DUE_DAYS = st.dates(dt.date(2005, 3, 1), dt.date(2025, 12, 31))
# Days that the city's own calendar turns round, by their distance before the due day.
TURNED = st.dictionaries(st.integers(0, 60), st.booleans(), max_size=20)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("due_on", "days_before", "sent_on"),
    [
        # 林南 is due on a Tuesday, the day before the National Day holiday
        ("2025-09-30", 30, "2025-08-29"),  # 08-31 is a Sunday: the Friday before
        ("2025-09-30", 15, "2025-09-15"),
        ("2025-09-30", 7, "2025-09-23"),
        ("2025-09-30", 1, "2025-09-29"),
        ("2025-09-30", 0, "2025-09-30"),
        # due within the long holiday: all that fall in it come before it
        ("2025-10-05", 7, "2025-09-28"),  # a Sunday that is worked
        ("2025-10-05", 1, "2025-09-30"),
        ("2025-10-05", 0, "2025-09-30"),
        # due on a Saturday that is worked
        ("2025-10-11", 0, "2025-10-11"),
        ("2025-12-31", 30, "2025-12-01"),
        ("2025-12-31", 15, "2025-12-16"),
    ],
)
def test_a_tier_falls_on_its_day_or_the_working_day_before(due_on, days_before, sent_on):
    assert falls_on(Tier("remind", days_before), day(due_on), is_working_day) == day(sent_on)


@pytest.mark.parametrize(
    ("on", "due_on", "days_before"),
    [
        ("2025-09-22", "2025-09-30", []),
        ("2025-09-23", "2025-09-30", [7]),
        ("2025-09-30", "2025-10-05", [1, 0]),
        ("2025-10-01", "2025-10-01", []),  # a day off sends nothing
        ("2025-10-01", "2025-10-08", []),
        ("2025-10-09", "2025-09-30", []),  # past
    ],
)
def test_the_tiers_of_a_day(on, due_on, days_before):
    found = tiers_falling_on(day(on), day(due_on), is_working_day)
    assert [tier.days_before for tier in found] == days_before


def test_of_tiers_on_one_day_the_nearest_is_sent():
    found = tiers_falling_on(day("2025-09-30"), day("2025-10-05"), is_working_day)
    assert gravest(found) == Tier("remind", 0)
    assert gravest([]) is None


@given(DUE_DAYS, TURNED)
def test_each_tier_falls_on_exactly_one_working_day_not_after_its_own(due_on, turned):
    overrides = {due_on - dt.timedelta(days=n): worked for n, worked in turned.items()}
    works = partial(is_working_day, overrides=overrides)
    days = [due_on - dt.timedelta(days=n) for n in range(-3, 160)]
    sent = [(each, tier) for each in days for tier in tiers_falling_on(each, due_on, works)]

    assert sorted(tier.days_before for _, tier in sent) == [0, 1, 7, 15, 30]
    for sent_on, tier in sent:
        assert works(sent_on)
        assert sent_on <= tier.nominal_day(due_on)


@given(DUE_DAYS, TURNED)
def test_the_window_holds_every_due_day_that_has_a_tier_on_the_day(due_on, turned):
    overrides = {due_on - dt.timedelta(days=n): worked for n, worked in turned.items()}
    works = partial(is_working_day, overrides=overrides)
    for tier in REMIND:
        window = due_window(falls_on(tier, due_on, works), works)
        assert window is not None
        assert window[0] <= due_on <= window[1]


def test_a_day_off_has_no_window():
    assert due_window(day("2025-10-01"), is_working_day) is None
    assert due_window(day("2025-09-23"), is_working_day) == (day("2025-09-23"), day("2025-10-23"))
    # Before the holiday the tiers of its eight days are sent as well.
    assert due_window(day("2025-09-30"), is_working_day) == (day("2025-09-30"), day("2025-11-07"))


def test_the_schedule_is_looked_up_by_kind_and_commitment(monkeypatch):
    assert schedule_of("milestone", "ensure") == REMIND
    firm, mild = (Tier("remind", 60),), (Tier("remind", 3),)
    monkeypatch.setitem(SCHEDULES, (ANY, "ensure"), firm)
    monkeypatch.setitem(SCHEDULES, ("target", ANY), mild)
    assert schedule_of("milestone", "ensure") == firm
    assert schedule_of("target", "ensure") == mild
    assert schedule_of("target", "plan") == mild
    assert schedule_of("milestone", "plan") == REMIND


def test_every_tier_is_known_to_the_outbox():
    assert set(GRAVITY) == set(TierName.values)
    assert {tier.name for tiers in SCHEDULES.values() for tier in tiers} <= set(GRAVITY)
