"""The life of a problem 堵点: one table of moves (domain §2).

已提出 → 已交办 → 已解决待确认 → 已销号; whoever raised it and is not satisfied reopens it, and it
is solved again. A loop that is not confirmed is not closed.
"""

from enum import StrEnum


class State(StrEnum):
    RAISED = "raised"
    ASSIGNED = "assigned"
    SOLVED = "solved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"


class Verb(StrEnum):
    ASSIGN = "assign"
    SOLVE = "solve"
    CONFIRM = "confirm"
    REOPEN = "reopen"


# (state, verb) → state; what does not stand here cannot be done.
MOVES: dict[tuple[State, Verb], State] = {
    (State.RAISED, Verb.ASSIGN): State.ASSIGNED,
    (State.ASSIGNED, Verb.ASSIGN): State.ASSIGNED,  # to somebody else, or by another day
    (State.REOPENED, Verb.ASSIGN): State.ASSIGNED,
    (State.ASSIGNED, Verb.SOLVE): State.SOLVED,
    (State.REOPENED, Verb.SOLVE): State.SOLVED,
    (State.SOLVED, Verb.CONFIRM): State.CONFIRMED,
    (State.SOLVED, Verb.REOPEN): State.REOPENED,
}

# Whoever must solve it has done what can be done, until it is reopened.
DONE_BY_THE_SOLVER = frozenset({State.SOLVED, State.CONFIRMED})


def state_after(state: str, verb: str) -> State | None:
    """Returns the state after the verb, or ``None`` when the state does not allow it."""
    return MOVES.get((State(state), Verb(verb)))
