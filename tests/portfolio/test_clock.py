"""One clock: in Python and in the database."""

import datetime as dt

import pytest
import time_machine
from django.db import connection

from portfolio.core import clock
from tests import factories

THE_DAY = dt.datetime(2025, 1, 5, 9, 0, tzinfo=clock.CITY_TIME)


def database_now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT portfolio_now()")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_database_and_python_read_the_same_moved_clock():
    with clock.at(THE_DAY):
        assert abs(database_now() - clock.now()) < dt.timedelta(seconds=5)
        assert clock.today() == dt.date(2025, 1, 5)
    assert abs(database_now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


@pytest.mark.django_db
def test_a_fact_and_its_history_bear_the_moment_of_the_moved_clock():
    with clock.at(THE_DAY):
        project = factories.ProjectFactory()
    assert project.transitions.get().recorded_at.date() == dt.date(2025, 1, 5)
    assert project.events.first().pgh_created_at.date() == dt.date(2025, 1, 5)


def test_the_day_is_shanghais_not_greenwichs(settings):
    settings.CLOCK_SHIFT = dt.timedelta(0)
    with time_machine.travel(dt.datetime(2025, 9, 22, 16, 30, tzinfo=dt.UTC), tick=False):
        assert clock.today() == dt.date(2025, 9, 23)


def test_the_demo_shift_moves_the_day_and_lets_it_run_on(settings):
    settings.CLOCK_SHIFT = dt.timedelta(days=-427)
    with time_machine.travel(dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC), tick=False):
        assert clock.today() == dt.date(2025, 9, 23)
    with time_machine.travel(dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.UTC), tick=False):
        assert clock.today() == dt.date(2025, 9, 24)
