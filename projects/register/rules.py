"""The moves between stages, and which of them make up the year's batches: two tables (domain §2).

谋划储备 → 前期 → 开工在建 → 投产/交付 → 纳规; aside 停缓建 (goes back to where it came from) and
终止 (final).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from portfolio.core.complete import check_complete
from projects.choices import Category, Stage

ORDER = (
    Stage.RESERVE,
    Stage.PREPARATION,
    Stage.CONSTRUCTION,
    Stage.COMMISSIONED,
    Stage.ENROLLED,
)
check_complete("ORDER", ORDER, Stage, aside={Stage.SUSPENDED, Stage.CANCELLED})


class Move(StrEnum):
    """What kind of move it is; all but the first three need a supervisor and a reason."""

    FORWARD = "forward"
    SUSPEND = "suspend"
    RESUME = "resume"
    BACK = "back"
    CANCEL = "cancel"


SUPERVISED_MOVES = frozenset({Move.BACK, Move.CANCEL})

# Stages may be skipped forward (a small project has no long preparation), but a project enrolls
# only after it was commissioned. What is not here is no move.
MOVES: dict[Stage, dict[Stage, Move]] = {
    Stage.RESERVE: {
        Stage.PREPARATION: Move.FORWARD,
        Stage.CONSTRUCTION: Move.FORWARD,
        Stage.COMMISSIONED: Move.FORWARD,
        Stage.SUSPENDED: Move.SUSPEND,
        Stage.CANCELLED: Move.CANCEL,
    },
    Stage.PREPARATION: {
        Stage.RESERVE: Move.BACK,
        Stage.CONSTRUCTION: Move.FORWARD,
        Stage.COMMISSIONED: Move.FORWARD,
        Stage.SUSPENDED: Move.SUSPEND,
        Stage.CANCELLED: Move.CANCEL,
    },
    Stage.CONSTRUCTION: {
        Stage.RESERVE: Move.BACK,
        Stage.PREPARATION: Move.BACK,
        Stage.COMMISSIONED: Move.FORWARD,
        Stage.SUSPENDED: Move.SUSPEND,
        Stage.CANCELLED: Move.CANCEL,
    },
    Stage.COMMISSIONED: {
        Stage.RESERVE: Move.BACK,
        Stage.PREPARATION: Move.BACK,
        Stage.CONSTRUCTION: Move.BACK,
        Stage.ENROLLED: Move.FORWARD,  # industrial projects only
        Stage.CANCELLED: Move.CANCEL,
    },
    Stage.ENROLLED: {
        Stage.RESERVE: Move.BACK,
        Stage.PREPARATION: Move.BACK,
        Stage.CONSTRUCTION: Move.BACK,
        Stage.COMMISSIONED: Move.BACK,
        Stage.CANCELLED: Move.CANCEL,
    },
    Stage.SUSPENDED: {  # only to where it came from
        Stage.RESERVE: Move.RESUME,
        Stage.PREPARATION: Move.RESUME,
        Stage.CONSTRUCTION: Move.RESUME,
        Stage.CANCELLED: Move.CANCEL,
    },
    Stage.CANCELLED: {},
}
check_complete("MOVES", MOVES, Stage)


def move_kind(
    *, from_stage: str, to_stage: str, category: str, suspended_from: str | None = None
) -> Move | None:
    """Returns what kind of move this is, or ``None`` when there is no such move.

    ``suspended_from`` is the stage that a suspended project came from.
    """
    kind = MOVES[Stage(from_stage)].get(Stage(to_stage))
    if kind == Move.RESUME and to_stage != suspended_from:
        return None
    if kind == Move.FORWARD and to_stage == Stage.ENROLLED and category != Category.INDUSTRY:
        return None
    return kind


@dataclass(frozen=True)
class StageBatch:
    """One of 完一批、开一批、纳一批、备一批: the stage arrived at, and from where that counts."""

    stage: Stage
    comes_from: frozenset[str]
    # A later move to one of these says that the arrival was none.
    undone_by: frozenset[str]


def _batch(stage: Stage) -> StageBatch:
    lower = ORDER[: ORDER.index(stage)]
    # A project that is registered in a later stage was there before: only the reserve is
    # entered by registration. Going on after a suspension, or back, is no arrival either.
    return StageBatch(stage, frozenset(lower) or frozenset({""}), frozenset(lower))


# In the report's own order.
STAGE_BATCHES = tuple(
    _batch(stage)
    for stage in (Stage.COMMISSIONED, Stage.CONSTRUCTION, Stage.ENROLLED, Stage.RESERVE)
)
check_complete(
    "BATCHES",
    [batch.stage for batch in STAGE_BATCHES],
    Stage,
    aside={Stage.PREPARATION, Stage.SUSPENDED, Stage.CANCELLED},
)


class StageMove(Protocol):
    """A move in force: where from, where to."""

    from_stage: str
    to_stage: str


M = TypeVar("M", bound=StageMove)


def find_arrivals(moves: Iterable[M]) -> dict[Stage, M]:
    """Returns stage → the move by which the project arrived there, as it stands today.

    ``moves`` are one project's that are in force, the oldest first. So each project counts once
    for a stage, however often it went back and came again. ``querysets.StageTransitionQuerySet.
    arrivals`` says the same in SQL, for all projects at once.
    """
    found: dict[Stage, M] = {}
    for move in moves:
        for batch in STAGE_BATCHES:
            if move.to_stage in batch.undone_by:
                found.pop(batch.stage, None)
            elif move.to_stage == batch.stage and move.from_stage in batch.comes_from:
                found[batch.stage] = move
    return found


def find_furthest_stage(moves: Iterable[StageMove]) -> Stage | None:
    """Returns the stage along the order that the project stands at, or stood at before it was
    suspended or cancelled; ``moves`` as for ``find_arrivals``."""
    at = None
    for move in moves:
        if move.to_stage in ORDER:
            at = Stage(move.to_stage)
    return at


def has_reached(at: Stage | None, stage: Stage) -> bool:
    """Returns whether a project that stands at ``at`` has come as far as ``stage``."""
    return at is not None and ORDER.index(at) >= ORDER.index(stage)
