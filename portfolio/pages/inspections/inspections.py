"""观摩测评: the rounds, and one round with what can be done with it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from portfolio.core.errors import StateConflictError
from portfolio.pages.inspections.results import present_results
from portfolio.pages.kit.page import page
from portfolio.pages.kit.registers import add_address
from portfolio.pages.kit.steps import Step, steps_page
from projects.inspections import judges as inspection_judges
from projects.inspections import results as inspection_results
from projects.inspections import services as inspections
from projects.inspections.models import (
    Amendment,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    RoundStatus,
)
from projects.inspections.scoring_sheet import ScoringSheet, may_see_sheet
from projects.inspections.standing import JudgeProgress, RoundScores, may_see_standing
from projects.permissions import Actor, may_act_on

ROUNDS_A_PAGE = 20
ENTRIES_A_PAGE = 50
MOST_AMENDMENTS = 50
MOST_MISSING = 20
MOST_TO_SCORE = 4  # rounds that one judge scores at a time: one, as a rule


@page
def inspections_page(request: HttpRequest) -> HttpResponse:
    """Lists the rounds, the newest first; a judge's own sheets stand at the head."""
    rounds = InspectionRound.objects.visible_to(request.user)
    rounds = rounds.with_counts().with_judgeship_of(request.user)
    own = InspectionJudge._default_manager.filter(
        user=request.user.pk, absent=False, inspection_round__status=RoundStatus.OPEN
    ).select_related("inspection_round")
    paged = Paginator(rounds, ROUNDS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "workbench/inspections.html",
        {
            "paged": paged,
            "add": add_address(request, InspectionRound),
            "to_score": [ScoringSheet(each, user=request.user) for each in own[:MOST_TO_SCORE]],
        },
    )


@page
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a round and takes its steps: open, close, approve, publish."""
    inspection_round = get_object_or_404(
        InspectionRound.objects.visible_to(request.user).select_related(
            "approved_by", "published_by"
        ),
        pk=pk,
    )
    return steps_page(
        request,
        inspection_round,
        STEPS,
        "workbench/inspections_round.html",
        lambda: _context(request, inspection_round),
    )


@page
@require_POST
def absence(request: HttpRequest, pk: int, judge: int) -> HttpResponse:
    """Marks a judge absent, or present again."""
    inspection_round = get_object_or_404(InspectionRound.objects.visible_to(request.user), pk=pk)
    marked = get_object_or_404(inspection_round.judges.select_related("user"), pk=judge)
    absent = request.POST.get("absent") == "1"

    def mark() -> str:
        inspection_judges.judge_mark_absent(
            inspection_round=inspection_round, by=request.user, judge=marked, absent=absent
        )
        told = _("已将%(judge)s标为缺席。") if absent else _("已取消%(judge)s的缺席。")
        return told % {"judge": marked}

    return _back_to_the_round(request, pk, mark)


@page
@require_POST
def withdrawal(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """Withdraws a project from the round."""
    entries = InspectionEntry.objects.visible_to(request.user).select_related("project")
    withdrawn = get_object_or_404(entries, pk=entry, inspection_round=pk)

    def withdraw() -> str:
        inspections.entry_withdraw(entry=withdrawn, by=request.user)
        return _("%(project)s已退出本轮测评。") % {"project": withdrawn.project.name}

    return _back_to_the_round(request, pk, withdraw)


def _back_to_the_round(request: HttpRequest, pk: int, act: Callable[[], str]) -> HttpResponse:
    """Acts, and tells at the head of the round's page what was done, or why it was not."""
    try:
        messages.success(request, act())
    except StateConflictError as refusal:
        messages.error(request, refusal.message)
    return redirect("workbench-inspections-round", pk=pk)


# What can be done with a round, and when ----------------------------------------------------------
def _allow_when(
    verb: str, status: str, *, approved: bool | None = None
) -> Callable[[Any, Any], bool]:
    def allowed(user: Actor, inspection_round: InspectionRound) -> bool:
        fits = inspection_round.status == status
        if approved is not None:
            fits = fits and (inspection_round.approved_at is not None) == approved
        return fits and may_act_on(user, verb, inspection_round)

    return allowed


def _call_service(service: Callable[..., Any]) -> Callable[..., None]:
    return lambda row, by: service(inspection_round=row, by=by)


