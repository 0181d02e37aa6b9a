"""Requests for a later date 延期申请: the list of those that wait, and one with its decision."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portfolio.pages.kit.evidence import evidence_step, files_of
from portfolio.pages.kit.fields import choice_field, date_field, text_area_field
from portfolio.pages.kit.forms import PageForm, VersionedForm
from portfolio.pages.kit.lists import query_of, read_filters, search_field
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.steps import Step, steps_page
from portfolio.pages.kit.timeline import time_line
from projects.evidence.models import EvidenceFile, EvidenceSubject
from projects.milestones.extensions import (
    extension_grant,
    extension_refuse,
    extension_sign,
    may_decide,
)
from projects.milestones.models import OPEN_EXTENSION_STATES, ExtensionRequest, ExtensionState
from projects.milestones.services import extension_update, extension_withdraw
from projects.milestones.waiting import extensions_to_decide, extensions_to_sign
from projects.permissions import Actor, may_act, may_act_on

PAGE_SIZE = 25
WAITING = (
    ("mine", _("待我签字或决定")),
    ("open", _("全部待定")),
    *ExtensionState.choices,
)


class ExtensionGrantForm(PageForm):
    note = text_area_field(_("决定意见"), required=False)


class ExtensionRefuseForm(PageForm):
    note = text_area_field(_("决定意见"))


class ExtensionAmendForm(VersionedForm):
    new_due_on = date_field(_("申请的新期限"))
    reason = text_area_field(_("理由"))
    progress = text_area_field(_("目前进展"))


class ExtensionFilterForm(PageForm):
    state = choice_field(_("状态"), WAITING, required=False)
    q = search_field(_("项目或节点"))


def _may_sign(user: Actor, extension: ExtensionRequest) -> bool:
    return extension.state == ExtensionState.ASKED and may_act_on(user, "sign", extension)


def _decidable(user: Actor, extension: ExtensionRequest) -> bool:
    return (
        extension.state == ExtensionState.SIGNED
        and may_act_on(user, "decide", extension)
        and may_decide(extension, user)
    )


def _is_unsigned(action: str) -> Any:
    return lambda user, row: row.state == ExtensionState.ASKED and may_act_on(user, action, row)


STEPS = (
    Step(
        name="sign",
        label=_("签字"),
        done=_("已签字。"),
        take=lambda row, by: extension_sign(extension=row, by=by),
        allowed=_may_sign,
        explanation=_("签字后三个工作日内决定; 由谁决定按规则确定。"),
    ),
    Step(
        name="grant",
        label=pgettext_lazy("action", "同意"),
        done=_("已同意延期。"),
        form=ExtensionGrantForm,
        take=lambda row, by, note: extension_grant(extension=row, by=by, note=note),
        allowed=_decidable,
        explanation=_("同意后节点期限改为申请的新期限, 基准日期不变; 决定不能撤回。"),
        opened=True,
    ),
    Step(
        name="refuse",
        label=pgettext_lazy("action", "不同意"),
        done=_("已决定不同意。"),
        form=ExtensionRefuseForm,
        take=lambda row, by, note: extension_refuse(extension=row, by=by, note=note),
        allowed=_decidable,
        explanation=_("节点期限不变; 须写明理由, 决定不能撤回。"),
        grave=True,
    ),
    Step(
        name="amend",
        label=_("修改申请"),
        done=_("已修改。"),
        form=ExtensionAmendForm,
        take=lambda row, by, **typed: extension_update(extension=row, by=by, changes=typed),
        allowed=_is_unsigned("change"),
        initial=lambda row: {
            "new_due_on": row.new_due_on,
            "reason": row.reason,
            "progress": row.progress,
        },
    ),
    evidence_step(EvidenceSubject.EXTENSION_REQUEST, lambda row: row.milestone.project),
    Step(
        name="withdraw",
        label=_("撤回申请"),
        done=_("已撤回申请。"),
        take=lambda row, by: extension_withdraw(extension=row, by=by),
        allowed=_is_unsigned("delete"),
        explanation=_("只有尚未签字的申请可以撤回。"),
        grave=True,
        away=lambda row: reverse("workbench-milestone", args=[row.milestone_id]),
    ),
)


@page
def extensions_page(request: HttpRequest) -> HttpResponse:
    """Lists the requests, those first that wait for the reader."""
    user: Actor = request.user
    steps = (may_act(user, step, ExtensionRequest._meta.label) for step in ("sign", "decide"))
    form, asked = read_filters(
        request, ExtensionFilterForm, {"state": "mine" if any(steps) else "open"}
    )
    rows = ExtensionRequest.objects.visible_to(user).search(asked["q"])
    if asked["state"] == "mine":
        rows = (extensions_to_sign(user) | extensions_to_decide(user)).search(asked["q"])
    elif asked["state"] == "open":
        rows = rows.filter(state__in=OPEN_EXTENSION_STATES)
    elif asked["state"]:
        rows = rows.filter(state=asked["state"])
    listed = rows.select_related("milestone__project__lead_department", "requested_by")
    paged = Paginator(listed, PAGE_SIZE).get_page(page_number(request))
    context = {"form": form, "paged": paged, "query": query_of(request)}
    return render(request, "workbench/extensions.html", context)


@page
def extension_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a request; it is signed, granted, refused, amended and withdrawn here."""
    rows = ExtensionRequest.objects.visible_to(request.user)
    extension = get_object_or_404(
        rows.select_related(
            "milestone__project__lead_department", "milestone__project__sponsor",
            "requested_by", "signed_by", "decided_by",
        ),
        pk=pk,
    )  # fmt: skip

    def context() -> dict[str, Any]:
        user: Actor = request.user
        evidence = EvidenceFile.objects.visible_to(user).filter(
            subject_kind=EvidenceSubject.EXTENSION_REQUEST, subject_id=pk
        )
        parts: list[QuerySet] = [ExtensionRequest.objects.filter(pk=pk), evidence]
        return {
            "days": (extension.new_due_on - extension.due_on_before).days,
            "files": files_of(user, EvidenceSubject.EXTENSION_REQUEST, pk),
            "content_address": "evidence-files-content",
            "history": time_line(parts, page=page_number(request, "history")),
        }

    return steps_page(request, extension, STEPS, "workbench/extension.html", context)
