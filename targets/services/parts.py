"""The breakdown of a target 分解: parts of a cumulative target add up, or a note says why not.

One part is written at a time, or a whole breakdown as one batch; either way the sum is asked for
once the rows are there, and a write after which it is wrong is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core.errors import wrong
from projects.core.batch import Batch
from projects.core.bulk import Kind
from projects.core.rows import row_create, row_delete, row_update
from targets.choices import Measure
from targets.models import Measurement, Target, TargetPart
from targets.rules.breakdown import Share, Uneven, circles, uneven
from targets.rules.words import figure_words

Shares = dict[Any, Share]


@transaction.atomic
def part_create(*, by: Any, fields: Mapping[str, Any]) -> TargetPart:
    """Adds a part to a breakdown."""
    return parts_create(by=by, rows=[fields])[0]


@transaction.atomic
def parts_create(*, by: Any, rows: Sequence[Mapping[str, Any]]) -> list[TargetPart]:
    """Adds several parts, the sum of which is asked for when all of them are there."""
    made = []
    for fields in rows:
        _lock(fields["target"])
        part = row_create(model=TargetPart, by=by, fields=fields)
        _check_parent(part)
        made.append(part)
    for target in {part.target_id: part.target for part in made}.values():
        _check_sums(target)
    return made


@transaction.atomic
def part_update(*, part: TargetPart, by: Any, changes: Mapping[str, Any]) -> TargetPart:
    """Changes a part of a breakdown."""
    before = part.target
    _lock(before)
    changed = row_update(instance=part, by=by, changes=changes)
    if changed.target_id != before.pk:
        _lock(changed.target)
        _check_moved(changed)
        _check_sums(before)
    _check_parent(changed)
    _check_sums(changed.target)
    return changed


@transaction.atomic
def part_delete(*, part: TargetPart, by: Any) -> None:
    """Takes a part out of a breakdown."""
    _lock(part.target)
    row_delete(instance=part, by=by)
    _check_sums(part.target)


def breakdown_check(target: Target) -> None:
    """Raises ``ValidationError`` unless the target's parts add up to it, or someone says why not.

    For whoever has changed the target's value or its note.
    """
    problems = _uneven(target, _shares_of([target.pk]).get(target.pk, {}))
    if problems:
        raise wrong("value", _words(target, problems[0]), "does_not_add_up")


def _lock(target: Target) -> None:
    """Two who break the same target down at once would each miss the other's part."""
    Target._base_manager.select_for_update(no_key=True).filter(pk=target.pk).first()


def _check_parent(part: TargetPart) -> None:
    parent = part.parent
    if parent is None:
        return
    if parent.target_id != part.target_id:
        raise wrong("parent", _("上级分解不属于这个目标。"), "other_target")
    parents = dict(
        TargetPart._base_manager.filter(target=part.target_id).values_list("pk", "parent_id")
    )
    if part.pk in circles(parents):
        raise wrong("parent", _("上级分解就是本分解或在其下, 请另选。"), "circle")
    if Measurement._base_manager.filter(part=parent).exists():
        raise wrong(
            "parent",
            _("“%(part)s”已按分解填报进度值, 不能再往下分解。") % {"part": parent.department},
            "already_reported",
        )


def _check_moved(part: TargetPart) -> None:
    if part.children.exists() or part.measurements.exists():
        raise wrong("target", _("已往下分解或已填报的分解不能改到别的目标。"), "in_use")


def _check_sums(target: Target) -> None:
    problems = _uneven(target, _shares_of([target.pk]).get(target.pk, {}))
    if problems:
        raise wrong("value", _words(target, problems[0]), "does_not_add_up")


def _shares_of(targets: Sequence[int]) -> dict[int, Shares]:
    found: dict[int, Shares] = {}
    rows = TargetPart._base_manager.filter(target__in=targets)
    for key, target, value, parent, note in rows.values_list(
        "pk", "target_id", "value", "parent_id", "note"
    ):
        found.setdefault(target, {})[key] = Share(value, parent, note.strip())
    return found


