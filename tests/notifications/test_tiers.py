"""When which reminder falls: examples by hand, and what holds for every date and schedule."""

import datetime as dt
from functools import lru_cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.outbox.models import Tier as TierName
from notifications.policies.tiers import (
    ANY,
    DEFAULT,
    ENSURED,
    GRAVITY,
    PLAIN,
    DueTier,
    ScheduleTier,
    due_window,
    find_due_tiers,
    find_forecast_tiers,
    find_schedule,
    pick_gravest,
    working_day_at_or_before,
)
from projects.people.working_days import is_working_day

ONE_DAY = dt.timedelta(days=1)
DUE_DAYS = st.dates(dt.date(2005, 3, 1), dt.date(2025, 12, 31))
# Days that the city's own calendar turns round, by their distance from the due day.
TURNED = st.dictionaries(st.integers(-60, 60), st.booleans(), max_size=20)
BEFORE = st.builds(ScheduleTier, st.just("remind"), st.just("before"), st.integers(0, 90))
AFTER = st.builds(
    ScheduleTier,
    st.sampled_from(["urge", "supervise"]),
    st.just("after"),
    st.integers(1, 30),
    st.none() | st.integers(1, 12),
)
SCHEDULES = st.lists(
    BEFORE | AFTER, max_size=8, unique_by=lambda each: (each.name, each.timing, each.days)
).map(tuple) | st.sampled_from([PLAIN, ENSURED])


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def calendar(due_on: dt.date, turned: dict[int, bool]):
    overrides = {due_on + number * ONE_DAY: worked for number, worked in turned.items()}
    return lru_cache(maxsize=None)(partial(is_working_day, overrides=overrides))


def chain(schedule, due_on: str, first: str, last: str) -> list[tuple[str, str, int]]:
    found = find_due_tiers(schedule, day(due_on), day(first), day(last), is_working_day)
    return [(str(each.on), each.tier.name, each.ordinal) for each in found]


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
def test_a_reminder_falls_on_its_day_or_the_working_day_before(due_on, days_before, sent_on):
    tier = ScheduleTier("remind", "before", days_before)
    assert chain([tier], due_on, "2025-08-01", "2025-12-31") == [(sent_on, "remind", days_before)]


@pytest.mark.parametrize(
    ("due_on", "number", "sent_on"),
    [
        ("2025-09-30", 1, "2025-10-09"),  # the first working day after the holiday
        ("2025-09-30", 2, "2025-10-10"),
        ("2025-09-30", 3, "2025-10-11"),  # a Saturday that makes up for the holiday
        ("2025-09-30", 4, "2025-10-13"),
        ("2025-09-30", 5, "2025-10-14"),
        ("2025-09-30", 10, "2025-10-21"),
        ("2025-10-05", 1, "2025-10-09"),  # due within the holiday
        ("2025-10-10", 1, "2025-10-11"),
        ("2025-12-31", 1, "2026-01-04"),  # a Sunday that makes up for New Year
    ],
)
def test_what_comes_after_the_day_counts_working_days(due_on, number, sent_on):
    tier = ScheduleTier("urge", "after", number)
    assert chain([tier], due_on, "2025-09-01", "2026-02-28") == [(sent_on, "urge", number)]


def test_a_tier_comes_again_every_so_many_working_days_without_end():
    tier = ScheduleTier("supervise", "after", 10, repeat_every=5)
    found = chain([tier], "2025-09-30", "2025-10-01", "2025-11-11")
    assert found == [
        ("2025-10-21", "supervise", 10),
        ("2025-10-28", "supervise", 15),
        ("2025-11-04", "supervise", 20),
        ("2025-11-11", "supervise", 25),
    ]


@pytest.mark.parametrize(
    ("on", "due_on", "ordinals"),
    [
        ("2025-09-22", "2025-09-30", []),
        ("2025-09-23", "2025-09-30", [7]),
        ("2025-09-30", "2025-10-05", [1, 0]),
        ("2025-10-01", "2025-10-01", []),  # a day off sends nothing
        ("2025-10-01", "2025-10-08", []),
        ("2025-10-08", "2025-09-30", []),
    ],
)
def test_the_tiers_of_a_day_the_gravest_last(on, due_on, ordinals):
    assert [ordinal for *_, ordinal in chain(PLAIN, due_on, on, on)] == ordinals


def test_the_forecast_urges_only_while_it_is_late_and_the_day_still_to_come():
    due_on, on = day("2025-09-30"), day("2025-08-01")
    [falling] = find_forecast_tiers(ENSURED, due_on, day("2025-10-01"), on)
    assert (falling.tier.name, falling.ordinal, falling.on) == ("urge", 0, on)
    assert find_forecast_tiers(ENSURED, due_on, due_on, on) == []
    assert find_forecast_tiers(ENSURED, due_on, None, on) == []
    assert find_forecast_tiers(ENSURED, due_on, day("2025-10-20"), day("2025-10-09")) == []
    assert find_forecast_tiers(PLAIN, due_on, day("2025-10-20"), on) == []


def working_days_between(first: dt.date, last: dt.date, works) -> list[dt.date]:
    every = (first + number * ONE_DAY for number in range((last - first).days + 1))
    return [each for each in every if works(each)]


