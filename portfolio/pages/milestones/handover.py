"""The steps of a hand-over 交办 on the page of whatever is handed over."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portfolio.pages.kit.fields import date_field, text_area_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.steps import Step
from projects.choices import HandoverState
from projects.handover import services as handover
from projects.handover.rules import may_follow
from projects.permissions import Actor, may_act, may_act_on


class HandoverTextForm(PageForm):
    text = text_area_field(_("内容"), required=False)


class HandoverReportForm(PageForm):
    text = text_area_field(_("反馈内容"))


class HandoverReturnForm(PageForm):
    reason = text_area_field(_("退办理由"))


class HandoverParkForm(PageForm):
    reason = text_area_field(_("挂账理由"))
    parked_until = date_field(_("挂账至"))


def may_take_step(user: Actor, task: Any, state: HandoverState) -> bool:
    """Returns whether the person may take the hand-over of the task to this state now."""
    newest = handover.newest_step(task)
    if not may_follow(newest.state if newest else "", state):
        return False
    if state == HandoverState.REPORTED:  # told by the row: it is the department's own
        return newest is not None and may_act_on(user, "report", newest)
    label = type(task).handover_steps.rel.related_model._meta.label
    if not may_act(user, "decide", label):
        return False
    done = task.done_on is not None
    return done if state == HandoverState.CLOSED else state != HandoverState.ASSIGNED or not done


def label_of(state: str | None) -> str:
    """Returns where a hand-over stands in words, "" for what was not handed over."""
    return str(HandoverState(state).label) if state else ""


def _step(state: HandoverState, service: Callable[..., Any], **declared: Any) -> Step:
    def take(row: Any, by: Actor, **typed: Any) -> None:
        service(task=row, by=by, **typed)

    def allowed(user: Actor, row: Any) -> bool:
        return may_take_step(user, row, state)

    return Step(name=f"handover-{state.value}", take=take, allowed=allowed, **declared)


STEPS = (
    _step(
        HandoverState.REPORTED,
        handover.hand_over_report,
        label=_("反馈"),
        done=_("已向督查室反馈。"),
        form=HandoverReportForm,
        explanation=_("向督查室反馈办理情况。"),
    ),
    _step(
        HandoverState.CLOSED,
        handover.hand_over_close,
        label=pgettext_lazy("action", "办结销号"),
        done=_("已办结销号。"),
        form=HandoverTextForm,
        explanation=_("办结后完成日期不能再改。"),
    ),
    _step(
        HandoverState.RETURNED,
        handover.hand_over_return,
        label=pgettext_lazy("action", "退办"),
        done=_("已退办。"),
        form=HandoverReturnForm,
        explanation=_("退回重新办理, 须写明理由。"),
        grave=True,
    ),
    _step(
        HandoverState.ASSIGNED,
        handover.hand_over_assign,
        label=_("交办"),
        done=_("已交办, 通知编号由系统编定。"),
        form=HandoverTextForm,
        explanation=_("以编号通知交办; 编号由系统编定, 永不重用。"),
    ),
    _step(
        HandoverState.PARKED,
        handover.hand_over_park,
        label=pgettext_lazy("action", "挂账"),
        done=_("已挂账。"),
        form=HandoverParkForm,
        explanation=_("挂账期间期限停计, 到期自动恢复; 须写明理由和截止日期。"),
        grave=True,
    ),
)
