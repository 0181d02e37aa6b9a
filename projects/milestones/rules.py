"""Who decides a request for a later date 延期申请, and by when (domain §2)."""

import datetime as dt

from projects.choices import Decider
from projects.people.working_days import NO_OVERRIDES, Overrides, next_working_day

LONG_EXTENSION_DAYS = 30
DECISION_WORKING_DAYS = 3


def choose_decider(
    *, of_the_report: bool, granted_before: int, due_on: dt.date, new_due_on: dt.date
) -> Decider:
    """Returns who decides: a leader where the promise stands in the work report, where the date
    was moved before, or where it would move by more than 30 days; else a supervisor."""
    long = (new_due_on - due_on).days > LONG_EXTENSION_DAYS
    if of_the_report or granted_before > 0 or long:
        return Decider.LEADER
    return Decider.SUPERVISOR


def decide_by(signed_on: dt.date, overrides: Overrides = NO_OVERRIDES) -> dt.date:
    """Returns the third working day after the signature."""
    day = signed_on
    for _ in range(DECISION_WORKING_DAYS):
        day = next_working_day(day, overrides)
    return day