STEPS = (
    Step(
        name="open",
        label=gettext_lazy("开启评分"),
        done=gettext_lazy("已开启评分。"),
        explanation=gettext_lazy(
            "开启后评委可以打分; 年度、季度、评分项和评委不能再改, 只能调整日期。"
        ),
        take=_call_service(inspections.round_open),
        allowed=_allow_when("open", RoundStatus.DRAFT),
    ),
    Step(
        name="close",
        label=gettext_lazy("截止评分"),
        done=gettext_lazy("已截止评分。"),
        explanation=gettext_lazy("评分齐备 (缺席和回避的除外) 方可截止; 截止后不能再打分。"),
        take=_call_service(inspection_results.round_close),
        allowed=_allow_when("close", RoundStatus.OPEN),
    ),
    Step(
        name="approve",
        label=pgettext_lazy("action", "批准"),
        done=gettext_lazy("已批准。"),
        explanation=gettext_lazy("批准后, 参评项目、经济数据和扣分不能再改; 由督查员公布。"),
        take=_call_service(inspection_results.round_approve),
        allowed=_allow_when("approve", RoundStatus.CLOSED, approved=False),
    ),
    Step(
        name="publish",
        label=gettext_lazy("公布结果"),
        done=gettext_lazy("已公布。"),
        explanation=gettext_lazy("公布后本轮冻结, 人人可见; 评分只能按更正程序更正, 并留痕。"),
        take=_call_service(inspection_results.round_publish),
        allowed=_allow_when("publish", RoundStatus.CLOSED, approved=True),
    ),
    Step(
        name="revoke",
        label=gettext_lazy("撤回批准"),
        done=gettext_lazy("已撤回批准。"),
        explanation=gettext_lazy("撤回后可以更正经济数据和扣分, 再行批准。"),
        take=_call_service(inspection_results.round_approval_revoke),
        allowed=_allow_when("approve", RoundStatus.CLOSED, approved=True),
        grave=True,
    ),
)


# What the page shows ------------------------------------------------------------------------------
@dataclass(frozen=True)
class JudgeLine:
    """A judge, how far the sheet is filled in (where the reader may know), what is missing."""

    judge: InspectionJudge
    progress: JudgeProgress | None
    missing: Sequence[str]
    opens: bool


def _context(request: HttpRequest, inspection_round: InspectionRound) -> dict[str, Any]:
    user = request.user
    standing = may_see_standing(user, inspection_round)
    sheet = RoundScores(inspection_round) if standing else None
    entries = (
        InspectionEntry.objects.visible_to(user)
        .filter(inspection_round=inspection_round)
        .select_related("project__lead_department", "project__district")
        .order_by("withdrawn", "league", "id")
    )
    amendments = (
        Amendment.objects.visible_to(user)
        .filter(inspection_round=inspection_round)
        .select_related("score__entry__project", "score__judge__user", "score__criterion")
        .select_related("amended_by")
    )
    may_mark = may_act_on(user, "change", inspection_round)
    return {
        "criteria": inspection_round.criteria.order_by("id"),
        "groups": inspection_round.judge_groups.order_by("id"),
        "judges": _judges(user, inspection_round, sheet),
        "marks": may_mark and inspection_round.status in (RoundStatus.DRAFT, RoundStatus.OPEN),
        "arranges": may_mark and not inspection_round.approved_at,
        "standing": standing,
        "paged": Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page")),
        "amendments": amendments[:MOST_AMENDMENTS],
        **present_results(request.GET, inspection_round, sheet),
    }


def _judges(
    user: Actor, inspection_round: InspectionRound, sheet: RoundScores | None
) -> list[JudgeLine]:
    progress = sheet.progress() if sheet else {}
    missing: dict[int, list[str]] = defaultdict(list)
    if sheet and inspection_round.status == RoundStatus.OPEN:
        for each in sheet.missing():
            missing[each.judge.pk].append(f"{each.entry.project.name} ({each.criterion})")
    judges = list(inspection_round.judges.select_related("user", "group").order_by("id"))
    for judge in judges:
        judge.inspection_round = inspection_round
    of_others = next((j for j in judges if j.user_id != user.pk), None)
    opens_all = of_others is not None and may_see_sheet(user, of_others)
    return [
        JudgeLine(
            judge,
            progress.get(judge.pk),
            missing[judge.pk][:MOST_MISSING],
            judge.user_id == user.pk or opens_all,
        )
        for judge in judges
    ]
