import datetime as dt
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.people import working_days
from projects.people.models import CalendarDay
from projects.people.working_calendar import calendar_overrides
from projects.people.working_days import (
    is_working_day,
    is_year_known,
    next_working_day,
    nth_working_day,
)

KNOWN_DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2025, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("date", "worked"),
    [
        ("2025-09-23", True),  # a Tuesday
        ("2025-09-27", False),  # a Saturday
        ("2025-09-28", True),  # a Sunday made up for National Day
        ("2025-09-30", True),
        ("2025-10-01", False),
        ("2025-10-08", False),  # the last day of the long holiday
        ("2025-10-09", True),
        ("2025-10-11", True),  # a Saturday made up
        ("2025-10-12", False),
        ("2025-01-26", True),  # a Sunday made up for Spring Festival
        ("2025-02-08", True),  # a Saturday made up for Spring Festival
        ("2025-05-05", False),  # a Monday of the Labour Day holiday
    ],
)
def test_holidays_and_make_up_days_are_known(date, worked):
    assert is_working_day(day(date)) is worked


def test_what_the_city_entered_goes_before_the_package():
    overrides = {day("2025-09-23"): False, day("2025-10-01"): True}
    assert not is_working_day(day("2025-09-23"), overrides)
    assert is_working_day(day("2025-10-01"), overrides)
    assert next_working_day(day("2025-09-22"), overrides) == day("2025-09-24")


def test_the_working_days_around_national_day():
    assert next_working_day(day("2025-09-30")) == day("2025-10-09")
    assert next_working_day(day("2025-09-27")) == day("2025-09-28")


@pytest.mark.parametrize(
    ("year", "month", "n", "expected"),
    [
        (2025, 10, 1, "2025-10-09"),
        (2025, 10, 2, "2025-10-10"),
        (2025, 10, 3, "2025-10-11"),
        (2025, 10, 5, "2025-10-14"),
        (2025, 9, 5, "2025-09-05"),
        (2025, 1, 1, "2025-01-02"),
    ],
)
def test_the_nth_working_day_of_a_month(year, month, n, expected):
    assert nth_working_day(year, month, n) == day(expected)


@pytest.mark.parametrize("n", [0, -1, 24])
def test_a_month_has_no_such_working_day(n):
    with pytest.raises(ValueError, match="working days"):
        nth_working_day(2025, 10, n)


def test_a_year_that_the_package_does_not_know_is_monday_to_friday_and_said_once(caplog):
    caplog.set_level(logging.WARNING)
    working_days._warn_of_unknown.cache_clear()  # another test may have asked for that year
    monday = day("2091-01-01")
    days = [monday + dt.timedelta(days=n) for n in range(7)]
    assert [is_working_day(each) for each in days] == [True] * 5 + [False] * 2
    assert len([record for record in caplog.records if "2091" in record.getMessage()]) == 1


@pytest.mark.parametrize(
    ("year", "known"), [(2003, False), (2004, True), (2025, True), (2091, False)]
)
def test_whether_a_years_holidays_are_known_can_be_asked(year, known):
    assert is_year_known(year) is known


def test_a_calendar_without_working_days_is_refused_rather_than_searched_for_ever():
    never = {day("2025-01-01") + dt.timedelta(days=n): False for n in range(800)}
    with pytest.raises(ValueError, match="no working day"):
        next_working_day(day("2025-01-01"), never)


@given(KNOWN_DAYS)
def test_no_working_day_lies_between_a_day_and_its_next(date):
    after = next_working_day(date)
    assert date < after
    between = [date + dt.timedelta(days=n) for n in range(1, (after - date).days)]
    assert not any(is_working_day(each) for each in between)
    assert is_working_day(after)


@given(st.integers(2005, 2025), st.integers(1, 12), st.integers(1, 15))
def test_working_days_of_a_month_are_counted_without_gaps(year, month, n):
    found = nth_working_day(year, month, n)
    first = dt.date(year, month, 1)
    worked = [first + dt.timedelta(days=k) for k in range((found - first).days + 1)]
    assert sum(map(is_working_day, worked)) == n


@pytest.mark.django_db
def test_the_citys_days_are_loaded_in_one_query(django_assert_num_queries):
    CalendarDay.objects.create(day=day("2027-02-08"), working=False, note="国办发明电")
    with django_assert_num_queries(1):
        assert calendar_overrides() == {day("2027-02-08"): False}
