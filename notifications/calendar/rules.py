"""Says how an event in a person's calendar follows its deadline (RFC 5545, 3.8.7.4: SEQUENCE).

A calendar takes an event with a higher sequence for the newer one and never takes one back, so
the sequence rises with whatever a person would see change, and never falls.
"""

import datetime as dt
from dataclasses import dataclass, replace

PAST = dt.timedelta(days=90)
AHEAD = dt.timedelta(days=400)
# How long what was called off is still said to be, so that every calendar comes by and hears it.
CANCELLED_SHOWN = dt.timedelta(days=90)
MOST_EVENTS = 2000


@dataclass(frozen=True, slots=True)
class EventState:
    """An event as the calendar last had it."""

    title: str
    due_on: dt.date
    done: bool
    cancelled: bool
    sequence: int
    changed_at: dt.datetime


def update_event(
    had: EventState | None, *, title: str, due_on: dt.date, done: bool, at: dt.datetime
) -> EventState:
    """Returns the event of a deadline that stands: the very same when nothing has changed."""
    if had is None:
        return EventState(title, due_on, done, cancelled=False, sequence=0, changed_at=at)
    new = replace(had, title=title, due_on=due_on, done=done, cancelled=False)
    return had if new == had else replace(new, sequence=had.sequence + 1, changed_at=at)


def cancel_event(had: EventState, *, at: dt.datetime) -> EventState:
    """Returns the event of a deadline that is gone: cancelled, parked, deleted, another's."""
    if had.cancelled:
        return had
    return replace(had, done=False, cancelled=True, sequence=had.sequence + 1, changed_at=at)


def is_still_shown(entry: EventState, *, at: dt.datetime) -> bool:
    """Returns whether a cancelled event is still shown."""
    return entry.cancelled and entry.changed_at > at - CANCELLED_SHOWN
