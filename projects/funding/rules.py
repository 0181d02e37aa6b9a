"""The life of an application for money 资金争取 (work report §三（四）): one table of moves.

谋划 → 已申报 → 已获批 | 未获批. What was refused may be submitted anew; what was granted stays so.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any


class State(StrEnum):
    PLANNED = "planned"
    SUBMITTED = "submitted"
    GRANTED = "granted"
    REFUSED = "refused"


MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.SUBMITTED}),
    State.SUBMITTED: frozenset({State.GRANTED, State.REFUSED, State.PLANNED}),
    State.REFUSED: frozenset({State.SUBMITTED}),
    State.GRANTED: frozenset(),
}

# What a row in the state says, and what it cannot know yet.
SAYS: dict[State, frozenset[str]] = {
    State.PLANNED: frozenset(),
    State.SUBMITTED: frozenset({"submitted_on"}),
    State.GRANTED: frozenset({"submitted_on", "decided_on", "granted"}),
    State.REFUSED: frozenset({"submitted_on", "decided_on"}),
}
KNOWN_LATER = frozenset({"submitted_on", "decided_on", "granted"})


def may_become(before: str, after: str) -> bool:
    """Returns whether an application in one state may be put into the other."""
    return before == after or State(after) in MOVES[State(before)]


def missing(state: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yields the fields that a row in this state must fill in and does not."""
    for name in sorted(SAYS[State(state)]):
        if values.get(name) is None:
            yield name


def premature(state: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yields the fields that a row in this state cannot know yet."""
    for name in sorted(KNOWN_LATER - SAYS[State(state)]):
        if values.get(name) is not None:
            yield name
