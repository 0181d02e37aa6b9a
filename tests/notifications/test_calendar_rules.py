"""How an event in a calendar follows its deadline."""

import datetime as dt

import pytest

from notifications.calendar.rules import EventState, cancel_event, is_still_shown, update_event

EARLIER = dt.datetime(2025, 9, 1, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2025, 9, 23, 1, tzinfo=dt.UTC)
DUE = dt.date(2025, 9, 30)
OPEN = EventState("建成交付", DUE, done=False, cancelled=False, sequence=4, changed_at=EARLIER)
CANCELLED = EventState("建成交付", DUE, done=False, cancelled=True, sequence=5, changed_at=EARLIER)


def stands(had, title="建成交付", due_on=DUE, done=False):
    return update_event(had, title=title, due_on=due_on, done=done, at=NOW)


def test_a_new_event_begins_with_sequence_0():
    assert stands(None) == EventState("建成交付", DUE, False, False, sequence=0, changed_at=NOW)


def test_an_event_that_has_not_changed_stays_the_very_same():
    assert stands(OPEN) is OPEN


@pytest.mark.parametrize(
    "change", [{"title": "竣工"}, {"due_on": dt.date(2025, 10, 31)}, {"done": True}]
)
def test_what_a_person_sees_change_raises_the_sequence_by_one(change):
    after = stands(OPEN, **change)
    assert (after.sequence, after.changed_at) == (5, NOW)
    assert all(getattr(after, name) == value for name, value in change.items())


def test_what_vanishes_is_cancelled_with_a_higher_sequence():
    after = cancel_event(OPEN, at=NOW)
    assert (after.cancelled, after.sequence, after.changed_at) == (True, 5, NOW)


def test_what_was_done_and_vanishes_is_cancelled_and_no_longer_done():
    after = cancel_event(stands(OPEN, done=True), at=NOW)
    assert (after.cancelled, after.done) == (True, False)


def test_what_has_vanished_before_is_not_cancelled_again():
    assert cancel_event(CANCELLED, at=NOW) is CANCELLED


def test_what_comes_back_stands_again_with_a_higher_sequence():
    after = stands(CANCELLED)
    assert (after.cancelled, after.sequence, after.changed_at) == (False, 6, NOW)


@pytest.mark.parametrize(("days", "told"), [(0, True), (89, True), (90, False)])
def test_a_cancelled_event_is_told_for_90_days(days, told):
    assert is_still_shown(CANCELLED, at=EARLIER + dt.timedelta(days=days)) is told


def test_an_event_that_stands_is_not_told_as_cancelled():
    assert not is_still_shown(OPEN, at=EARLIER)
