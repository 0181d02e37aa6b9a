"""Who judges a round, in which group, and what nobody may judge: their own department's project."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portfolio.core.errors import StateConflictError, field_error
from projects.core.rows import require, row_update, rows_create
from projects.inspections.models import (
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    JudgeGroup,
    RoundStatus,
)
from projects.people.models import Department, Membership
from projects.permissions import Actor

HUNDRED = Decimal(100)


def judges_set(
    inspection_round: InspectionRound,
    *,
    groups: Iterable[Mapping] | None,
    judges: Iterable[Mapping] | None,
) -> None:
    """Writes the judge groups (``{name, weight}``) and the judges (``{user, group, absent}``,
    ``group`` being a group's name or the group); ``None`` leaves them as they are."""
    wanted = None if groups is None else list(groups)
    if wanted is not None:
        _write_groups(inspection_round, wanted)
    if judges is not None:
        _write_judges(inspection_round, list(judges))
    if wanted is not None:
        _remove_other_groups(inspection_round, {group["name"] for group in wanted})


def check_groups(inspection_round: InspectionRound) -> None:
    """Raises unless, where there are groups, each judge is in one and each has a judge."""
    groups = set(inspection_round.judge_groups.values_list("name", flat=True))
    if not groups:
        return
    judges = list(inspection_round.judges.values_list("user__name", "group__name"))
    outside = [name for name, group in judges if group is None]
    if outside:
        raise field_error(
            "judges",
            _("本轮分评委组计分, 请为每位评委指定评委组: %(names)s。")
            % {"names": "、".join(outside)},
            "group_required",
        )
    empty = sorted(groups - {group for _name, group in judges})
    if empty:
        raise field_error(
            "judge_groups",
            _("评委组没有评委: %(names)s。") % {"names": "、".join(empty)},
            "group_empty",
        )


@transaction.atomic
def judge_mark_absent(
    *,
    inspection_round: InspectionRound,
    by: Actor | None,
    judge: InspectionJudge,
    absent: bool = True,
) -> InspectionJudge:
    """Marks a judge absent: he is not waited for, and what he has scored does not count.

    ``absent=False`` takes it back; both only until the round is closed.
    """
    locked = InspectionRound.objects.select_for_update(no_key=True).get(pk=inspection_round.pk)
    require(by, "change", locked)
    if judge.inspection_round_id != locked.pk:
        raise field_error(
            "judge", _("评委 %(id)s 不在本轮名单中。") % {"id": judge.pk}, "other_round"
        )
    if locked.status not in (RoundStatus.DRAFT, RoundStatus.OPEN):
        raise StateConflictError(
            _("本轮%(status)s, 评委的到场情况不能再改。") % {"status": locked.get_status_display()},
            code="round_closed",
        )
    if judge.absent != absent:
        judge.absent = absent
        judge.save(update_fields=["absent"])
        bump_round_version(locked)
    return judge


def bump_round_version(inspection_round: InspectionRound) -> None:
    """Counts a change of the round's parts as one of the round: its version stands for them too,
    or a stale PATCH would pass."""
    InspectionRound.objects.filter(pk=inspection_round.pk).update(version=F("version") + 1)


def parts_set(
    inspection_round: InspectionRound,
    model: type[Any],
    wanted: Sequence[Mapping],
    *,
    keep_others: bool = False,
) -> None:
    """Writes the round's criteria, or its judge groups, as they are wanted: ``{name, weight}``."""
    present = {row.name: row for row in model.objects.filter(inspection_round=inspection_round)}
    if not keep_others and present.keys() - {part["name"] for part in wanted}:
        others = model.objects.filter(inspection_round=inspection_round)
        others.exclude(name__in=[part["name"] for part in wanted]).delete()
    new = [
        {"inspection_round": inspection_round, "name": part["name"], "weight": part["weight"]}
        for part in wanted
        if part["name"] not in present
    ]
    rows_create(model=model, by=None, rows=new)
    for part in wanted:
        if part["name"] in present:
            changes = {"weight": part["weight"]}
            row_update(instance=present[part["name"]], by=None, changes=changes)


def own_department_pairs(
    *, judges: Collection[InspectionJudge], entries: Collection[InspectionEntry]
) -> set[tuple[int, int]]:
    """Returns (judge id, entry id) of what a judge may not score: a project that a department of
    the judge leads, or one below it. Two queries; entries come with their ``project``."""
    members: dict[int, set[int]] = {}
    held = Membership.objects.filter(user__in={judge.user_id for judge in judges}).order_by()
    for user, department in held.values_list("user_id", "department_id"):
        members.setdefault(user, set()).add(department)
    if not members:
        return set()
    above = dict(Department.objects.order_by().values_list("id", "parent_id"))
    found = set()
    for entry in entries:
        chain = _chain(entry.project.lead_department_id, above)
        found |= {
            (judge.pk, entry.pk) for judge in judges if members.get(judge.user_id, set()) & chain
        }
    return found


def _chain(department: int, above: Mapping[int, int | None]) -> set[int]:
    found: set[int] = set()
    current: int | None = department
    while current is not None and current not in found:
        found.add(current)
        current = above.get(current)
    return found


def _write_groups(inspection_round: InspectionRound, wanted: list[Mapping]) -> None:
    if len({group["name"] for group in wanted}) != len(wanted):
        raise field_error("judge_groups", _("评委组重名。"), "unique")
    total = sum((group["weight"] for group in wanted), Decimal(0))
    if wanted and total != HUNDRED:
        raise field_error(
            "judge_groups",
            _("评委组权重合计应为 100, 现为 %(total)s。") % {"total": total},
            "weights",
        )
    parts_set(inspection_round, JudgeGroup, wanted, keep_others=True)


def _remove_other_groups(inspection_round: InspectionRound, wanted: set[str]) -> None:
    others = inspection_round.judge_groups.exclude(name__in=wanted)
    filled = list(others.filter(judges__isnull=False).values_list("name", flat=True).distinct())
    if filled:
        raise field_error(
            "judge_groups",
            _("评委组还有评委, 不能去掉: %(names)s。") % {"names": "、".join(filled)},
            "group_in_use",
        )
    others.delete()


def _write_judges(inspection_round: InspectionRound, wanted: list[Mapping]) -> None:
    users = [judge["user"] for judge in wanted]
    if len(set(users)) != len(users):
        raise field_error("judges", _("同一位评委写了两次。"), "unique")
    inspection_round.judges.exclude(user__in=users).delete()
    groups = {row.name: row for row in inspection_round.judge_groups.all()}
    present = {row.user_id: row for row in inspection_round.judges.all()}
    for judge in wanted:
        row = present.get(judge["user"].pk) or InspectionJudge(
            inspection_round=inspection_round, user=judge["user"]
        )
        before = (row.pk, row.group_id, row.absent)
        row.group = _group(judge.get("group"), groups)
        row.absent = bool(judge.get("absent"))
        if before != (row.pk, row.group_id, row.absent) or row.pk is None:
            row.save()


def _group(given: Any, groups: Mapping[str, JudgeGroup]) -> JudgeGroup | None:
    if not given:
        return None
    name = given.name if isinstance(given, JudgeGroup) else given
    if name not in groups:
        raise field_error(
            "judges",
            _("没有评委组“%(name)s”; 本轮的评委组: %(known)s。")
            % {"name": name, "known": "、".join(groups) or "-"},
            "no_such_group",
        )
    return groups[name]
