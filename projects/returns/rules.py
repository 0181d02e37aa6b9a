"""The monthly return's states and due day (domain §2): one table of who moves it from where."""

import datetime as dt

from projects.people.working_days import NO_OVERRIDES, Overrides, nth_working_day

DUE_WORKING_DAY = 5  # of the next month

# What may be done with a return in which state; the permission table says by whom.
ALLOWED_FROM: dict[str, frozenset[str]] = {
    "change": frozenset({"draft", "sent_back"}),
    "submit": frozenset({"draft", "sent_back"}),
    "confirm": frozenset({"submitted"}),
    "accept": frozenset({"confirmed"}),
    "send_back": frozenset({"submitted", "confirmed"}),
    "correct": frozenset({"accepted"}),
}


def due_day(year: int, month: int, overrides: Overrides = NO_OVERRIDES) -> dt.date:
    """Returns the day by which the month's return is due: the next month's 5th working day."""
    next_month = (year, month + 1) if month < 12 else (year + 1, 1)
    return nth_working_day(*next_month, DUE_WORKING_DAY, overrides)
