"""Writes of the quarterly inspection (domain §3)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from portfolio.core.errors import StateConflictError, field_error
from projects.core.rows import (
    is_moved,
    label_of,
    require,
    require_any,
    row_create,
    row_delete,
    row_update,
)
from projects.inspections.judges import (
    bump_round_version,
    check_groups,
    judges_set,
    parts_set,
)
from projects.inspections.models import (
    InspectionCriterion,
    InspectionDeduction,
    InspectionEntry,
    InspectionRound,
    InspectionScore,
    RoundStatus,
)
from projects.people.models import Department
from projects.permissions import Actor

DEFAULT_CRITERIA = ({"name": "现场得分", "weight": Decimal(100)},)
PARTS = frozenset({"criteria", "judge_groups", "judges"})


@transaction.atomic
def round_create(*, by: Actor | None, fields: Mapping[str, Any]) -> InspectionRound:
    """Prepares a round. ``criteria``: ``{name, weight}``, by default one score on site;
    ``judge_groups``: ``{name, weight}``, by default none; ``judges``: ``{user, group, absent}``,
    of which only the user must be named."""
    plain = {k: v for k, v in fields.items() if k not in PARTS}
    inspection_round = row_create(model=InspectionRound, by=by, fields=plain)
    _set_criteria(inspection_round, fields.get("criteria") or DEFAULT_CRITERIA)
    judges_set(
        inspection_round,
        groups=fields.get("judge_groups") or None,
        judges=fields.get("judges") or None,
    )
    return inspection_round


@transaction.atomic
def round_update(
    *, inspection_round: InspectionRound, by: Actor | None, changes: Mapping[str, Any]
) -> InspectionRound:
    """Changes a round that is still being prepared; later only its dates may move."""
    locked = InspectionRound.objects.select_for_update().get(pk=inspection_round.pk)
    require(by, "change", locked)
    if locked.status == RoundStatus.PUBLISHED:
        raise published_round_error()
    frozen = changes.keys() - {"starts_on", "ends_on"}
    if locked.status != RoundStatus.DRAFT and frozen:
        raise StateConflictError(
            _("测评已开始 (%(status)s), 只能调整日期。") % {"status": locked.get_status_display()},
            code="round_not_draft",
        )
    if "criteria" in changes:
        _set_criteria(locked, changes["criteria"])
    judges_set(locked, groups=changes.get("judge_groups"), judges=changes.get("judges"))
    if PARTS & changes.keys():
        bump_round_version(locked)
    plain = {k: v for k, v in changes.items() if k not in PARTS}
    return row_update(instance=locked, by=by, changes=plain)


@transaction.atomic
def round_open(*, inspection_round: InspectionRound, by: Actor | None) -> InspectionRound:
    """Opens a prepared round for scoring."""
    locked = InspectionRound.objects.select_for_update().get(pk=inspection_round.pk)
    require(by, "open", locked)
    if locked.status != RoundStatus.DRAFT:
        raise StateConflictError(_("只有筹备中的测评可以开启评分。"), code="round_not_draft")
    if not locked.judges.exists():
        raise field_error("judges", _("本轮还没有评委, 请先指定评委。"), "required")
    check_groups(locked)
    _check_weights(locked.criteria.values_list("weight", flat=True))
    locked.status = RoundStatus.OPEN
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def entry_create(*, by: Actor | None, fields: Mapping[str, Any]) -> InspectionEntry:
    """Shows a project in a round that is not closed yet."""
    require_any(by, "add", InspectionEntry)
    inspection_round = _lock_round(fields["inspection_round"].pk)
    if inspection_round.status in (RoundStatus.CLOSED, RoundStatus.PUBLISHED):
        raise StateConflictError(_("本轮已截止, 不能再加参评项目。"), code="round_closed")
    _check_source(fields.get("data_points"), fields.get("data_source"))
    return row_create(model=InspectionEntry, by=by, fields=fields)


@transaction.atomic
def entry_update(
    *, entry: InspectionEntry, by: Actor | None, changes: Mapping[str, Any]
) -> InspectionEntry:
    """Changes an entry's league or its economic data, until a leader has approved the round."""
    require(by, "change", entry)
    _lock_unapproved(entry.inspection_round_id)
    _check_unchanged(entry, changes, ("inspection_round", "project"))
    _check_source(
        changes.get("data_points", entry.data_points),
        changes.get("data_source", entry.data_source),
    )
    return row_update(instance=entry, by=by, changes=changes)


@transaction.atomic
def district_data_set(
    *,
    inspection_round: InspectionRound,
    by: Actor | None,
    district: Department,
    data_points: Decimal,
    data_source: str,
) -> list[InspectionEntry]:
    """Gives the entries that stand in a district the district's economic score, with its
    source."""
    require(by, "change", inspection_round)
    of_district = InspectionEntry.objects.select_for_update(no_key=True, of=("self",)).filter(
        inspection_round=inspection_round, project__district=district, withdrawn=False
    )
    entries = list(of_district.order_by("id"))  # before the round, as everybody locks them
    _lock_unapproved(inspection_round.pk)
    changes = {"data_points": data_points, "data_source": data_source}
    changed = [row_update(instance=entry, by=by, changes=changes) for entry in entries]
    if not changed:
        raise field_error(
            "district",
            _("本轮没有位于%(district)s的参评项目。") % {"district": district},
            "no_entries",
        )
    return changed


@transaction.atomic
def entry_withdraw(*, entry: InspectionEntry, by: Actor | None) -> InspectionEntry:
    """Withdraws an entry: it is neither waited for nor ranked; its scores stay on record."""
    entry = InspectionEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    require(by, "change", entry)
    _lock_unapproved(entry.inspection_round_id)
    if entry.withdrawn:
        raise StateConflictError(_("该项目已退出本轮测评。"), code="already_withdrawn")
    entry.withdrawn = True
    entry.save(update_fields=["withdrawn"])
    return entry


