"""The life of an application for money 资金争取 (work report §三（四）): one table of moves.

谋划 → 已申报 → 已获批 | 未获批. What was refused may be submitted anew; what was granted stays so.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from projects.choices import FundingState

MOVES: dict[FundingState, frozenset[FundingState]] = {
    FundingState.PLANNED: frozenset({FundingState.SUBMITTED}),
    FundingState.SUBMITTED: frozenset(
        {FundingState.GRANTED, FundingState.REFUSED, FundingState.PLANNED}
    ),
    FundingState.REFUSED: frozenset({FundingState.SUBMITTED}),
    FundingState.GRANTED: frozenset(),
}

# What a row in the state says, and what it cannot know yet.
REQUIRED_FIELDS: dict[FundingState, frozenset[str]] = {
    FundingState.PLANNED: frozenset(),
    FundingState.SUBMITTED: frozenset({"submitted_on"}),
    FundingState.GRANTED: frozenset({"submitted_on", "decided_on", "granted"}),
    FundingState.REFUSED: frozenset({"submitted_on", "decided_on"}),
}
NOT_YET_KNOWN_FIELDS = frozenset({"submitted_on", "decided_on", "granted"})


def may_become(before: str, after: str) -> bool:
    """Returns whether an application in one state may be put into the other."""
    return before == after or FundingState(after) in MOVES[FundingState(before)]


def find_missing_fields(state: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yields the fields that a row in this state must fill in and does not."""
    for name in sorted(REQUIRED_FIELDS[FundingState(state)]):
        if values.get(name) is None:
            yield name


def find_premature_fields(state: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yields the fields that a row in this state cannot know yet."""
    for name in sorted(NOT_YET_KNOWN_FIELDS - REQUIRED_FIELDS[FundingState(state)]):
        if values.get(name) is not None:
            yield name
