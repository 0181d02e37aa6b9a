"""Problems and their loop; money that is sought."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from projects.core.admin.base import DomainAdmin
from projects.core.admin.filters import MineFilter
from projects.core.admin.rights import may
from projects.core.admin.steps import Step, day, with_steps, words
from projects.people.models import Department
from projects.problems.models import Problem
from projects.problems.querysets import ProblemQuerySet
from projects.problems.rules import Verb, state_after
from projects.problems.services import (
    problem_assign,
    problem_confirm,
    problem_raise,
    problem_reopen,
    problem_solve,
    problem_update,
)


class AssignForm(forms.Form):
    solver_department = forms.ModelChoiceField(
        label=_("解决单位"),
        queryset=Department.objects.filter(active=True),
        widget=UnfoldAdminSelectWidget,
    )
    due_on = day(_("解决期限"))


class SolveForm(forms.Form):
    solution = words(_("解决情况"), most=5000)


class ReopenForm(forms.Form):
    reason = words(_("理由"))


def _step(verb: Verb, **declared: Any) -> Step:
    return Step(
        name=verb.value,
        subject="problem",
        allowed=lambda request, problem: (
            state_after(problem.state, verb) is not None and may(request, verb, Problem, problem)
        ),
        anyone=lambda request: may(request, verb, Problem),
        **declared,
    )


@with_steps(
    _step(
        Verb.ASSIGN,
        label=_("交办"),
        icon="assignment_ind",
        service=problem_assign,
        form=AssignForm,
        explanation=_("指定由哪个单位、在哪天前解决。"),
    ),
    _step(
        Verb.SOLVE,
        label=_("登记解决情况"),
        icon="task_alt",
        service=problem_solve,
        form=SolveForm,
        explanation=_("登记后由提出人确认; 未经确认不算销号。"),
    ),
    _step(
        Verb.CONFIRM,
        label=_("确认销号"),
        icon="verified",
        service=problem_confirm,
        explanation=_("确认问题已解决, 闭环销号。"),
    ),
    _step(
        Verb.REOPEN,
        label=_("重新打开"),
        icon="replay",
        service=problem_reopen,
        form=ReopenForm,
        explanation=_("问题并未解决: 写明理由, 退回解决单位。"),
    ),
)
@admin.register(Problem)
class ProblemAdmin(DomainAdmin):
    sections = (
        (None, ("project", ("kind", "state"), "title", "description")),
        (_("办理"), (("solver_department", "due_on"), "solution", ("solved_on", "confirmed_on"))),
        (_("提出"), (("raised_by", "raised_on"), "reopened_reason")),
    )
    add_sections = ((None, ("project", "kind", "title", "description")),)
    fixed_after_creation = ("project",)
    list_display = (
        "title", "project_name", "kind", "state_label", "solver_department", "due_on", "raised_on",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("solver_department", RelatedDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "solver_department", "raised_by")
    search_fields = ProblemQuerySet.search_fields
    autocomplete_fields = ("project",)
    date_hierarchy = "raised_on"
    actions_detail = ()

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> Problem:
        return problem_raise(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        problem_update(problem=instance, by=by, changes=changes)

    @display(description=_("重大项目"), ordering="project__pinyin")
    def project_name(self, problem: Problem) -> str:
        return problem.project.name

    @display(
        description=_("状态"),
        ordering="state",
        label={
            "raised": "warning",
            "assigned": "info",
            "solved": "primary",
            "confirmed": "success",
            "reopened": "danger",
        },
    )
    def state_label(self, problem: Problem) -> tuple[str, str]:
        return problem.state, problem.get_state_display()
