"""From scores to a published ranking: closing, approval, publication, amendments (domain §3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from projects.core.rows import require, require_any, row_create
from projects.inspections.models import (
    Amendment,
    InspectionEntry,
    InspectionResult,
    InspectionRound,
    InspectionScore,
    RoundStatus,
)
from projects.inspections.services import normalize_points
from projects.inspections.standing import MissingScore, RoundScores, newest_revision
from projects.people.actors import user_of
from projects.permissions import Actor

MOST_NAMED = 20


@transaction.atomic
def round_close(*, inspection_round: InspectionRound, by: Actor | None) -> InspectionRound:
    """Closes a round when every score is in, judges who are absent or own the project aside."""
    locked = _lock_round(inspection_round)
    require(by, "close", locked)
    _check_status(locked, RoundStatus.OPEN, _("只有评分中的测评可以截止。"))
    sheet = RoundScores(locked)
    if not sheet.entries:
        raise StateConflictError(_("本轮没有参评项目, 不能截止。"), code="no_entries")
    missing = sheet.missing()
    if missing:
        raise StateConflictError(_describe_missing(missing), code="scores_missing")
    unscored = sheet.without_judge()
    if unscored:
        raise StateConflictError(
            _("没有任何到场评委可以评分的项目: %(names)s。请增补评委或办理退出。")
            % {"names": _names(unscored)},
            code="nobody_scored",
        )
    locked.status = RoundStatus.CLOSED
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def round_approve(*, inspection_round: InspectionRound, by: Actor | None) -> InspectionRound:
    """Approves a closed round's results; from then on nothing that they rest on changes."""
    locked = _lock_round(inspection_round)
    require(by, "approve", locked)
    _check_status(locked, RoundStatus.CLOSED, _("评分截止后才能批准。"))
    if locked.approved_at:
        raise StateConflictError(_("本轮结果已经批准。"), code="already_approved")
    without = RoundScores(locked).without_data()
    if without:
        raise StateConflictError(
            _("缺经济数据得分: %(names)s。请补齐后再批准。") % {"names": _names(without)},
            code="data_missing",
        )
    locked.approved_by, locked.approved_at = user_of(by), clock.now()
    locked.save(update_fields=["approved_by", "approved_at"])
    return locked


@transaction.atomic
def round_approval_revoke(
    *, inspection_round: InspectionRound, by: Actor | None
) -> InspectionRound:
    """Takes an approval back before publication, so that data or deductions can be put right."""
    locked = _lock_round(inspection_round)
    require(by, "approve", locked)
    _check_status(locked, RoundStatus.CLOSED, _("只能在公布前撤回批准。"))
    if not locked.approved_at:
        raise StateConflictError(_("本轮结果尚未批准。"), code="not_approved")
    locked.approved_by = locked.approved_at = None
    locked.save(update_fields=["approved_by", "approved_at"])
    return locked


@transaction.atomic
def round_publish(*, inspection_round: InspectionRound, by: Actor | None) -> InspectionRound:
    """Publishes an approved round: its results are written, and the round is frozen."""
    locked = _lock_round(inspection_round)
    require(by, "publish", locked)
    _check_status(locked, RoundStatus.CLOSED, _("评分截止并经市领导批准后才能公布。"))
    if not locked.approved_at:
        raise StateConflictError(_("市领导批准后才能公布。"), code="not_approved")
    locked.status = RoundStatus.PUBLISHED
    locked.published_by, locked.published_at = user_of(by), clock.now()
    locked.save(update_fields=["status", "published_by", "published_at"])
    _write_results(locked, revision=1)
    return locked


@transaction.atomic
def score_amend(
    *, score: InspectionScore, by: Actor | None, points: Decimal, reason: str
) -> Amendment:
    """Corrects a published score: who, what and why are kept, and all results come anew.

    The only way to a score of a published round: the database lets nothing else through.
    """
    score = InspectionScore.objects.select_for_update(no_key=True).get(pk=score.pk)
    inspection_round = _lock_round(score.inspection_round)
    require_any(by, "add", Amendment)
    _check_status(
        inspection_round, RoundStatus.PUBLISHED, _("尚未公布的评分可直接修改, 不需要更正。")
    )
    points = normalize_points(points)
    if points == score.points:
        raise field_error("points", _("与原得分相同。"), "unchanged")
    revision = newest_revision(inspection_round) + 1
    amendment = row_create(
        model=Amendment,
        by=by,
        fields={
            "inspection_round": inspection_round,
            "score": score,
            "revision": revision,
            "old_points": score.points,
            "new_points": points,
            "reason": reason,
            "amended_by": by,
        },
    )
    score.points = points
    score.save(update_fields=["points"])
    _write_results(inspection_round, revision=revision)
    return amendment


def _write_results(inspection_round: InspectionRound, *, revision: int) -> None:
    # Each entry has points and a rank: the round was not closed, nor approved, without.
    InspectionResult.objects.bulk_create(
        InspectionResult(
            entry=standing.entry,
            revision=revision,
            league=standing.entry.league,
            rank=standing.rank,  # type: ignore[misc]
            **asdict(standing.result),
        )
        for standing in RoundScores(inspection_round).standings()
    )


def _lock_round(inspection_round: InspectionRound) -> InspectionRound:
    # The whole lock, not the one without the key: it waits for whoever writes a part of the round.
    return InspectionRound.objects.select_for_update().get(pk=inspection_round.pk)


def _check_status(inspection_round: InspectionRound, wanted: str, rule: str) -> None:
    if inspection_round.status != wanted:
        raise StateConflictError(
            _("%(rule)s 本轮现为“%(status)s”。")
            % {"rule": rule, "status": inspection_round.get_status_display()},
            code="wrong_status",
        )


def _names(entries: Sequence[InspectionEntry]) -> str:
    named = "、".join(entry.project.name for entry in entries[:MOST_NAMED])
    return named + ("…" if len(entries) > MOST_NAMED else "")


def _describe_missing(missing: Sequence[MissingScore]) -> str:
    """Names what is missing, judge by judge: 张三: 甲项目 (现场得分)、乙项目 (现场得分)."""
    by_judge: dict[str, list[str]] = defaultdict(list)
    for each in missing[:MOST_NAMED]:
        told = f"{each.entry.project.name} ({each.criterion})"
        by_judge[str(each.judge.user)].append(told)
    told = "; ".join(f"{judge}: {'、'.join(rest)}" for judge, rest in by_judge.items())
    return _("还缺 %(count)s 个评分: %(told)s。请补齐, 或将未到场的评委标为缺席。") % {
        "count": len(missing),
        "told": told + ("…" if len(missing) > MOST_NAMED else ""),
    }
