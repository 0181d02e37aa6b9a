"""The hand-over of a task 交办: one table of moves (domain §2).

交办 → 反馈 → 办结销号; aside 退办 (with a reason, to be reported again) and 挂账 (the clock stands
still until a day). All but the report is a supervisor's.
"""

import datetime as dt
from enum import StrEnum


class State(StrEnum):
    ASSIGNED = "assigned"
    REPORTED = "reported"
    RETURNED = "returned"
    PARKED = "parked"
    CLOSED = "closed"


# Where it stands ("" before it was handed over) → what may be the next step.
MOVES: dict[str, frozenset[State]] = {
    "": frozenset({State.ASSIGNED}),
    State.ASSIGNED: frozenset({State.REPORTED, State.PARKED, State.CLOSED}),
    State.REPORTED: frozenset({State.RETURNED, State.PARKED, State.CLOSED}),
    State.RETURNED: frozenset({State.REPORTED, State.PARKED, State.CLOSED}),
    State.PARKED: frozenset({State.ASSIGNED, State.REPORTED, State.PARKED, State.CLOSED}),
    State.CLOSED: frozenset({State.ASSIGNED}),  # handed over anew, under a new number
}

NUMBERED = frozenset({State.ASSIGNED})  # these steps are notices
NEEDS_REASON = frozenset({State.RETURNED, State.PARKED})


def may_follow(before: str, step: str) -> bool:
    """Returns whether the step may be taken where the hand-over stands."""
    return State(step) in MOVES[before]


def notice_number(year: int, number: int) -> str:
    """Returns how a notice is called: 督办〔2025〕1号 (GB/T 9704-2012, 7.2.5: hexagonal brackets,
    no leading zeros)."""
    return f"督办〔{year}〕{number}号"


def finished_late(*, baseline_on: dt.date, done_on: dt.date | None) -> bool | None:
    """Returns whether it was done after the day first promised, whatever was extended since;
    ``None`` while it is not done."""
    return None if done_on is None else done_on > baseline_on
