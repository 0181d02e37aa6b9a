"""What is particular to writing scores: an open round, and who may score what."""

from typing import Any

from django.utils.translation import gettext as _

from projects.core.batch import Batch, label_of
from projects.core.bulk import Kind, kind_register
from projects.inspections.judges import own_department_pairs
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    InspectionScore,
    RoundStatus,
)
from projects.inspections.services import find_points_fault, fixed_words, not_open_words

PARTS = {"entry": InspectionEntry, "judge": InspectionJudge, "criterion": InspectionCriterion}


def _check_new(batch: Batch) -> None:
    entries = batch.related(InspectionEntry, _keys(batch, "entry"), "project__lead_department")
    judges = batch.related(InspectionJudge, _keys(batch, "judge"), "user")
    criteria = batch.related(InspectionCriterion, _keys(batch, "criterion"))
    rounds = _lock_rounds({entry.inspection_round_id for entry in entries.values()})
    own = own_department_pairs(judges=judges.values(), entries=entries.values())
    for number, row in batch.sound():
        entry, judge = entries[row["entry"]], judges[row["judge"]]
        inspection_round = rounds[entry.inspection_round_id]
        parts = {"judge": judge, "criterion": criteria[row["criterion"]]}
        _check_round(batch, number, inspection_round, parts)
        if entry.withdrawn:
            message = _("该项目已退出本轮测评, 不再评分。")
            batch.wrong(number, "entry", message, "entry_withdrawn", kind="conflict")
        if judge.absent:
            message = _("该评委已标为缺席; 确已到场的, 请督查员先取消缺席。")
            batch.wrong(number, "judge", message, "judge_absent", kind="conflict")
        if (judge.pk, entry.pk) in own:
            batch.wrong(number, "judge", _own_words(judge, entry), "own_department", judge.pk)
        row["inspection_round"] = inspection_round.pk


def _check_changes(batch: Batch) -> None:
    present: Any = batch.present
    rounds = _lock_rounds({score.inspection_round_id for score in present} - {None})
    parts = {
        name: batch.related(model, (row.get(name) for _number, row in batch.sound()))
        for name, model in PARTS.items()
    }
    for number, row in batch.sound():
        if not row:  # nothing changes: a closed round does not mind
            continue
        named = {name: rows[row[name]] for name, rows in parts.items() if name in row}
        _check_round(batch, number, rounds[present[number].inspection_round_id], named)
        for name in () if number in batch.bad else named:
            batch.wrong(number, name, fixed_words(InspectionScore, name), "fixed", row[name])


def _keys(batch: Batch, name: str) -> set[int]:
    return {row[name] for _number, row in batch.sound()}


def _own_words(judge: InspectionJudge, entry: InspectionEntry) -> str:
    return _(
        "%(judge)s任职于“%(project)s”的牵头单位 (%(department)s), 按回避规定不能为其评分。"
    ) % {
        "judge": judge.user,
        "project": entry.project,
        "department": entry.project.lead_department,
    }


def _lock_rounds(keys: set[int]) -> dict[int, InspectionRound]:
    # Whoever writes scores holds his rounds, one after another in the order of their keys;
    # closing waits for the same lock, so no score slips in behind it.
    rounds = InspectionRound.objects.select_for_update(no_key=True).order_by("pk")
    return {row.pk: row for row in rounds.filter(pk__in=keys)}


def _check_round(
    batch: Batch, number: int, inspection_round: InspectionRound, parts: dict[str, Any]
) -> None:
    if inspection_round.status != RoundStatus.OPEN:
        words = not_open_words(inspection_round)
        batch.wrong(number, "entry", words, "round_not_open", kind="conflict")
    for name, part in parts.items():
        if part.inspection_round_id != inspection_round.pk:
            message = _("%(what)s %(id)s 不属于%(round)s, 请在该轮的名单中选择。") % {
                "what": label_of(InspectionScore, name),
                "id": part.pk,
                "round": inspection_round,
            }
            batch.wrong(number, name, message, "other_round", part.pk)


def _check_points(batch: Batch) -> None:
    for number, row in batch.sound():
        if row.get("points") is not None:
            problem = find_points_fault(row["points"])
            if problem:
                batch.wrong(number, "points", *problem, row["points"])
            else:
                row["points"] = round(row["points"], 2)


SCORE_KIND = kind_register(
    Kind(
        InspectionScore,
        check_values=_check_points,
        check_new=_check_new,
        check_changes=_check_changes,
    )
)