@transaction.atomic
def entry_delete(*, entry: InspectionEntry, by: Actor | None) -> None:
    """Deletes an entry made by mistake; one that was scored withdraws instead."""
    require(by, "delete", entry)
    _lock_unapproved(entry.inspection_round_id)
    row_delete(instance=entry, by=by)


@transaction.atomic
def deduction_create(*, by: Actor | None, fields: Mapping[str, Any]) -> InspectionDeduction:
    """Takes points off an entry, with the reason, until a leader has approved the round."""
    require_any(by, "add", InspectionDeduction)
    _lock_unapproved(fields["entry"].inspection_round_id)
    return row_create(model=InspectionDeduction, by=by, fields=fields)


@transaction.atomic
def deduction_update(
    *, deduction: InspectionDeduction, by: Actor | None, changes: Mapping[str, Any]
) -> InspectionDeduction:
    require(by, "change", deduction)
    _lock_unapproved(deduction.entry.inspection_round_id)
    _check_unchanged(deduction, changes, ("entry",))
    return row_update(instance=deduction, by=by, changes=changes)


@transaction.atomic
def deduction_delete(*, deduction: InspectionDeduction, by: Actor | None) -> None:
    require(by, "delete", deduction)
    _lock_unapproved(deduction.entry.inspection_round_id)
    row_delete(instance=deduction, by=by)


@transaction.atomic
def score_record(*, by: Actor | None, fields: Mapping[str, Any]) -> InspectionScore:
    """Records a judge's points; entry, judge and criterion belong to one open round."""
    return row_create(model=InspectionScore, by=by, fields=fields)


@transaction.atomic
def score_update(
    *, score: InspectionScore, by: Actor | None, changes: Mapping[str, Any]
) -> InspectionScore:
    """Changes the points of a score while its round is open; it stays that judge's, for that
    entry."""
    return row_update(instance=score, by=by, changes=changes)


@transaction.atomic
def score_delete(*, score: InspectionScore, by: Actor | None) -> None:
    """Deletes a score recorded by mistake while its round is open."""
    require(by, "delete", score)
    lock_open_round(score.inspection_round_id)
    row_delete(instance=score, by=by)


def normalize_points(points: Decimal) -> Decimal:
    """Returns the points with two decimals; raises unless they are 0 to 100 and had no more."""
    problem = find_points_fault(points)
    if problem:
        raise field_error("points", *problem)
    return round(points, 2)


def find_points_fault(points: Decimal) -> tuple[str, str] | None:
    """Returns what is wrong with points, as a message and its code."""
    if not 0 <= points <= 100:
        return _("得分 %(points)s 不在 0 到 100 之间。") % {"points": points}, "range"
    if points != round(points, 2):
        message = _("得分 %(points)s 多于两位小数, 请保留两位。") % {"points": points}
        return message, "decimals"
    return None


def lock_open_round(pk: int) -> InspectionRound:
    """Returns the round, held until the end of the transaction; raises unless it is open."""
    inspection_round = _lock_round(pk)
    if inspection_round.status != RoundStatus.OPEN:
        raise StateConflictError(not_open_words(inspection_round), code="round_not_open")
    return inspection_round


def not_open_words(inspection_round: InspectionRound) -> str:
    return _("%(round)s现为“%(status)s”, 只有开启评分后、截止前可以打分。") % {
        "round": inspection_round,
        "status": inspection_round.get_status_display(),
    }


def published_round_error() -> StateConflictError:
    """Returns the refusal of any change to what is published."""
    return StateConflictError(
        _("该轮测评已公布, 内容已冻结; 确需更正评分的, 请按更正程序 (amend) 写明理由办理。"),
        code="round_published",
    )


def _lock_round(pk: int) -> InspectionRound:
    # Who writes a part of the round holds this; closing and publishing take the round whole, so
    # nothing slips in behind them.
    return InspectionRound.objects.select_for_update(no_key=True).get(pk=pk)


def _lock_unapproved(pk: int) -> InspectionRound:
    """Returns the round; what a leader has approved is no longer changed under his name."""
    inspection_round = _lock_round(pk)
    if inspection_round.status == RoundStatus.PUBLISHED:
        raise published_round_error()
    if inspection_round.approved_at:
        raise StateConflictError(
            _("市领导已批准本轮结果, 不能再改; 确需修改请先撤回批准。"), code="round_approved"
        )
    return inspection_round


def _check_unchanged(instance: Any, changes: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuses to hand a row over to another parent: it would be another row."""
    for name in names:
        if is_moved(instance, changes, name):
            raise field_error(name, fixed_words(type(instance), name), "fixed")


def fixed_words(model: type[Model], name: str) -> str:
    return _("%(what)s不能修改; 登记有误请删除后重新登记。") % {"what": label_of(model, name)}


def _check_source(points: Decimal | None, source: str | None) -> None:
    if points is not None and not source:
        raise field_error("data_source", _("经济数据得分须写明出处。"), "required")


def _check_weights(weights: Iterable[Decimal]) -> None:
    total = sum(weights, Decimal(0))
    if total != 100:
        raise field_error(
            "criteria", _("评分项权重合计应为 100, 现为 %(total)s。") % {"total": total}, "weights"
        )


def _set_criteria(inspection_round: InspectionRound, criteria: Iterable[Mapping]) -> None:
    wanted = list(criteria)
    _check_weights(criterion["weight"] for criterion in wanted)
    if len({criterion["name"] for criterion in wanted}) != len(wanted):
        raise field_error("criteria", _("评分项重名。"), "unique")
    parts_set(inspection_round, InspectionCriterion, wanted)
