"""Writes of the hand-over of milestones: each step is a row that stays (domain §2)."""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portfolio import clock
from portfolio.errors import StateConflict, wrong
from projects.models import HandoverState, HandoverStep, Milestone
from projects.rules.handover import NEEDS_REASON, NUMBERED, may_follow, notice_number
from projects.services.rows import require, require_any


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


def hand_over_assign(*, milestone: Milestone, by: Any, text: str = "") -> HandoverStep:
    """Hands the task over 交办, by a numbered notice."""
    return _step(milestone, by, HandoverState.ASSIGNED, text=text)


def hand_over_report(*, milestone: Milestone, by: Any, text: str) -> HandoverStep:
    """Reports back 反馈, by the department that it was handed over to."""
    return _step(milestone, by, HandoverState.REPORTED, text=text)


def hand_over_return(*, milestone: Milestone, by: Any, reason: str) -> HandoverStep:
    """Sends a report back 退办, with the reason."""
    return _step(milestone, by, HandoverState.RETURNED, text=reason)


def hand_over_park(
    *, milestone: Milestone, by: Any, reason: str, parked_until: dt.date
) -> HandoverStep:
    """Lets the clock stand still 挂账 until a day: what is parked is urged on nobody."""
    if parked_until <= clock.today():
        raise wrong(
            "parked_until",
            _("挂账截止日期 %(day)s 应晚于今天。") % {"day": parked_until},
            "not_later",
        )
    return _step(milestone, by, HandoverState.PARKED, text=reason, parked_until=parked_until)


def hand_over_close(*, milestone: Milestone, by: Any, text: str = "") -> HandoverStep:
    """Strikes it off the list 办结销号, once it is done."""
    return _step(milestone, by, HandoverState.CLOSED, text=text)


@transaction.atomic
def _step(
    milestone: Milestone,
    by: Any,
    state: HandoverState,
    *,
    text: str,
    parked_until: dt.date | None = None,
) -> HandoverStep:
    action = "report" if state == HandoverState.REPORTED else "decide"
    require_any(by, action, HandoverStep)
    locked = Milestone.objects.select_for_update().get(pk=milestone.pk)
    if state in NEEDS_REASON and not text.strip():
        raise wrong("reason", _("退办和挂账须写明理由。"), "required")
    before = HandoverStep.objects.filter(milestone=locked).order_by("-id").first()
    step = HandoverStep(milestone=locked, state=state, text=text, parked_until=parked_until, by=by)
    if state in NUMBERED:
        step.notice_number = notice_number_allot(year=clock.today().year)
    step.full_clean()
    step.save(force_insert=True)
    step.refresh_from_db()
    # The row knows whose it is; a step that the person or the state forbids is rolled back.
    require(by, action, step)
    _check_move(locked, before, state)
    return step


def _check_move(milestone: Milestone, before: HandoverStep | None, state: HandoverState) -> None:
    if not may_follow(before.state if before else "", state):
        raise StateConflict(
            _("该节点现为“%(before)s”, 不能登记“%(after)s”。")
            % {
                "before": before.get_state_display() if before else _("未交办"),
                "after": state.label,
            },
            code="wrong_state",
        )
    if state == HandoverState.CLOSED and milestone.done_on is None:
        raise StateConflict(_("节点尚未登记完成日期, 不能办结销号。"), code="not_done")
    if state == HandoverState.ASSIGNED and milestone.done_on is not None:
        raise StateConflict(_("节点已完成, 无须交办。"), code="already_done")
