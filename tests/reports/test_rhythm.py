import datetime as dt
from functools import lru_cache, partial
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.reports.subscriptions.rhythm import (
    MONTHLY,
    NUMBERS,
    QUARTERLY,
    WEEKLY,
    WORKING_DAY,
    Rhythm,
    due_days,
    is_due,
    last_due_day,
    named_day,
)
from projects.people.working_days import is_working_day as of_china
from projects.people.working_days import nth_working_day

ONE_DAY = dt.timedelta(days=1)
FIRST = dt.date(2025, 1, 1)
is_working_day = lru_cache(maxsize=None)(of_china)


def of_2025(kind: str, number: int) -> list[str]:
    found = due_days(Rhythm(kind, number), FIRST, is_working_day)
    return [f"{day:%m-%d}" for day in islice(found, 60) if day.year == 2025]


@pytest.mark.parametrize(
    ("kind", "number", "due"),
    [
        # New Year; 1 February is a Saturday in the Spring Festival; 1 May is a holiday …
        (MONTHLY, 1, "01-02 02-05 03-03 04-01 05-06 06-03 07-01 08-01 09-01 10-09 11-03 12-01"),
        # … and the shorter months have no 31st.
        (MONTHLY, 31, "02-05 02-28 03-31 04-30 06-03 06-30 07-31 09-01 09-30 10-31 12-01 12-31"),
        (WORKING_DAY, 1, "01-02 02-05 03-03 04-01 05-06 06-03 07-01 08-01 09-01 10-09 11-03 12-01"),
        (WORKING_DAY, 5, "01-08 02-10 03-07 04-08 05-12 06-09 07-07 08-07 09-05 10-14 11-07 12-05"),
        (QUARTERLY, 1, "01-02 04-01 07-01 10-09"),
        (QUARTERLY, 10, "01-10 04-10 07-10 10-10"),
    ],
)
def test_the_due_days_of_2025(kind, number, due):
    assert of_2025(kind, number) == due.split()


def test_what_the_national_holiday_moves_comes_once():
    """The Thursdays 2 October (a holiday) and 9 October, the first working day after it."""
    thursdays = due_days(Rhythm(WEEKLY, 4), dt.date(2025, 9, 22), is_working_day)
    assert [f"{day:%m-%d}" for day in islice(thursdays, 3)] == ["09-25", "10-09", "10-16"]


def test_a_make_up_saturday_is_a_working_day():
    """28 September 2025, a Sunday, was worked for the National Day."""
    assert is_due(Rhythm(WEEKLY, 7), dt.date(2025, 9, 28), is_working_day)


def test_the_newest_due_day_is_looked_for_only_so_far_back():
    rhythm = Rhythm(MONTHLY, 5)
    newest = partial(last_due_day, rhythm, dt.date(2025, 9, 30), is_working_day)
    assert newest(within=31) == dt.date(2025, 9, 5)
    assert newest(within=10) is None


# Whatever the calendar ---------------------------------------------------------------------------
RHYTHMS = st.sampled_from(sorted(NUMBERS)).flatmap(
    lambda kind: st.builds(Rhythm, st.just(kind), st.sampled_from(NUMBERS[kind]))
)
# Holidays: first day and length.
HOLIDAYS = st.lists(
    st.tuples(st.dates(FIRST, dt.date(2025, 12, 31)), st.integers(1, 9)), max_size=8
)
WEEKENDS = st.sampled_from([(6, 7), (7,), ()])


def calendar(weekend, holidays):
    off = {first + n * ONE_DAY for first, length in holidays for n in range(length)}
    return lambda day: day.isoweekday() not in weekend and day not in off


@given(RHYTHMS, WEEKENDS, HOLIDAYS)
@settings(max_examples=60, deadline=None)
def test_each_day_that_is_named_is_due_on_the_next_working_day_and_no_other_is(
    rhythm, weekend, holidays
):
    works = calendar(weekend, holidays)
    days = [FIRST + n * ONE_DAY for n in range(365)]
    expected = set()
    for day in days:
        if rhythm.names(day, works):
            while not works(day):
                day += ONE_DAY
            expected.add(day)

    found = list(islice(due_days(rhythm, FIRST, works), 400))
    found = [day for day in found if day <= days[-1]]

    assert found == sorted(set(found))
    assert all(works(day) for day in found)
    # What is named just before the year and falls on days off is due in it.
    first_worked = next(day for day in days if works(day))
    assert set(found) - {first_worked} == {d for d in expected if d <= days[-1]} - {first_worked}


@given(RHYTHMS, HOLIDAYS)
@settings(max_examples=40, deadline=None)
def test_no_rhythm_ever_stops(rhythm, holidays):
    works = calendar((6, 7), holidays)
    for month in range(1, 13):
        assert next(due_days(rhythm, dt.date(2025, month, 1), works), None) is not None


@given(st.integers(1, 12), st.integers(1, 15))
@settings(max_examples=40, deadline=None)
def test_the_nth_working_day_is_the_one_that_returns_are_due_by(month, number):
    day = nth_working_day(2025, month, number)
    rhythm = Rhythm(WORKING_DAY, number)
    assert next(due_days(rhythm, dt.date(2025, month, 1), is_working_day)) == day


@given(RHYTHMS, st.dates(FIRST, dt.date(2025, 12, 31)))
@settings(max_examples=40, deadline=None)
def test_the_newest_due_day_is_the_last_of_those_before(rhythm, day):
    found = last_due_day(rhythm, day, is_working_day, within=140)
    earlier = due_days(rhythm, day - 139 * ONE_DAY, is_working_day)
    before = [each for each in islice(earlier, 60) if each <= day]
    assert found == (before[-1] if before else None)


@pytest.mark.parametrize(
    ("due", "named"),
    [("2025-10-31", "2025-10-31"), ("2025-12-01", "2025-11-30"), ("2025-11-30", None)],
)
def test_a_day_that_was_moved_knows_the_one_that_was_named(due, named):
    found = named_day(Rhythm(MONTHLY, 31), dt.date.fromisoformat(due), is_working_day)
    assert found == (named and dt.date.fromisoformat(named))
