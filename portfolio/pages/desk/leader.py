"""The page of a city leader 领导页: the projects and targets that they sponsor, those of them
that are red with the reasons, and the requests that they have to decide."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.core import clock
from portfolio.pages.kit.fields import text_area_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.page import page
from portfolio.pages.targets.targets import TargetSummary
from portfolio.reports.catalogue.light_reasons import light_reasons
from projects.choices import GRAVEST_FIRST, LightColour
from projects.deadlines import deadline_rows, kind_labels
from projects.inspections.waiting import rounds_to_approve, rounds_to_publish
from projects.milestones.extensions import extension_grant, extension_refuse
from projects.milestones.models import ExtensionRequest
from projects.milestones.waiting import extensions_to_decide
from projects.people.models import Department
from projects.permissions import Actor
from projects.register.models import Project
from targets.models import Target
from targets.services.status import targets_assess

PROJECTS_A_PAGE = 25
MOST_WAITING = 20
MOST_RED = 20
MOST_TARGETS = 60
MOST_DEADLINES = 15
SOON = dt.timedelta(days=30)
# What waits for a decision stands above; the rest is what others owe.
OWED = ("milestone", "target", "work_item", "problem", "progress_return")
DECISIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "grant": (extension_grant, gettext_lazy("已同意延期。")),
    "refuse": (extension_refuse, gettext_lazy("已决定不同意。")),
}


class ExtensionDecisionForm(PageForm):
    note = text_area_field(
        gettext_lazy("决定意见"), required=False, help_text=gettext_lazy("不同意须写明理由。")
    )


@dataclass(frozen=True)
class PendingDecision:
    """A request that waits for the reader's decision, with the form in which it is decided."""

    extension: ExtensionRequest
    form: ExtensionDecisionForm
    days: int
    late: bool


@dataclass(frozen=True)
class RedItem:
    """Something that is red, and why in words."""

    name: str
    address: tuple[str, int]
    whose: str
    reasons: Sequence[str]


@page
def leader_page(request: HttpRequest) -> HttpResponse:
    """Shows the page; a POST decides one of the requests on it."""
    if request.method == "POST":
        return _decide(request)
    return render(request, "workbench/leader.html", _context(request))


def _decide(request: HttpRequest) -> HttpResponse:
    """Grants or refuses; what is refused by the rules stands beside what was typed."""
    decision = DECISIONS.get(request.POST.get("decision", ""))
    pk = request.POST.get("extension", "")
    if decision is None or not pk.isdecimal():
        raise Http404
    extension = get_object_or_404(
        ExtensionRequest.objects.visible_to(request.user), pk=int(pk[:18])
    )
    service, done = decision
    form = ExtensionDecisionForm(request.POST, prefix=_prefix(extension))
    if form.is_valid() and form.carried_out(
        service, extension=extension, by=request.user, note=form.cleaned_data["note"]
    ):
        messages.success(request, str(done))
        return redirect("leader")
    context = _context(request, refused={extension.pk: form})
    if extension.pk not in {each.extension.pk for each in context["waiting"]}:
        # Somebody has decided it meanwhile: it stands on the page no more.
        for errors in form.errors.values():
            for error in errors:
                messages.error(request, str(error))
    return render(request, "workbench/leader.html", context)


def _prefix(extension: ExtensionRequest) -> str:
    return f"e{extension.pk}"


