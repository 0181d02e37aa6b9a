"""The breakdown of a target 分解: parts of a cumulative target add up, or a note says why not.

One part is written at a time, or a whole breakdown as one batch; either way the sum is asked of
the rows as they will be, and a write after which it is wrong is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core.errors import field_error
from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.core.rows import row_create, row_delete, row_update, rows_create
from projects.permissions import Actor
from targets.choices import Measure
from targets.models import Measurement, Target, TargetPart
from targets.rules.breakdown import Share, UnevenLevel, circles, find_uneven_levels
from targets.rules.words import figure_words

Shares = dict[Any, Share]


@transaction.atomic
def part_create(*, by: Actor | None, fields: Mapping[str, Any]) -> TargetPart:
    """Adds a part to a breakdown."""
    return row_create(model=TargetPart, by=by, fields=fields)


@transaction.atomic
def parts_create(*, by: Actor | None, rows: Sequence[Mapping[str, Any]]) -> list[TargetPart]:
    """Adds several parts, the sum of which is asked for when all of them are there."""
    return rows_create(model=TargetPart, by=by, rows=rows)


@transaction.atomic
def part_update(*, part: TargetPart, by: Actor | None, changes: Mapping[str, Any]) -> TargetPart:
    """Changes a part of a breakdown."""
    return row_update(instance=part, by=by, changes=changes)


@transaction.atomic
def part_delete(*, part: TargetPart, by: Actor | None) -> None:
    """Takes a part out of a breakdown."""
    _lock(part.target)
    row_delete(instance=part, by=by)
    breakdown_check(part.target)


def _lock(target: Target) -> None:
    """Two who break the same target down at once would each miss the other's part."""
    Target._base_manager.select_for_update(no_key=True).filter(pk=target.pk).first()


def breakdown_check(target: Target) -> None:
    """Raises ``ValidationError`` unless the target's parts add up to it, or someone says why not.

    For whoever has changed the target's value or its note, or taken a part out.
    """
    problems = _uneven(target, _shares_of([target.pk]).get(target.pk, {}))
    if problems:
        raise field_error("value", _words(target, problems[0]), "does_not_add_up")


def _shares_of(targets: Sequence[int]) -> dict[int, Shares]:
    found: dict[int, Shares] = {}
    rows = TargetPart._base_manager.filter(target__in=targets)
    for key, target, value, parent, note in rows.values_list(
        "pk", "target_id", "value", "parent_id", "note"
    ):
        found.setdefault(target, {})[key] = Share(value, parent, note.strip())
    return found


def _uneven(target: Target, shares: Shares) -> list[UnevenLevel]:
    if target.measure != Measure.CUMULATIVE or target.value is None:
        return []
    return find_uneven_levels(target.value, shares, explained=bool(target.breakdown_note.strip()))


def _words(target: Target, problem: UnevenLevel) -> str:
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


# What every part is held to, one or many at once --------------------------------------------------


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
    for number in sound:
        target = batch.value(number, "target")
        for others in shares.values():
            others.pop(keys[number], None)
        shares.setdefault(target, {})[keys[number]] = Share(
            batch.value(number, "value"),
            batch.value(number, "parent"),
            (batch.value(number, "note") or "").strip(),
        )
    reported = _reported(batch, sound, targets)
    for number in sound:
        _check_row(batch, number, keys[number], shares, reported)
    at: dict[tuple[Any, Any], int] = {}
    for number in sound:
        for level in _levels(batch, number, keys[number]):
            at.setdefault(level, number)
    for key, target in targets.items():
        _check_levels(batch, target, shares.get(key, {}), at)


def _reported(batch: Batch, sound: Sequence[int], targets: Mapping[int, Target]) -> set[Any]:
    """Returns the parts of which a figure was reported, where that matters to anybody."""
    if not any(batch.value(n, "parent") or "target" in batch.rows[n] for n in sound):
        return set()
    rows = Measurement._base_manager.filter(part__target__in=targets).order_by()
    return set(rows.values_list("part", flat=True).distinct())


def _check_row(
    batch: Batch, number: int, key: Any, shares: dict[int, Shares], reported: set[Any]
) -> None:
    target, parent = batch.value(number, "target"), batch.value(number, "parent")
    if "target" in batch.rows[number] and batch.present is not None:
        above = {share.parent for each in shares.values() for share in each.values()}
        if key in above or key in reported:
            message = _("已往下分解或已填报的分解不能改到别的目标。")
            batch.wrong(number, "target", message, "in_use", target)
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


def _levels(batch: Batch, number: int, key: Any) -> Iterator[tuple[Any, Any]]:
    """Yields, as (target, parent), the sums that a row has a part in: of the level that it comes
    to, of its own level below, and of the one that it leaves."""
    target = batch.value(number, "target")
    yield target, batch.value(number, "parent")
    yield target, key
    if batch.present is not None:
        present = batch.present[number]
        yield present.target_id, present.parent_id


def _check_levels(
    batch: Batch, target: Target, shares: Shares, at: Mapping[tuple[Any, Any], int]
) -> None:
    known = {
        key: share
        if share.parent is None or share.parent in shares
        else replace(share, parent=None)
        for key, share in shares.items()
    }
    for problem in _uneven(target, known):
        number = at.get((target.pk, problem.parent))
        if number is not None:
            batch.wrong(number, "value", _words(target, problem), "does_not_add_up")


PART_KIND = kind_register(Kind(TargetPart, check_new=_check_new, check_changes=_check_changes))
