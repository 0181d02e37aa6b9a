"""Writes of hand-overs: each step is a row that stays (domain §2).

A task is whatever has ``handover_steps``, a day that it is due and a day that it was done on: a
milestone, or, in an app above, an item of a list.
"""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from projects.choices import HandoverState
from projects.core.batch import Batch, require, require_any
from projects.handover.models import AbstractHandoverStep
from projects.handover.rules import NEEDS_REASON, NUMBERED_STATES, may_follow, notice_number
from projects.people.actors import user_of
from projects.permissions import Actor


def notice_number_allot(*, year: int) -> str:
    """Allots the year's next notice number; a number is never given out twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_noticecounter (year, last_number) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE"
            " SET last_number = projects_noticecounter.last_number + 1 RETURNING last_number",
            [year],
        )
        return notice_number(year, cursor.fetchone()[0])


def hand_over_assign(*, task: Any, by: Actor | None, text: str = "") -> AbstractHandoverStep:
    """Hands the task over 交办, by a numbered notice."""
    return _step(task, by, HandoverState.ASSIGNED, text=text)


def hand_over_report(*, task: Any, by: Actor | None, text: str) -> AbstractHandoverStep:
    """Reports back 反馈, by the department that it was handed over to."""
    return _step(task, by, HandoverState.REPORTED, text=text)


def hand_over_return(*, task: Any, by: Actor | None, reason: str) -> AbstractHandoverStep:
    """Sends a report back 退办, with the reason."""
    return _step(task, by, HandoverState.RETURNED, text=reason)


def hand_over_park(
    *, task: Any, by: Actor | None, reason: str, parked_until: dt.date
) -> AbstractHandoverStep:
    """Lets the clock stand still 挂账 until a day: what is parked is urged on nobody."""
    if parked_until <= clock.today():
        raise field_error(
            "parked_until",
            _("挂账截止日期 %(day)s 应晚于今天。") % {"day": parked_until},
            "not_later",
        )
    return _step(task, by, HandoverState.PARKED, text=reason, parked_until=parked_until)


def hand_over_close(*, task: Any, by: Actor | None, text: str = "") -> AbstractHandoverStep:
    """Strikes it off the list 办结销号, once it is done."""
    return _step(task, by, HandoverState.CLOSED, text=text)


def newest_step(task: Any) -> AbstractHandoverStep | None:
    """Returns the step that says where the task's hand-over stands."""
    return task.handover_steps.order_by("-id").first()


def done_stays_once_closed(batch: Batch) -> None:
    """Refuses another day of completion for tasks that are struck off; one query."""
    present: Any = batch.present or ()
    moved = {present[number].pk: number for number, row in batch.sound() if "done_on" in row}
    if not moved:
        return
    relation: Any = batch.model.handover_steps.rel  # type: ignore[attr-defined]
    task = relation.field.attname
    steps = relation.related_model._base_manager.filter(**{f"{task}__in": moved})
    newest = steps.order_by(task, "-id").distinct(task)
    for key, state in newest.values_list(task, "state"):
        if state == HandoverState.CLOSED:
            message = _("%(what)s已办结销号, 完成日期不能再改; 确需更正请督查员重新交办。")
            told = message % _what(batch.model)
            batch.wrong(moved[key], "done_on", told, "closed", kind="conflict")


@transaction.atomic
def _step(
    task: Any,
    by: Actor | None,
    state: HandoverState,
    *,
    text: str,
    parked_until: dt.date | None = None,
) -> AbstractHandoverStep:
    relation = type(task).handover_steps.rel
    model: type[AbstractHandoverStep] = relation.related_model
    action = "report" if state == HandoverState.REPORTED else "decide"
    require_any(by, action, model)
    locked = type(task).objects.select_for_update().get(pk=task.pk)
    if state in NEEDS_REASON and not text.strip():
        raise field_error("reason", _("退办和挂账须写明理由。"), "required")
    before = newest_step(locked)
    step = model(
        **{relation.field.name: locked},
        state=state,
        text=text,
        parked_until=parked_until,
        by=user_of(by),
    )
    if state in NUMBERED_STATES:
        step.notice_number = notice_number_allot(year=clock.today().year)
    step.full_clean()
    step.save(force_insert=True)
    step.refresh_from_db()
    # The row knows whose it is; a step that the person or the state forbids is rolled back.
    require(by, action, step)
    _check_move(locked, before, state)
    return step


def _check_move(task: Any, before: AbstractHandoverStep | None, state: HandoverState) -> None:
    if not may_follow(before.state if before else "", state):
        raise StateConflictError(
            _("该%(what)s现为“%(before)s”, 不能登记“%(after)s”。")
            % {
                **_what(task),
                "before": before.get_state_display() if before else _("未交办"),
                "after": state.label,
            },
            code="wrong_state",
        )
    if state == HandoverState.CLOSED and task.done_on is None:
        raise StateConflictError(
            _("%(what)s尚未登记完成日期, 不能办结销号。") % _what(task), code="not_done"
        )
    if state == HandoverState.ASSIGNED and task.done_on is not None:
        raise StateConflictError(_("%(what)s已完成, 无须交办。") % _what(task), code="already_done")


def _what(task: Any) -> dict[str, Any]:
    return {"what": task._meta.verbose_name}
