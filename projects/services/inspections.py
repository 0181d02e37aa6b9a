"""Writes of the quarterly inspection (domain §3)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.errors import StateConflict, wrong
from projects.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    InspectionScore,
    RoundStatus,
)
from projects.services.rows import label_of, require, row_create, row_update

DEFAULT_CRITERIA = ({"name": "现场得分", "weight": Decimal(100)},)


@transaction.atomic
def round_create(*, by: Any, fields: Mapping[str, Any]) -> InspectionRound:
    """Prepares a round. ``criteria``: ``{name, weight}``, by default one score on site;
    ``judges``: ``{user}``."""
    plain = {k: v for k, v in fields.items() if k not in ("criteria", "judges")}
    inspection_round = row_create(model=InspectionRound, by=by, fields=plain)
    _set_criteria(inspection_round, fields.get("criteria") or DEFAULT_CRITERIA)
    _set_judges(inspection_round, fields.get("judges") or ())
    return inspection_round


@transaction.atomic
def round_update(
    *, inspection_round: InspectionRound, by: Any, changes: Mapping[str, Any]
) -> InspectionRound:
    """Changes a round that is still being prepared; later only its dates may move."""
    locked = InspectionRound.objects.select_for_update().get(pk=inspection_round.pk)
    require(by, "change", locked)
    frozen = changes.keys() - {"starts_on", "ends_on"}
    if locked.status != RoundStatus.DRAFT and frozen:
        raise StateConflict(
            _("测评已开始 (%(status)s), 只能调整日期。") % {"status": locked.get_status_display()},
            code="round_not_draft",
        )
    if "criteria" in changes:
        _set_criteria(locked, changes["criteria"])
    if "judges" in changes:
        _set_judges(locked, changes["judges"])
    plain = {k: v for k, v in changes.items() if k not in ("criteria", "judges")}
    return row_update(instance=locked, by=by, changes=plain)


@transaction.atomic
def round_open(*, inspection_round: InspectionRound, by: Any) -> InspectionRound:
    """Opens a prepared round for scoring."""
    locked = InspectionRound.objects.select_for_update().get(pk=inspection_round.pk)
    require(by, "open", locked)
    if locked.status != RoundStatus.DRAFT:
        raise StateConflict(_("只有筹备中的测评可以开启评分。"), code="round_not_draft")
    if not locked.judges.exists():
        raise wrong("judges", _("本轮还没有评委, 请先指定评委。"), "required")
    _check_weights(locked.criteria.values_list("weight", flat=True))
    locked.status = RoundStatus.OPEN
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def entry_create(*, by: Any, fields: Mapping[str, Any]) -> InspectionEntry:
    """Shows a project in a round that is not closed yet."""
    if fields["inspection_round"].status in (RoundStatus.CLOSED, RoundStatus.PUBLISHED):
        raise StateConflict(_("本轮已截止, 不能再加参评项目。"), code="round_closed")
    return row_create(model=InspectionEntry, by=by, fields=fields)


@transaction.atomic
def score_record(*, by: Any, fields: Mapping[str, Any]) -> InspectionScore:
    """Records a judge's points; entry, judge and criterion belong to one open round."""
    entry = fields["entry"]
    inspection_round = _open_round(entry.inspection_round_id)
    _check_round(inspection_round, fields)
    points = points_checked(fields["points"])
    return row_create(
        model=InspectionScore,
        by=by,
        fields={**fields, "points": points, "inspection_round": inspection_round},
    )


@transaction.atomic
def score_update(*, score: InspectionScore, by: Any, changes: Mapping[str, Any]) -> InspectionScore:
    """Changes a score while its round is open; it stays in that round."""
    _check_round(_open_round(score.inspection_round_id), changes)
    if "points" in changes:
        changes = {**changes, "points": points_checked(changes["points"])}
    return row_update(instance=score, by=by, changes=changes)


def points_checked(points: Decimal) -> Decimal:
    """Returns the points with two decimals; raises unless they are 0 to 100 and had no more."""
    problem = points_problem(points)
    if problem:
        raise wrong("points", *problem)
    return round(points, 2)


def points_problem(points: Decimal) -> tuple[str, str] | None:
    """Returns what is wrong with points, as a message and its code."""
    if not 0 <= points <= 100:
        return _("得分 %(points)s 不在 0 到 100 之间。") % {"points": points}, "range"
    if points != round(points, 2):
        message = _("得分 %(points)s 多于两位小数, 请保留两位。") % {"points": points}
        return message, "decimals"
    return None


def _open_round(pk: int) -> InspectionRound:
    # Scores share the lock; closing takes it whole, so no score slips in behind it.
    inspection_round = InspectionRound.objects.select_for_update(no_key=True).get(pk=pk)
    if inspection_round.status != RoundStatus.OPEN:
        raise StateConflict(
            _("%(round)s现为“%(status)s”, 只有开启评分后、截止前可以打分。")
            % {"round": inspection_round, "status": inspection_round.get_status_display()},
            code="round_not_open",
        )
    return inspection_round


def _check_round(inspection_round: InspectionRound, given: Mapping[str, Any]) -> None:
    for name in ("entry", "judge", "criterion"):
        if name in given and given[name].inspection_round_id != inspection_round.pk:
            raise wrong(
                name,
                _("%(what)s %(id)s 不属于%(round)s, 请在该轮的名单中选择。")
                % {
                    "what": label_of(InspectionScore, name),
                    "id": given[name].pk,
                    "round": inspection_round,
                },
                "other_round",
            )


def _check_weights(weights: Iterable[Decimal]) -> None:
    total = sum(weights, Decimal(0))
    if total != 100:
        raise wrong(
            "criteria", _("评分项权重合计应为 100, 现为 %(total)s。") % {"total": total}, "weights"
        )


def _set_criteria(inspection_round: InspectionRound, criteria: Iterable[Mapping]) -> None:
    wanted = list(criteria)
    _check_weights(criterion["weight"] for criterion in wanted)
    if len({criterion["name"] for criterion in wanted}) != len(wanted):
        raise wrong("criteria", _("评分项重名。"), "unique")
    inspection_round.criteria.exclude(name__in=[c["name"] for c in wanted]).delete()
    present = {row.name: row for row in inspection_round.criteria.all()}
    for criterion in wanted:
        row = present.get(criterion["name"]) or InspectionCriterion(
            inspection_round=inspection_round, name=criterion["name"]
        )
        row.weight = criterion["weight"]
        row.full_clean()
        row.save()


def _set_judges(inspection_round: InspectionRound, judges: Iterable[Mapping]) -> None:
    users = [judge["user"] for judge in judges]
    if len(set(users)) != len(users):
        raise wrong("judges", _("同一位评委写了两次。"), "unique")
    inspection_round.judges.exclude(user__in=users).delete()
    present = set(inspection_round.judges.values_list("user_id", flat=True))
    for user in users:
        if user.pk not in present:
            InspectionJudge.objects.create(inspection_round=inspection_round, user=user)
