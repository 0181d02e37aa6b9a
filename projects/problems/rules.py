"""The life of a problem 堵点: one table of moves (domain §2).

已提出 → 已交办 → 已解决待确认 → 已销号; whoever raised it and is not satisfied reopens it, and it
is solved again. A loop that is not confirmed is not closed.
"""

from enum import StrEnum

from projects.choices import ProblemState


class Verb(StrEnum):
    ASSIGN = "assign"
    SOLVE = "solve"
    CONFIRM = "confirm"
    REOPEN = "reopen"


# (state, verb) → state; what does not stand here cannot be done.
MOVES: dict[tuple[ProblemState, Verb], ProblemState] = {
    (ProblemState.RAISED, Verb.ASSIGN): ProblemState.ASSIGNED,
    (
        ProblemState.ASSIGNED,
        Verb.ASSIGN,
    ): ProblemState.ASSIGNED,  # to somebody else, or by another day
    (ProblemState.REOPENED, Verb.ASSIGN): ProblemState.ASSIGNED,
    (ProblemState.ASSIGNED, Verb.SOLVE): ProblemState.SOLVED,
    (ProblemState.REOPENED, Verb.SOLVE): ProblemState.SOLVED,
    (ProblemState.SOLVED, Verb.CONFIRM): ProblemState.CONFIRMED,
    (ProblemState.SOLVED, Verb.REOPEN): ProblemState.REOPENED,
}

# Whoever must solve it has done what can be done, until it is reopened.
DONE_BY_THE_SOLVER = frozenset({ProblemState.SOLVED, ProblemState.CONFIRMED})


def state_after(state: str, verb: str) -> ProblemState | None:
    """Returns the state after the verb, or ``None`` when the state does not allow it."""
    return MOVES.get((ProblemState(state), Verb(verb)))
