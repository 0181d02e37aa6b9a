import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.outbox.backoff import FIRST, LONGEST, retry_delay

attempts = st.integers(1, 32_767)
spreads = st.floats(0, 1)


@pytest.mark.parametrize(
    ("attempt", "earliest", "latest"),
    [
        (1, "0:00:30", "0:01:00"),
        (2, "0:01:00", "0:02:00"),
        (3, "0:02:00", "0:04:00"),
        (8, "1:04:00", "2:08:00"),
        (11, "8:32:00", "17:04:00"),
        (12, "12:00:00", "1 day, 0:00:00"),
        (32_767, "12:00:00", "1 day, 0:00:00"),
    ],
)
def test_the_wait_doubles_from_a_minute_to_a_day(attempt, earliest, latest):
    assert str(retry_delay(attempt, 0)) == earliest
    assert str(retry_delay(attempt, 1)) == latest


@given(attempts, spreads)
def test_no_wait_is_shorter_than_half_a_minute_or_longer_than_a_day(attempt, spread):
    assert FIRST / 2 <= retry_delay(attempt, spread) <= LONGEST


@given(attempts, spreads)
def test_no_further_attempt_waits_less_by_the_same_chance(attempt, spread):
    assert retry_delay(attempt, spread) <= retry_delay(attempt + 1, spread)


@given(attempts, spreads, spreads)
def test_chance_spreads_the_wait_over_no_more_than_its_second_half(attempt, one, other):
    shorter, longer = sorted([retry_delay(attempt, one), retry_delay(attempt, other)])
    assert longer - shorter <= retry_delay(attempt, 0)


def test_the_wait_is_exact_to_less_than_a_second():
    assert retry_delay(1, 0.5) == dt.timedelta(seconds=45)
