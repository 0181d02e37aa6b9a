"""The year's programme 年度计划 and a project's place in it: approved, planned anew, left."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portfolio.pages.kit.fields import date_field, initial_day, text_field
from portfolio.pages.kit.forms import PageForm, VersionedForm
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.registers import add_address
from portfolio.pages.kit.steps import Step, steps_page
from portfolio.pages.kit.timeline import time_line
from projects.permissions import Actor, may_act_on
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.programmes.services import (
    PLAN,
    entry_approve,
    entry_leave,
    entry_rebaseline,
    programme_approve,
)

PAGE_SIZE = 50


class ApprovalForm(PageForm):
    approved_on = date_field(_("批准日期"), help_text=_("不晚于今天。"))


class RebaselineForm(VersionedForm):
    """The plan as it shall be from now on; the plan by month goes on where it still fits."""

    planned_investment = forms.DecimalField(
        label=_("年度计划投资 (万元)"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
    )
    planned_start = date_field(_("计划开工"), required=False)
    planned_commissioning = date_field(_("计划投产"), required=False)
    reason = text_field(_("理由"), most=500)


class LeavingForm(PageForm):
    left_on = date_field(_("调出日期"))
    leave_approval = text_field(_("调出依据"))


def _rebaseline(row: ProgrammeEntry, by: Actor, reason: str, **plan: Any) -> None:
    entry_rebaseline(entry=row, by=by, reason=reason, plan=plan)


def _may(verb: str, *, approved: bool | None = None) -> Any:
    """Whether the person may, and the entry's state lets anybody."""

    def allowed(user: Actor, entry: ProgrammeEntry) -> bool:
        fits = approved is None or bool(entry.approved_on) == approved
        return fits and entry.left_on is None and may_act_on(user, verb, entry)

    return allowed


PROGRAMME_STEPS = (
    Step(
        name="approve",
        label=_("批准年度计划"),
        done=_("已批准。"),
        form=ApprovalForm,
        take=lambda row, by, approved_on: programme_approve(
            programme=row, by=by, approved_on=approved_on
        ),
        allowed=lambda user, row: row.approved_on is None and may_act_on(user, "approve", row),
        initial=lambda row: {"approved_on": initial_day()},
        explanation=_("所有待批项目的计划定为第 1 版, 不能再直接修改; 此后列入的项目为调入。"),
    ),
)
ENTRY_STEPS = (
    Step(
        name="approve",
        label=pgettext_lazy("action", "批准"),
        done=_("已批准。"),
        form=ApprovalForm,
        take=lambda row, by, approved_on: entry_approve(entry=row, by=by, approved_on=approved_on),
        allowed=_may("approve", approved=False),
        initial=lambda row: {"approved_on": initial_day()},
        explanation=_("批准后计划定为第 1 版, 不能再直接修改。"),
    ),
    Step(
        name="rebaseline",
        label=_("重新定版"),
        done=_("已定为新版。"),
        form=RebaselineForm,
        take=_rebaseline,
        allowed=_may("rebaseline", approved=True),
        initial=lambda row: {name: getattr(row, name) for name in PLAN},
        explanation=_("旧版保留, 偏差对照每一版计算; 分期计划与新计划不符时请通过接口重报。"),
    ),
    Step(
        name="leave",
        label=_("登记调出"),
        done=_("已登记调出。"),
        form=LeavingForm,
        take=lambda row, by, **typed: entry_leave(entry=row, by=by, **typed),
        allowed=_may("leave"),
        explanation=_("记录和计划保留, 年度数字按两种口径列示。"),
        grave=True,
    ),
)


@page
def programmes_page(request: HttpRequest) -> HttpResponse:
    """Lists the programmes, the newest year first."""
    rows = Programme.objects.visible_to(request.user).with_counts()
    paged = Paginator(rows, PAGE_SIZE).get_page(page_number(request))
    context = {"paged": paged, "add": add_address(request, Programme)}
    return render(request, "workbench/programmes.html", context)


@page
def programme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a year's programme with its projects; it is approved here."""
    programme = get_object_or_404(Programme.objects.visible_to(request.user).with_counts(), pk=pk)

    def context() -> dict[str, Any]:
        entries = ProgrammeEntry.objects.visible_to(request.user).filter(programme=programme)
        listed = entries.select_related("project__lead_department").order_by("project__code")
        add = add_address(request, ProgrammeEntry)
        return {
            "paged": Paginator(listed, PAGE_SIZE).get_page(page_number(request)),
            "add": f"{add}?programme={pk}" if add else "",
        }

    return steps_page(request, programme, PROGRAMME_STEPS, "workbench/programme.html", context)


@page
def entry_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a project's plan for a year with its versions; the steps are taken here."""
    rows = ProgrammeEntry.objects.visible_to(request.user)
    entry = get_object_or_404(
        rows.select_related("programme", "project__lead_department", "approved_by"), pk=pk
    )

    def context() -> dict[str, Any]:
        user: Actor = request.user
        versions = Baseline.objects.visible_to(user).filter(entry=entry)
        points = PlanPoint.objects.visible_to(user).filter(entry=entry)
        parts: list[QuerySet] = [ProgrammeEntry.objects.filter(pk=pk), versions, points]
        return {
            "points": points.of_present_version().order_by("month"),
            "versions": versions.select_related("approved_by").order_by("-number"),
            "history": time_line(parts, page=page_number(request, "history")),
        }

    return steps_page(request, entry, ENTRY_STEPS, "workbench/programme_entry.html", context)