def _context(
    request: HttpRequest, *, refused: dict[int, ExtensionDecisionForm] | None = None
) -> dict[str, Any]:
    user: Actor = request.user
    today = clock.today()
    requests = extensions_to_decide(user)
    projects: Any = Project.objects.visible_to(user).sponsored_by(user).with_light(on=today)
    lights = dict(projects.order_by().values_list("light").annotate(count=Count("pk")))
    targets = _targets(user, today)
    paged = Paginator(
        projects.select_related("lead_department", "responsible_head").gravest_first(),
        PROJECTS_A_PAGE,
    ).get_page(request.GET.get("page"))
    overdue, soon = _deadlines(user, today)
    approvals = list(rounds_to_approve(user))
    count = requests.count()
    return {
        "today": today,
        "waiting": _list_pending(requests, refused or {}, today),
        "waiting_count": count,
        "approvals": approvals,
        "publications": list(rounds_to_publish(user)),
        "decisions": count + len(approvals),
        "red": _list_red(projects, targets, user, today),
        "red_count": lights.get("red", 0) + sum(each.colour == "red" for each in targets),
        "yellow_count": lights.get("yellow", 0) + sum(each.colour == "yellow" for each in targets),
        "paged": paged,
        "rows": _with_reasons(paged, user, today),
        "targets": targets[:MOST_TARGETS],
        "targets_count": len(targets),
        "overdue": overdue[:MOST_DEADLINES],
        "overdue_count": len(overdue),
        "soon": soon[:MOST_DEADLINES],
        "soon_count": len(soon),
        "nothing": not paged.object_list and not targets,
    }


def _list_pending(
    requests: Any, refused: dict[int, ExtensionDecisionForm], today: dt.date
) -> list[PendingDecision]:
    listed = requests.select_related(
        "milestone__project__lead_department", "requested_by"
    ).order_by("decide_by", "pk")
    return [
        PendingDecision(
            each,
            refused.get(each.pk) or ExtensionDecisionForm(prefix=_prefix(each)),
            (each.new_due_on - each.due_on_before).days,
            each.decide_by < today,
        )
        for each in listed[:MOST_WAITING]
    ]


def _targets(user: Actor, today: dt.date) -> list[TargetSummary]:
    targets = list(
        Target.objects.visible_to(user)
        .sponsored_by(user)
        .filter(year=today.year)
        .select_related("lead_department")
        .order_by("pk")
    )
    assessed = targets_assess(targets, on=today)
    standing = [TargetSummary(each, assessed[each.pk]) for each in targets]
    return sorted(standing, key=lambda each: GRAVEST_FIRST.index(each.colour))


def _list_red(
    projects: Any, targets: list[TargetSummary], user: Actor, today: dt.date
) -> list[RedItem]:
    lit = list(
        projects.filter(light=LightColour.RED).select_related("lead_department").order_by("code")
    )[:MOST_RED]
    reasons = light_reasons([each.pk for each in lit], user=user, on=today)
    return [
        RedItem(
            each.name,
            ("workbench-projects-project", each.pk),
            str(each.lead_department),
            reasons.get(each.pk) or (_("未记载理由"),),
        )
        for each in lit
    ] + [
        RedItem(
            each.target.name,
            ("workbench-targets-target", each.target.pk),
            str(each.target.lead_department),
            each.assessment.reasons,
        )
        for each in targets
        if each.colour == "red"
    ][:MOST_RED]


def _with_reasons(paged: Any, user: Actor, today: dt.date) -> list[tuple[Project, Any, str]]:
    reasons = light_reasons([each.pk for each in paged], user=user, on=today)
    return [
        (
            each,
            reasons.get(each.pk, ()),
            str(LightColour(each.light).label) if each.light else _("未评灯"),
        )
        for each in paged
    ]


def _deadlines(user: Actor, today: dt.date) -> tuple[list[dict], list[dict]]:
    """Returns what is overdue and what is due soon of all that the person stands for."""
    where = Q(sponsor_id=user.pk, done=False, due_on__lte=today + SOON)
    rows = list(deadline_rows(user, kinds=OWED, where=where))
    departments = {
        each.pk: each.short_name
        for each in Department.objects.filter(pk__in={row["department_id"] for row in rows})
    }
    labels = kind_labels()
    for row in rows:
        row["kind_display"] = labels[row["kind"]]
        row["department"] = departments.get(row["department_id"], "")
        row["days"] = abs((row["due_on"] - today).days)
    overdue = [row for row in rows if row["due_on"] < today]
    return overdue, [row for row in rows if row["due_on"] >= today]
