"""Monthly returns that wait for a decision: the head confirms, the programme office accepts,
many at once, on a phone too; either sends back with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.lists import query_of
from portfolio.pages.kit.page import page
from portfolio.pages.returns.grid import keys_of
from portfolio.pages.returns.months import tabs
from projects.returns.at_once import returns_accept, returns_confirm, returns_send_back
from projects.returns.waiting import returns_to_accept, returns_to_confirm

PAGE_CARDS = 100


@dataclass(frozen=True)
class Decision:
    """What is decided on the page."""

    action: str
    label: str | Promise
    done: str | Promise
    nothing: str | Promise
    waiting: Callable[[Any], Any]
    service: Callable[..., int]


CONFIRM = Decision(
    "confirm",
    gettext_lazy("确认"),
    gettext_lazy("已确认 %(count)d 份月报, 转项目办审核。"),
    gettext_lazy("没有待您确认的月报。"),
    returns_to_confirm,
    returns_confirm,
)
ACCEPT = Decision(
    "accept",
    gettext_lazy("审核通过"),
    gettext_lazy("已审核通过 %(count)d 份月报, 数据从现在起计入累计。"),
    gettext_lazy("没有待项目办审核的月报。"),
    returns_to_accept,
    returns_accept,
)


class ReturnsDecisionForm(PageForm):
    """Those that were ticked, and why they are sent back."""

    reason = forms.CharField(
        label=gettext_lazy("退回理由"),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("只在退回时填写; 填报人会看到。"),
    )


@page
def confirm_page(request: HttpRequest) -> HttpResponse:
    """What waits for the head."""
    return _page(request, CONFIRM)


@page
def accept_page(request: HttpRequest) -> HttpResponse:
    """What waits for the programme office."""
    return _page(request, ACCEPT)


def _page(request: HttpRequest, decision: Decision) -> HttpResponse:
    form = ReturnsDecisionForm(request.POST or None)
    picked = keys_of(request.POST.getlist("pick"))
    if request.method == "POST" and _decide(request, decision, form, picked):
        return redirect(request.get_full_path())
    rows = decision.waiting(request.user).with_derived()
    rows = rows.select_related("project__lead_department", "period", "submitted_by")
    rows = rows.order_by("period__year", "period__month", "project__code")
    context: dict[str, Any] = {
        "decision": decision,
        "form": form,
        "picked": set(picked),
        "paged": Paginator(rows, PAGE_CARDS).get_page(request.GET.get("page")),
        "query": query_of(request),
        "tabs": tabs(request),
        "tab": decision.action,
    }
    return render(request, "workbench/returns_waiting.html", context)


def _decide(
    request: HttpRequest, decision: Decision, form: ReturnsDecisionForm, picked: list[int]
) -> bool:
    """Carries the decision out on what was ticked, on all or on none."""
    if not form.is_valid():
        return False
    if not picked:
        form.add_error(None, _("请先勾选月报。"))
        return False
    given: dict[str, Any] = {"ids": picked, "by": request.user}
    if request.POST.get("do") == "send-back":
        service, done = returns_send_back, _("已退回 %(count)d 份月报。")
        given["reason"] = form.cleaned_data["reason"]
    else:
        service, done = decision.service, str(decision.done)
    if not form.carried_out(service, **given):
        return False
    messages.success(request, done % {"count": len(set(picked))})
    return True
