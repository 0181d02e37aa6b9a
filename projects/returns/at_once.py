"""Writes of many monthly returns at once, each by the rules of ``services.py``.

The number of queries does not depend on the number of returns. What a person fills in is taken
row by row: a row is written as a whole or not at all, and one that is wrong keeps no other from
being saved (``returns_fill_in``, ``returns_no_change``). What heads and the programme office
decide on many is decided on all or on none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import RowFault, StateConflictError, field_error, permission_error
from projects.core.batch import Batch
from projects.core.bulk import batch_update, build_change_batch, lock_rows, update_rows
from projects.core.rows import require_any
from projects.people.actors import user_of
from projects.permissions import Actor
from projects.returns.kinds import RETURN_KIND
from projects.returns.models import ProgressReturn, ReturnPeriod, ReturnState
from projects.returns.querysets import ProgressReturnQuerySet
from projects.returns.rules import ALLOWED_FROM
from projects.returns.services import (
    copy_without_change,
    last_values,
    missing_fields,
    no_earlier_return_message,
    office_sends_back_message,
    require_reason,
    required_message,
    submission_values,
    wrong_state_words,
)

MOST_AT_ONCE = 1000
FORBIDDEN = "not_allowed"


@dataclass
class FillInResult:
    """What became of the rows: the ids of those in which something was saved, of those that were
    handed in, and what was wrong with the others."""

    saved: list[int] = field(default_factory=list)
    handed_in: list[int] = field(default_factory=list)
    errors: list[RowFault] = field(default_factory=list)


# Filling in ---------------------------------------------------------------------------------------
@transaction.atomic
def returns_fill_in(
    *,
    rows: Sequence[Mapping[str, Any]],
    by: Actor | None,
    hand_in: Collection[int] = (),
    although: bool = False,
    errors: Iterable[RowFault] = (),
) -> FillInResult:
    """Fills in returns and hands in those whose ids are in ``hand_in``.

    A row gives ``id``, the ``version`` it was read in, and changes; ``errors`` are what whoever
    read it could not read. Each right row is saved. Handing in is for all or none of those asked
    for, unless ``although``: then those that are right go, although others are wrong.
    """
    require_any(by, "change", ProgressReturn)
    found = list(errors)
    given, present = lock_rows(ProgressReturn, by, rows, found)
    batch = build_change_batch(kind=RETURN_KIND, by=by, rows=given, present=present, errors=found)
    right = [number for number in range(len(present)) if number not in batch.bad]
    sound = Batch(
        ProgressReturn,
        by=by,
        rows=[batch.rows[number] for number in right],
        present=[present[number] for number in right],
    )
    batch_update(RETURN_KIND, sound)
    outcome = FillInResult(saved=[present[number].pk for number in right if batch.rows[number]])
    asked = {n: present[n] for n in right if present[n].pk in hand_in}
    ready = _select_ready(asked, by, batch.errors)
    outcome.errors = sorted(batch.errors, key=lambda error: (error.row, error.field))
    if although or not outcome.errors:
        outcome.handed_in = [row.pk for row in ready]
        ProgressReturn.objects.filter(pk__in=outcome.handed_in).update(**submission_values(by))
    return outcome


def _select_ready(
    asked: Mapping[int, ProgressReturn], by: Actor | None, errors: list[RowFault]
) -> list[ProgressReturn]:
    """Returns the (locked) rows that may be handed in now and notes why others may not."""
    ready = _select_permitted(asked, by, errors)
    for number, row in list(ready.items()):
        for name in missing_fields(row):
            errors.append(RowFault(number, name, required_message(name), "required"))
            ready.pop(number, None)
    return list(ready.values())


def _select_permitted(
    asked: Mapping[int, ProgressReturn], by: Actor | None, errors: list[RowFault]
) -> dict[int, ProgressReturn]:
    rows = ProgressReturn.objects.filter(pk__in=[row.pk for row in asked.values()])
    mine = set((rows if by is None else rows.permitted(by, "submit")).values_list("pk", flat=True))
    ready = {}
    for number, row in asked.items():
        if row.pk not in mine:
            message = _("您没有执行此操作的权限。")
            errors.append(RowFault(number, "", message, FORBIDDEN, kind="forbidden"))
        elif row.state not in ALLOWED_FROM["submit"]:
            message = wrong_state_words(row, "submit")
            errors.append(RowFault(number, "", message, "wrong_state", kind="conflict"))
        else:
            ready[number] = row
    return ready


@transaction.atomic
def returns_no_change(*, rows: Sequence[Mapping[str, Any]], by: Actor | None) -> FillInResult:
    """Says of many returns (``id``, ``version``) that nothing has changed, and hands those in of
    which it can be said."""
    require_any(by, "submit", ProgressReturn)
    outcome = FillInResult()
    _given, present = lock_rows(ProgressReturn, by, rows, outcome.errors)
    bad = {error.row for error in outcome.errors}
    asked = {number: row for number, row in enumerate(present) if number not in bad}
    ready = _select_permitted(asked, by, outcome.errors)
    before = _before(ready.values())
    handed_in, written = submission_values(by), []
    names: set[str] = set(handed_in)
    for number, row in ready.items():
        values = copy_without_change(before.get(row.pk))
        if values is None:
            message = no_earlier_return_message()
            outcome.errors.append(RowFault(number, "", message, "nothing_before", kind="conflict"))
            continue
        for name, value in {**values, **handed_in}.items():
            setattr(row, name, value)
        names |= values.keys()
        written.append(row)
    update_rows(ProgressReturn, written, sorted(names))
    outcome.handed_in = [row.pk for row in written]
    return outcome


def _before(rows: Collection[ProgressReturn]) -> dict[int, dict[str, Any]]:
    """Returns id → what the project's last return before this one's month said; one query a
    month, and what is filled in together is of one month."""
    by_period = defaultdict(list)
    for row in rows:
        by_period[row.period_id].append(row)
    found: dict[int, dict[str, Any]] = {}
    for period in ReturnPeriod.objects.filter(pk__in=by_period):
        of_month = by_period[period.pk]
        values = last_values([row.project_id for row in of_month], period)
        found |= {row.pk: values[row.project_id] for row in of_month if row.project_id in values}
    return found


# Deciding -----------------------------------------------------------------------------------------
@transaction.atomic
def returns_confirm(*, ids: Collection[int], by: Actor | None) -> int:
    """Confirms many returns as the department's head, all or none, with one write.

    Raises ``ValidationError`` for ids that the person does not see, ``PermissionDenied`` for
    another department's, ``StateConflictError`` naming those that do not wait for confirmation.
    """
    rows = _lock_all(ids, by, "confirm", _("只有牵头单位的负责人可以确认月报。"))
    return rows.update(
        state=ReturnState.CONFIRMED, confirmed_by=user_of(by), confirmed_at=clock.now()
    )


@transaction.atomic
def returns_accept(*, ids: Collection[int], by: Actor | None) -> int:
    """Accepts many confirmed returns as the programme office, all or none, with one write."""
    rows = _lock_all(ids, by, "accept", _("只有项目办可以审核月报。"))
    return rows.update(state=ReturnState.ACCEPTED, accepted_by=user_of(by), accepted_at=clock.now())


@transaction.atomic
def returns_send_back(*, ids: Collection[int], by: Actor | None, reason: str) -> int:
    """Sends many returns back for one reason, all or none: the head what was submitted, the
    office also what heads have confirmed."""
    told = require_reason(reason)
    rows = _lock_all(ids, by, "send_back", "")
    confirmed = rows.filter(state=ReturnState.CONFIRMED)
    if by is not None and confirmed.count() != confirmed.permitted(by, "accept").count():
        raise permission_error(office_sends_back_message())
    return rows.update(state=ReturnState.SENT_BACK, sent_back_reason=told)


def _lock_all(
    ids: Collection[int], by: Actor | None, action: str, refusal: str
) -> ProgressReturnQuerySet:
    """Returns the returns, locked, when the person may now do the action on every one."""
    require_any(by, action, ProgressReturn)
    wanted = sorted(set(ids))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        message = _("一次可办理 1 到 %(most)d 份。") % {"most": MOST_AT_ONCE}
        raise field_error("ids", message, "out_of_range")
    rows = ProgressReturn.objects.filter(pk__in=wanted)
    seen = rows if by is None else rows.visible_to(by)
    found = set(seen.values_list("pk", flat=True))
    unknown = [pk for pk in wanted if pk not in found]
    if unknown:
        raise field_error(
            "ids", _("没有编号为 %(id)d 的月报。") % {"id": unknown[0]}, "does_not_exist"
        )
    locked = rows.select_for_update(no_key=True, of=("self",)).order_by("pk")
    states = dict(locked.values_list("pk", "state"))
    if by is not None and rows.permitted(by, action).count() != len(wanted):
        raise permission_error(refusal)
    others = [pk for pk, state in states.items() if state not in ALLOWED_FROM[action]]
    if others:
        expected = [ReturnState(state).label for state in sorted(ALLOWED_FROM[action])]
        raise StateConflictError(
            _("月报 %(ids)s 不在“%(state)s”状态, 一份也没有办理。")
            % {
                "ids": "、".join(str(pk) for pk in others[:10]),
                "state": "、".join(str(label) for label in expected),
            },
            code="wrong_state",
        )
    return rows
