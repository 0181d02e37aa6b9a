"""The register of hand-over steps, and the steps as buttons on a milestone's page."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.admin.base import DomainAdmin, ReadOnlyInline
from projects.admin.rights import may
from projects.admin.steps import Step, day, words
from projects.models import HandoverState, HandoverStep, Milestone
from projects.querysets import HandoverStepQuerySet
from projects.rules.handover import may_follow
from projects.services import handover


class TextForm(forms.Form):
    text = words(_("内容"), required=False)


class ReportForm(forms.Form):
    text = words(_("反馈内容"))


class ReturnForm(forms.Form):
    reason = words(_("退办理由"))


class ParkForm(forms.Form):
    reason = words(_("挂账理由"))
    parked_until = day(_("挂账至"))


class HandoverInline(ReadOnlyInline):
    model = HandoverStep
    fields = ("state", "notice_number", "text", "parked_until", "by", "recorded_at")
    readonly_fields = fields
    list_select_related = ("milestone__project", "by")
    verbose_name_plural = _("交办记录")


def _step(state: HandoverState, service: Callable, **declared: Any) -> Step:
    return Step(
        name=f"hand_over_{service.__name__.rpartition('_')[2]}",
        subject="milestone",
        service=service,
        allowed=lambda request, milestone: _allowed(request, milestone, state),
        anyone=lambda request: may(request, _right(state), HandoverStep),
        **declared,
    )


def _right(state: HandoverState) -> str:
    return "report" if state == HandoverState.REPORTED else "decide"


def _allowed(request: HttpRequest, milestone: Milestone, state: HandoverState) -> bool:
    newest = milestone.handover_steps.order_by("-id").first()
    if not may_follow(newest.state if newest else "", state):
        return False
    if not may(request, _right(state), HandoverStep, newest):  # only a report is told by the row
        return False
    done = milestone.done_on is not None
    return done if state == HandoverState.CLOSED else state != HandoverState.ASSIGNED or not done


HAND_OVER_STEPS = (
    _step(
        HandoverState.ASSIGNED,
        handover.hand_over_assign,
        label=_("交办"),
        icon="assignment_ind",
        form=TextForm,
        explanation=_("以编号通知交办; 编号由系统编定, 永不重用。"),
    ),
    _step(
        HandoverState.REPORTED,
        handover.hand_over_report,
        label=_("反馈"),
        icon="reply",
        form=ReportForm,
        explanation=_("向督查室反馈办理情况。"),
    ),
    _step(
        HandoverState.RETURNED,
        handover.hand_over_return,
        label=pgettext_lazy("action", "退办"),
        icon="undo",
        form=ReturnForm,
        explanation=_("退回重新办理, 须写明理由。"),
    ),
    _step(
        HandoverState.PARKED,
        handover.hand_over_park,
        label=pgettext_lazy("action", "挂账"),
        icon="pause_circle",
        form=ParkForm,
        explanation=_("挂账期间期限停计, 到期自动恢复; 须写明理由和截止日期。"),
    ),
    _step(
        HandoverState.CLOSED,
        handover.hand_over_close,
        label=pgettext_lazy("action", "办结销号"),
        icon="verified",
        form=TextForm,
        explanation=_("办结后完成日期不能再改。"),
    ),
)


@admin.register(HandoverStep)
class HandoverStepAdmin(DomainAdmin):
    read_only = True  # steps are taken on the milestone's page
    sections = (
        (None, ("milestone", ("state", "notice_number"), "text", "parked_until")),
        (_("办理"), (("by", "recorded_at"),)),
    )
    list_display = ("notice_number", "milestone", "state_label", "text", "by", "recorded_at")
    list_display_links = ("milestone",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("milestone__project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("milestone__project", "by")
    search_fields = HandoverStepQuerySet.search_fields
    date_hierarchy = "recorded_at"
    ordering = ("-id",)

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
    def state_label(self, step: HandoverStep) -> tuple[str, str]:
        return step.state, step.get_state_display()
