"""A milestone's page: where it stands, and all that its department or a supervisor does with it."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from portfolio.pages.kit.evidence import add_evidence, evidence_step, files_of
from portfolio.pages.kit.fields import date_field, text_area_field
from portfolio.pages.kit.forms import PageForm, VersionedForm
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.steps import Step, steps_page
from portfolio.pages.kit.timeline import time_line
from portfolio.pages.milestones import handover
from portfolio.pages.milestones.done import done_steps
from projects.core.rows import row_update
from projects.evidence.models import EvidenceFile, EvidenceSubject
from projects.milestones.models import (
    OPEN_EXTENSION_STATES,
    ExtensionRequest,
    HandoverStep,
    Milestone,
)
from projects.milestones.services import extension_request
from projects.permissions import Actor, may_act_below, may_act_on

MOST_EXTENSIONS = 20


class ForecastForm(VersionedForm):
    forecast_on = date_field(
        _("预计完成"), required=False, help_text=_("晚于期限会提前预警; 清空即不作预计。")
    )


class ExtensionForm(PageForm):
    new_due_on = date_field(_("申请的新期限"))
    reason = text_area_field(_("理由"))
    progress = text_area_field(_("目前进展"))


def _write(row: Milestone, by: Actor, changes: dict[str, Any]) -> None:
    row_update(instance=row, by=by, changes=changes)


def _keep(row: Milestone, by: Actor, file: list[Any]) -> None:
    add_evidence(by=by, project=row.project, kind=EvidenceSubject.MILESTONE, pk=row.pk, file=file)


def _ask(row: Milestone, by: Actor, **typed: Any) -> None:
    extension_request(by=by, fields={"milestone": row, **typed})


def may_ask(user: Actor, milestone: Milestone) -> bool:
    """Returns whether the person may ask for a later date now."""
    return (
        milestone.done_on is None
        and milestone.due_on >= clock.today()
        and may_act_below(user, "add", ExtensionRequest._meta.label, "milestone", milestone)
        and not milestone.extension_requests.filter(state__in=OPEN_EXTENSION_STATES).exists()
    )


def _may_foretell(user: Actor, milestone: Milestone) -> bool:
    return milestone.done_on is None and may_act_on(user, "change", milestone)


DONE, CORRECT = done_steps(_write, _keep)
REPORT, *DECISIONS = handover.STEPS
STEPS = (
    DONE,
    REPORT,
    Step(
        name="forecast",
        label=_("更新预计完成日期"),
        done=_("已更新预计完成日期。"),
        form=ForecastForm,
        take=lambda row, by, **typed: _write(row, by, typed),
        allowed=_may_foretell,
        initial=lambda row: {"forecast_on": row.forecast_on},
    ),
    Step(
        name="extension",
        label=_("申请延期"),
        done=_("已提交延期申请, 等负责人签字。"),
        form=ExtensionForm,
        take=_ask,
        allowed=may_ask,
        explanation=_("期限之前才能申请; 基准日期不变。负责人签字后三个工作日内决定。"),
    ),
    evidence_step(EvidenceSubject.MILESTONE),
    *DECISIONS,
    CORRECT,
)


@page
def milestone_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a milestone; its steps are taken here."""
    rows = Milestone.objects.visible_to(request.user).with_due_state()
    milestone: Any = get_object_or_404(
        rows.select_related("project__lead_department", "project__officer", "officer"), pk=pk
    )

    def context() -> dict[str, Any]:
        user: Actor = request.user
        extensions = ExtensionRequest.objects.visible_to(user).filter(milestone=milestone)
        return {
            "handover_label": handover.label_of(milestone.hand_over_state),
            "days_left": (milestone.due_on - clock.today()).days,
            "late_by": _days_late(milestone),
            "extensions": extensions.select_related("requested_by")[:MOST_EXTENSIONS],
            "files": files_of(user, EvidenceSubject.MILESTONE, pk),
            "content_address": "evidence-files-content",
            "history": time_line(_parts(user, milestone), page=page_number(request, "history")),
        }

    return steps_page(request, milestone, STEPS, "workbench/milestone.html", context)


def _days_late(milestone: Milestone) -> int:
    """Returns by how many days it is expected, or was done, after the day that is promised now."""
    expected: dt.date | None = milestone.done_on or milestone.forecast_on
    return max((expected - milestone.due_on).days, 0) if expected else 0


def _parts(user: Actor, milestone: Milestone) -> list[Any]:
    evidence = EvidenceFile.objects.visible_to(user)
    return [
        Milestone.objects.filter(pk=milestone.pk),
        ExtensionRequest.objects.visible_to(user).filter(milestone=milestone),
        HandoverStep.objects.visible_to(user).filter(milestone=milestone),
        evidence.filter(subject_kind=EvidenceSubject.MILESTONE, subject_id=milestone.pk),
    ]
