"""The moves between stages: one table (domain §2).

谋划储备 → 前期 → 开工在建 → 投产/交付 → 纳规; aside 停缓建 (goes back to where it came from) and
终止 (final).
"""

from enum import StrEnum

from projects.choices import Category, Stage

ORDER = (
    Stage.RESERVE,
    Stage.PREPARATION,
    Stage.CONSTRUCTION,
    Stage.COMMISSIONED,
    Stage.ENROLLED,
)
SUSPENDABLE = frozenset({Stage.RESERVE, Stage.PREPARATION, Stage.CONSTRUCTION})


class Move(StrEnum):
    """What kind of move it is; all but the first three need a supervisor and a reason."""

    FORWARD = "forward"
    SUSPEND = "suspend"
    RESUME = "resume"
    BACK = "back"
    CANCEL = "cancel"


SUPERVISED_MOVES = frozenset({Move.BACK, Move.CANCEL})


def move_kind(
    *, from_stage: str, to_stage: str, category: str, suspended_from: str | None = None
) -> Move | None:
    """Returns what kind of move this is, or ``None`` when there is no such move.

    ``suspended_from`` is the stage that a suspended project came from. Stages may be skipped
    forward (a small project has no long preparation), but only an industrial project enrolls,
    and only after it was commissioned.
    """
    if from_stage == to_stage or from_stage == Stage.CANCELLED:
        return None
    if to_stage == Stage.CANCELLED:
        return Move.CANCEL
    if from_stage == Stage.SUSPENDED:
        return Move.RESUME if to_stage == suspended_from else None
    if to_stage == Stage.SUSPENDED:
        return Move.SUSPEND if from_stage in SUSPENDABLE else None
    if ORDER.index(Stage(to_stage)) < ORDER.index(Stage(from_stage)):
        return Move.BACK
    if to_stage == Stage.ENROLLED and (
        category != Category.INDUSTRY or from_stage != Stage.COMMISSIONED
    ):
        return None
    return Move.FORWARD
