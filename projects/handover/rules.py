"""The hand-over of a task 交办: one table of moves (domain §2).

交办 → 反馈 → 办结销号; aside 退办 (with a reason, to be reported again) and 挂账 (the clock stands
still until a day). All but the report is a supervisor's.
"""

from projects.choices import HandoverState

# Where it stands ("" before it was handed over) → what may be the next step.
MOVES: dict[str, frozenset[HandoverState]] = {
    "": frozenset({HandoverState.ASSIGNED}),
    HandoverState.ASSIGNED: frozenset(
        {HandoverState.REPORTED, HandoverState.PARKED, HandoverState.CLOSED}
    ),
    HandoverState.REPORTED: frozenset(
        {HandoverState.RETURNED, HandoverState.PARKED, HandoverState.CLOSED}
    ),
    HandoverState.RETURNED: frozenset(
        {HandoverState.REPORTED, HandoverState.PARKED, HandoverState.CLOSED}
    ),
    HandoverState.PARKED: frozenset(
        {HandoverState.ASSIGNED, HandoverState.REPORTED, HandoverState.PARKED, HandoverState.CLOSED}
    ),
    HandoverState.CLOSED: frozenset(
        {HandoverState.ASSIGNED}
    ),  # handed over anew, under a new number
}

NUMBERED_STATES = frozenset({HandoverState.ASSIGNED})  # these steps are notices
NEEDS_REASON = frozenset({HandoverState.RETURNED, HandoverState.PARKED})


def may_follow(before: str, step: str) -> bool:
    """Returns whether the step may be taken where the hand-over stands."""
    return HandoverState(step) in MOVES[before]


def notice_number(year: int, number: int) -> str:
    """Returns how a notice is called: 督办〔2025〕1号 (GB/T 9704-2012, 7.2.5: hexagonal brackets,
    no leading zeros)."""
    return f"督办〔{year}〕{number}号"