@settings(max_examples=40)
@given(DUE_DAYS, TURNED, SCHEDULES)
def test_no_tier_falls_on_a_day_off_and_each_falls_exactly_once(due_on, turned, schedule):
    works = calendar(due_on, turned)
    first, last = due_on - 400 * ONE_DAY, due_on + 120 * ONE_DAY
    found = find_due_tiers(schedule, due_on, first, last, works)
    told = [(each.tier, each.ordinal) for each in found]

    assert all(works(each.on) for each in found)
    assert len(told) == len(set(told))
    working = len(working_days_between(due_on + ONE_DAY, last, works))
    expected = set()
    for tier in schedule:
        if tier.timing == "before":
            expected.add((tier, tier.days))
        elif tier.timing == "after" and tier.repeat_every:
            expected |= {(tier, n) for n in range(tier.days, working + 1, tier.repeat_every)}
        elif tier.timing == "after" and tier.days <= working:
            expected.add((tier, tier.days))
    assert set(told) == expected


@settings(max_examples=40)
@given(DUE_DAYS, TURNED, SCHEDULES)
def test_a_reminder_moves_back_only_and_what_comes_after_counts_on(due_on, turned, schedule):
    works = calendar(due_on, turned)
    for each in find_due_tiers(
        schedule, due_on, due_on - 400 * ONE_DAY, due_on + 90 * ONE_DAY, works
    ):
        if each.tier.timing == "before":
            nominal = due_on - each.ordinal * ONE_DAY
            assert each.on <= nominal
            assert not working_days_between(each.on + ONE_DAY, nominal, works)
        else:
            assert len(working_days_between(due_on + ONE_DAY, each.on, works)) == each.ordinal


@settings(max_examples=40)
@given(DUE_DAYS, TURNED, SCHEDULES, st.integers(-100, 60), st.integers(0, 40))
def test_asking_day_by_day_finds_what_asking_at_once_does(due_on, turned, schedule, start, length):
    works = calendar(due_on, turned)
    first = due_on + start * ONE_DAY
    days = [first + number * ONE_DAY for number in range(length + 1)]
    at_once = find_due_tiers(schedule, due_on, days[0], days[-1], works)
    by_day = [each for one in days for each in find_due_tiers(schedule, due_on, one, one, works)]
    assert at_once == by_day


@settings(max_examples=40)
@given(DUE_DAYS, TURNED, SCHEDULES, st.integers(-100, 100), st.integers(0, 40))
def test_the_window_holds_every_due_day_that_has_a_tier(due_on, turned, schedule, start, length):
    works = calendar(due_on, turned)
    first = due_on + start * ONE_DAY
    last = first + length * ONE_DAY
    if find_due_tiers(schedule, due_on, first, last, works):
        window = due_window(first, last, works, {(ANY, ANY): schedule})
        assert window[0] <= due_on <= window[1]


def test_the_window_reaches_as_far_as_the_longest_notice_and_over_days_off():
    only = {(ANY, ANY): (ScheduleTier("remind", "before", 30), ScheduleTier("remind", "before", 7))}
    one = day("2025-09-23")
    assert due_window(one, one, is_working_day, only) == (one, day("2025-10-23"))
    # Before the holiday the tiers of its eight days are sent as well.
    one = day("2025-09-30")
    assert due_window(one, one, is_working_day, only) == (one, day("2025-11-07"))
    assert due_window(one, one, is_working_day, DEFAULT)[0] == dt.date.min


# From the mildest to the gravest, by hand.
BY_GRAVITY = [
    ("remind", 30), ("remind", 15), ("remind", 7), ("remind", 1), ("remind", 0),
    ("urge", 0), ("urge", 1), ("urge", 5),
    ("supervise", 1), ("supervise", 6), ("supervise", 10), ("supervise", 15),
]  # fmt: skip


@settings(max_examples=30)
@given(st.permutations(BY_GRAVITY), st.integers(1, len(BY_GRAVITY)))
def test_of_tiers_on_one_day_the_gravest_is_sent(shuffled, count):
    timing = {"remind": "before", "urge": "after", "supervise": "after"}
    some = [
        DueTier(ScheduleTier(name, timing[name], ordinal), ordinal, day("2025-09-30"))
        for name, ordinal in shuffled[:count]
    ]
    sent = pick_gravest(some)
    assert (sent.tier.name, sent.ordinal) == max(shuffled[:count], key=BY_GRAVITY.index)


def test_of_no_tiers_none_is_sent():
    assert pick_gravest([]) is None


def test_the_schedule_is_looked_up_by_kind_and_commitment():
    assert find_schedule(DEFAULT, "milestone", "ensure") == ENSURED
    assert find_schedule(DEFAULT, "milestone", "plan") == PLAIN
    firm, mild = (ScheduleTier("remind", "before", 60),), (ScheduleTier("remind", "before", 3),)
    schedules = {(ANY, ANY): PLAIN, (ANY, "ensure"): firm, ("target", ANY): mild}
    assert find_schedule(schedules, "milestone", "ensure") == firm
    assert find_schedule(schedules, "target", "ensure") == mild
    assert find_schedule(schedules, "target", "plan") == mild
    assert find_schedule(schedules, "milestone", "plan") == PLAIN
    assert find_schedule({}, "milestone", "plan") == ()


def test_every_tier_is_known_to_the_outbox():
    assert list(GRAVITY) == TierName.values
    assert {tier.name for tiers in DEFAULT.values() for tier in tiers} <= set(GRAVITY)


def test_a_break_without_end_is_a_mistake_of_the_calendar():
    with pytest.raises(ValueError, match="no working day"):
        working_day_at_or_before(day("2025-10-01"), lambda _: False)
