"""What is particular to writing many scores at once: an open round, and who may score what."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from projects.core.batch import Batch, Values
from projects.core.bulk import Kind
from projects.core.rows import label_of
from projects.inspections.judges import own_department_pairs
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    InspectionScore,
    RoundStatus,
)
from projects.inspections.services import points_problem

PARTS = ("entry", "judge", "criterion")


def _check_new(batch: Batch) -> None:
    entries: dict[int, Any] = _found(
        InspectionEntry.objects.select_related("project"), _keys(batch, "entry")
    )
    judges: dict[int, Any] = _found(InspectionJudge.objects.all(), _keys(batch, "judge"))
    criteria: dict[int, Any] = _found(InspectionCriterion.objects.all(), _keys(batch, "criterion"))
    rounds = _locked({entry.inspection_round_id for entry in entries.values()})
    own = own_department_pairs(judges=judges.values(), entries=entries.values())
    for number, row in batch.sound():
        entry, judge = entries[row["entry"]], judges[row["judge"]]
        inspection_round = rounds[entry.inspection_round_id]
        parts = {"judge": judge, "criterion": criteria[row["criterion"]]}
        _check_round(batch, number, inspection_round, parts)
        _check_points(batch, number, row)
        if entry.withdrawn:
            message = _("该项目已退出本轮测评, 不再评分。")
            batch.wrong(number, "entry", message, "entry_withdrawn", kind="conflict")
        if judge.absent:
            message = _("该评委已标为缺席; 确已到场的, 请督查员先取消缺席。")
            batch.wrong(number, "judge", message, "judge_absent", kind="conflict")
        if (judge.pk, entry.pk) in own:
            message = _("评委任职于“%(project)s”的牵头单位, 按回避规定不能为其评分。")
            told = message % {"project": entry.project}
            batch.wrong(number, "judge", told, "own_department", judge.pk)
        row["inspection_round"] = inspection_round.pk


def _check_changes(batch: Batch) -> None:
    present: Any = batch.present
    rounds = _locked({score.inspection_round_id for score in present} - {None})
    for number, row in batch.sound():
        if not row:  # nothing changes: a closed round does not mind
            continue
        _check_round(batch, number, rounds[present[number].inspection_round_id], {})
        _check_points(batch, number, row)
        for name in PARTS:
            if name in row:
                message = _("%(what)s不能修改; 登记有误请删除后重新登记。")
                told = message % {"what": label_of(InspectionScore, name)}
                batch.wrong(number, name, told, "fixed", row[name])


def _keys(batch: Batch, name: str) -> set[int]:
    return {row[name] for _number, row in batch.sound()}


def _found(rows: Any, keys: Iterable[int]) -> dict[int, Any]:
    return {row.pk: row for row in rows.filter(pk__in=keys)}


def _locked(keys: set[int]) -> dict[int, InspectionRound]:
    # Whoever writes scores holds his rounds, one after another in the order of their keys;
    # closing waits for the same lock, so no score slips in behind it.
    rounds = InspectionRound.objects.select_for_update(no_key=True).order_by("pk")
    return {row.pk: row for row in rounds.filter(pk__in=keys)}


def _check_round(
    batch: Batch, number: int, inspection_round: InspectionRound, parts: dict[str, Any]
) -> None:
    if inspection_round.status != RoundStatus.OPEN:
        message = _("%(round)s现为“%(status)s”, 只有开启评分后、截止前可以打分。") % {
            "round": inspection_round,
            "status": inspection_round.get_status_display(),
        }
        batch.wrong(number, "entry", message, "round_not_open", kind="conflict")
    for name, part in parts.items():
        if part.inspection_round_id != inspection_round.pk:
            message = _("%(what)s %(id)s 不属于%(round)s, 请在该轮的名单中选择。") % {
                "what": label_of(InspectionScore, name),
                "id": part.pk,
                "round": inspection_round,
            }
            batch.wrong(number, name, message, "other_round", part.pk)


def _check_points(batch: Batch, number: int, row: Values) -> None:
    if "points" not in row:
        return
    problem = points_problem(row["points"])
    if problem:
        batch.wrong(number, "points", problem[0], problem[1], row["points"])
    else:
        row["points"] = round(row["points"], 2)


SCORES = Kind(InspectionScore, check_new=_check_new, check_changes=_check_changes)