def _uneven(target: Target, shares: Shares) -> list[Uneven]:
    if target.measure != Measure.CUMULATIVE or target.value is None:
        return []
    return uneven(target.value, shares, explained=bool(target.breakdown_note.strip()))


def _words(target: Target, problem: Uneven) -> str:
    words = {
        "total": figure_words(problem.total, target.unit),
        "whole": figure_words(problem.whole, target.unit),
    }
    if problem.parent is None:
        text = _(
            "各分解之和为%(total)s, 目标值为%(whole)s。请一次提交全部分解, "
            "或在“说明”中写明为何不等。"
        )
    else:
        text = _(
            "下级分解之和为%(total)s, 上级分解值为%(whole)s。请一次提交全部分解, "
            "或在“说明”中写明为何不等。"
        )
    return text % words


# Many at once


def _locked_targets(keys: set[int]) -> dict[int, Target]:
    rows = Target._base_manager.select_for_update(no_key=True).order_by("pk")
    return {target.pk: target for target in rows.filter(pk__in=keys)}


def _check_new(batch: Batch) -> None:
    _check_batch(batch, [("new", number) for number in range(len(batch.rows))])


def _check_changes(batch: Batch) -> None:
    _check_batch(batch, [part.pk for part in batch.present or ()])


def _check_batch(batch: Batch, keys: Sequence[Any]) -> None:
    sound = [number for number, _row in batch.sound()]
    asked = {batch.value(number, "target") for number in sound}
    before = {part.target_id for part in batch.present or ()}
    targets = _locked_targets(asked | before)
    shares = _shares_of(list(targets))
    at = {}
    for number in sound:
        target = batch.value(number, "target")
        for others in shares.values():
            others.pop(keys[number], None)
        shares.setdefault(target, {})[keys[number]] = Share(
            batch.value(number, "value"),
            batch.value(number, "parent"),
            (batch.value(number, "note") or "").strip(),
        )
        at[keys[number]] = number
    reported: set[Any] = set(
        Measurement._base_manager.filter(part__target__in=targets)
        .order_by()
        .values_list("part", flat=True)
        .distinct()
    )
    for number in sound:
        _check_row(batch, number, keys[number], shares, reported)
    for key, target in targets.items():
        _check_level(batch, target, shares.get(key, {}), at)


def _check_row(
    batch: Batch, number: int, key: Any, shares: dict[int, Shares], reported: set[Any]
) -> None:
    target, parent = batch.value(number, "target"), batch.value(number, "parent")
    if "target" in batch.rows[number] and batch.present is not None:
        message = _("批量修改不能把分解改到别的目标。")
        batch.wrong(number, "target", message, "fixed", target)
    if parent is None:
        return
    own = shares[target]
    if parent not in own:
        batch.wrong(number, "parent", _("上级分解不属于这个目标。"), "other_target", parent)
    elif key in circles({each: share.parent for each, share in own.items()}):
        message = _("上级分解就是本分解或在其下, 请另选。")
        batch.wrong(number, "parent", message, "circle", parent)
    elif parent in reported and ("parent" in batch.rows[number]):
        message = _("上级分解已填报进度值, 不能再往下分解。")
        batch.wrong(number, "parent", message, "already_reported", parent)


def _check_level(batch: Batch, target: Target, shares: Shares, at: Mapping[Any, int]) -> None:
    known = {
        key: share
        if share.parent is None or share.parent in shares
        else replace(share, parent=None)
        for key, share in shares.items()
    }
    for problem in _uneven(target, known):
        rows = [
            at[key] for key, share in known.items() if share.parent == problem.parent and key in at
        ]
        rows += [at[problem.parent]] if problem.parent in at else []
        if rows:
            batch.wrong(min(rows), "value", _words(target, problem), "does_not_add_up")


PARTS = Kind(TargetPart, check_new=_check_new, check_changes=_check_changes)
