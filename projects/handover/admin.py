"""The registers of hand-over steps, and the steps as buttons on the page of their task."""

from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, ReadOnlyInline
from projects.core.admin.rights import may
from projects.core.admin.steps import Step, day, words
from projects.handover import services as handover
from projects.handover.models import HandoverState
from projects.handover.models import Step as HandoverSteps
from projects.handover.rules import may_follow


class TextForm(forms.Form):
    text = words(_("内容"), required=False)


class ReportForm(forms.Form):
    text = words(_("反馈内容"))


class ReturnForm(forms.Form):
    reason = words(_("退办理由"))


class ParkForm(forms.Form):
    reason = words(_("挂账理由"))
    parked_until = day(_("挂账至"))


class StepsInline(ReadOnlyInline):
    """The steps of a task's hand-over; a subclass names their model."""

    fields = ("state", "notice_number", "text", "parked_until", "by", "recorded_at")
    readonly_fields = fields
    verbose_name_plural = _("交办记录")


_STEPS: tuple[tuple[HandoverState, Any, dict[str, Any]], ...] = (
    (
        HandoverState.ASSIGNED,
        handover.hand_over_assign,
        {
            "label": _("交办"),
            "icon": "assignment_ind",
            "form": TextForm,
            "explanation": _("以编号通知交办; 编号由系统编定, 永不重用。"),
        },
    ),
    (
        HandoverState.REPORTED,
        handover.hand_over_report,
        {
            "label": _("反馈"),
            "icon": "reply",
            "form": ReportForm,
            "explanation": _("向督查室反馈办理情况。"),
        },
    ),
    (
        HandoverState.RETURNED,
        handover.hand_over_return,
        {
            "label": pgettext_lazy("action", "退办"),
            "icon": "undo",
            "form": ReturnForm,
            "explanation": _("退回重新办理, 须写明理由。"),
        },
    ),
    (
        HandoverState.PARKED,
        handover.hand_over_park,
        {
            "label": pgettext_lazy("action", "挂账"),
            "icon": "pause_circle",
            "form": ParkForm,
            "explanation": _("挂账期间期限停计, 到期自动恢复; 须写明理由和截止日期。"),
        },
    ),
    (
        HandoverState.CLOSED,
        handover.hand_over_close,
        {
            "label": pgettext_lazy("action", "办结销号"),
            "icon": "verified",
            "form": TextForm,
            "explanation": _("办结后完成日期不能再改。"),
        },
    ),
)


def hand_over_steps(model: type[HandoverSteps]) -> tuple[Step, ...]:
    """Returns the buttons of the hand-over whose steps are rows of the model."""
    return tuple(
        Step(
            name=f"hand_over_{service.__name__.rpartition('_')[2]}",
            subject="task",
            service=service,
            allowed=partial(_allowed, model, state),
            anyone=partial(_anyone, model, state),
            **declared,
        )
        for state, service, declared in _STEPS
    )


def _right(state: HandoverState) -> str:
    return "report" if state == HandoverState.REPORTED else "decide"


def _anyone(model: type[HandoverSteps], state: HandoverState, request: HttpRequest) -> bool:
    return may(request, _right(state), model)


def _allowed(
    model: type[HandoverSteps], state: HandoverState, request: HttpRequest, task: Any
) -> bool:
    newest = handover.newest_step(task)
    if not may_follow(newest.state if newest else "", state):
        return False
    if not may(request, _right(state), model, newest):  # only a report is told by the row
        return False
    done = task.done_on is not None
    return done if state == HandoverState.CLOSED else state != HandoverState.ASSIGNED or not done


class StepsAdmin(DomainAdmin):
    """A register of steps, whatever was handed over; ``task`` is the field that leads there."""

    task: str
    read_only = True  # steps are taken on the task's page
    date_hierarchy = "recorded_at"
    ordering = ("-id",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        told = (self.task, ("state", "notice_number"), "text", "parked_until")
        return [
            (None, {"fields": told}),
            (_("办理"), {"fields": (("by", "recorded_at"),)}),
        ]

    def get_list_display(self, request: HttpRequest) -> tuple:
        return ("notice_number", self.task, "state_label", "text", "by", "recorded_at")

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> tuple:
        return (self.task,)

    @display(
        description=_("状态"),
        ordering="state",
        label={
            "assigned": "info",
            "reported": "primary",
            "returned": "danger",
            "parked": "warning",
            "closed": "success",
        },
    )
    def state_label(self, step: HandoverSteps) -> tuple[str, str]:
        return step.state, step.get_state_display()
