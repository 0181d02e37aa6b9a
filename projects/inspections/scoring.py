"""Writes a judge's scoring sheet: many cells at once, all of them or none."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core.errors import field_error
from projects.core.rows import require
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionScore,
)
from projects.inspections.scoring_sheet import cell_key
from projects.inspections.services import lock_open_round, score_delete, score_record, score_update
from projects.permissions import Actor, may_act_on


@dataclass(frozen=True)
class CellInput:
    """A cell as it was sent: its points (``None`` when it is empty), and the version of the score
    that it was typed over (``None`` when there was none)."""

    entry: InspectionEntry
    criterion: InspectionCriterion
    points: Decimal | None
    seen: int | None


@transaction.atomic
def sheet_save(*, judge: InspectionJudge, by: Actor | None, cells: Iterable[CellInput]) -> int:
    """Records what the sheet says and returns how many scores were written; what is the same is
    left alone.

    Raises ``ValidationError`` with everything that is wrong, keyed by cell (``cell_key``), or
    ``StateConflictError`` when the round is not open.
    """
    lock_open_round(judge.inspection_round_id)  # held: two devices of one judge wait for each other
    present = {
        (score.entry_id, score.criterion_id): score
        for score in InspectionScore.objects.filter(judge=judge).select_related(
            "entry__project", "judge"
        )
    }
    written, errors = 0, {}
    for cell in cells:
        score = present.get((cell.entry.pk, cell.criterion.pk))
        try:
            written += _save(judge, by, cell, score)
        except ValidationError as error:
            errors[cell_key(cell.entry, cell.criterion)] = error.messages
    if errors:
        raise ValidationError(errors)
    return written


def _save(
    judge: InspectionJudge, by: Actor | None, cell: CellInput, score: InspectionScore | None
) -> int:
    """Writes one cell; returns how many scores that changed: one or none."""
    before = score.points if score else None
    if cell.points == before:
        return 0
    if score is not None:
        require(by, "change", score)
    if (score.version if score else None) != cell.seen:
        raise field_error("points", _stale_words(before), "stale")
    if score is None:
        fields = {"entry": cell.entry, "judge": judge, "criterion": cell.criterion}
        score_record(by=by, fields={**fields, "points": cell.points})
    elif cell.points is not None:
        score_update(score=score, by=by, changes={"points": cell.points})
    elif by is not None and not may_act_on(by, "delete", score):
        message = _("已打的分不能清空, 请填新的分数; 登记有误须删除的, 请联系督查员。")
        raise field_error("points", message, "required")
    else:
        score_delete(score=score, by=by)
    return 1


def _stale_words(points: Decimal | None) -> str:
    if points is None:
        return _("此分刚被他人删除, 请核对后再次保存。")
    return _("此分刚被他人改为 %(points)s, 请核对后再次保存。") % {"points": f"{points:f}"}
