"""Problems 堵点: the list, raising one, and one with the steps of its loop."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.core import clock
from portfolio.core.errors import permission_error
from portfolio.pages.kit.evidence import files_of
from portfolio.pages.kit.fields import choice_field, text_area_field
from portfolio.pages.kit.fields import text_field as text
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.lists import query_of, read_filters, search_field
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.steps import steps_page
from portfolio.pages.kit.timeline import time_line
from portfolio.pages.problems import problem_steps
from projects.choices import ProblemState
from projects.evidence.models import EvidenceFile, EvidenceSubject
from projects.permissions import Actor, may_act, parent_condition
from projects.problems.models import Problem, ProblemKind
from projects.problems.services import problem_raise
from projects.problems.waiting import problems_to_assign, problems_to_confirm, problems_to_solve
from projects.register.models import Project

PAGE_SIZE = 25
STATES = (
    ("mine", gettext_lazy("待我办理")),
    ("open", gettext_lazy("全部未销号")),
    *ProblemState.choices,
)


class ProblemFilterForm(PageForm):
    state = choice_field(gettext_lazy("状态"), STATES, required=False)
    kind = choice_field(gettext_lazy("类别"), ProblemKind.choices, required=False)
    q = search_field(gettext_lazy("堵点或项目"))


class ProjectField(forms.ModelChoiceField):
    def label_from_instance(self, project: Any) -> str:
        return project.name


class RaiseForm(PageForm):
    project = ProjectField(
        label=gettext_lazy("重大项目"), queryset=Project.objects.none(), empty_label=_("请选择")
    )
    kind = choice_field(gettext_lazy("类别"), ProblemKind.choices)
    title = text(gettext_lazy("堵点"), help_text=gettext_lazy("一句话说清楚卡在哪里。"))
    description = text_area_field(gettext_lazy("情况"), required=False, most=5000)


def projects_to_raise_for(user: Actor) -> QuerySet[Project]:
    """Returns the projects of which the person may say what stands in their way."""
    condition = parent_condition(user, "add", Problem._meta.label, "project")
    if condition is None:
        return Project.objects.none()
    # Supporting departments are many: a subquery keeps each project single.
    of_mine = Project.objects.filter(condition).order_by().values("pk")
    return Project.objects.visible_to(user).filter(pk__in=of_mine).exclude(stage="cancelled")


@page
def problems_page(request: HttpRequest) -> HttpResponse:
    """Lists the problems that the reader may see, open ones first of all."""
    user: Actor = request.user
    form, asked = read_filters(request, ProblemFilterForm, {"state": "open"})
    rows = Problem.objects.visible_to(user)
    if asked["state"] == "mine":
        rows = problems_to_assign(user) | problems_to_solve(user) | problems_to_confirm(user)
    elif asked["state"] == "open":
        rows = rows.exclude(state=ProblemState.CONFIRMED)
    elif asked["state"]:
        rows = rows.filter(state=asked["state"])
    if asked["kind"]:
        rows = rows.filter(kind=asked["kind"])
    listed = rows.search(asked["q"]).select_related("project", "solver_department", "raised_by")
    context = {
        "form": form,
        "paged": Paginator(listed, PAGE_SIZE).get_page(page_number(request)),
        "query": query_of(request),
        "today": clock.today(),
        "may_raise": may_act(user, "add", Problem._meta.label),
    }
    return render(request, "workbench/problems.html", context)


@page
def raise_page(request: HttpRequest) -> HttpResponse:
    """Says what stands in a project's way."""
    user: Actor = request.user
    if not may_act(user, "add", Problem._meta.label):
        raise permission_error()
    form = RaiseForm(request.POST or None, initial={"project": request.GET.get("project")})
    form.fields["project"].queryset = projects_to_raise_for(user)  # type: ignore[attr-defined]
    raised: list[Problem] = []
    if form.is_valid() and form.carried_out(
        lambda: raised.append(problem_raise(by=user, fields=form.cleaned_data))
    ):
        messages.success(request, _("已提出; 交办后由责任单位限期解决, 由您确认销号。"))
        return redirect("workbench-problems-problem", pk=raised[0].pk)
    return render(request, "workbench/problem_raise.html", {"form": form})


@page
def problem_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a problem; it is assigned, solved, confirmed and reopened here."""
    rows = Problem.objects.visible_to(request.user)
    problem = get_object_or_404(
        rows.select_related("project__lead_department", "solver_department", "raised_by"), pk=pk
    )

    def context() -> dict[str, Any]:
        user: Actor = request.user
        evidence = EvidenceFile.objects.visible_to(user).filter(
            subject_kind=EvidenceSubject.PROBLEM, subject_id=pk
        )
        due_on = problem.due_on if problem.state in problem_steps.OWED else None
        return {
            "days_left": (due_on - clock.today()).days if due_on else None,
            "files": files_of(user, EvidenceSubject.PROBLEM, pk),
            "content_address": "evidence-files-content",
            "history": time_line(
                [Problem.objects.filter(pk=pk), evidence], page=page_number(request, "history")
            ),
        }

    return steps_page(request, problem, problem_steps.STEPS, "workbench/problem.html", context)
