"""The steps of a problem's loop: assigned, solved with proof, confirmed or reopened."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portfolio.pages.kit.evidence import add_evidence, evidence_step, may_add_evidence
from portfolio.pages.kit.fields import (
    choice_field,
    date_field,
    files_field,
    text_area_field,
    text_field,
)
from portfolio.pages.kit.forms import PageForm, VersionedForm
from portfolio.pages.kit.steps import Step
from projects.choices import ProblemState
from projects.core.rows import row_delete
from projects.evidence.models import EvidenceSubject
from projects.people.models import Department
from projects.permissions import Actor, may_act_on
from projects.problems.models import Problem, ProblemKind
from projects.problems.rules import Verb, state_after
from projects.problems.services import (
    problem_assign,
    problem_confirm,
    problem_reopen,
    problem_solve,
    problem_update,
)

OWED = (ProblemState.ASSIGNED, ProblemState.REOPENED)


class ProblemAssignForm(PageForm):
    solver_department = forms.ModelChoiceField(
        label=_("解决单位"), queryset=Department.objects.none(), empty_label=_("请选择")
    )
    due_on = date_field(_("解决期限"))

    def prepare(self, row: Problem, user: Actor) -> None:
        departments = Department.objects.visible_to(user).filter(active=True)
        self.fields["solver_department"].queryset = departments  # type: ignore[attr-defined]


class ProblemSolveForm(PageForm):
    solution = text_area_field(_("解决情况"), most=5000)
    file: forms.Field = files_field()

    def prepare(self, row: Problem, user: Actor) -> None:
        if not may_add_evidence(user, row.project):
            del self.fields["file"]


class ProblemReopenForm(PageForm):
    reason = text_area_field(_("重新打开的理由"))


class WordForm(VersionedForm):
    kind = choice_field(_("类别"), ProblemKind.choices)
    title = text_field(_("堵点"))
    description = text_area_field(_("情况"), required=False, most=5000)


def _may(verb: Verb) -> Any:
    def allowed(user: Actor, problem: Problem) -> bool:
        possible = state_after(problem.state, verb) is not None
        return possible and may_act_on(user, verb.value, problem)

    return allowed


def _may_word(user: Actor, problem: Problem) -> bool:
    return problem.state != ProblemState.CONFIRMED and may_act_on(user, "change", problem)


def _solve(row: Problem, by: Actor, solution: str, file: tuple[Any, ...] | list[Any] = ()) -> None:
    problem_solve(problem=row, by=by, solution=solution)
    add_evidence(
        by=by, project=row.project, kind=EvidenceSubject.PROBLEM, pk=row.pk, file=list(file)
    )


STEPS = (
    Step(
        name="solve",
        label=_("报告已解决"),
        done=_("已报告解决, 等提出人确认。"),
        form=ProblemSolveForm,
        take=_solve,
        allowed=_may(Verb.SOLVE),
        opened=True,
        explanation=_("提出人确认后才销号。"),
    ),
    Step(
        name="confirm",
        label=_("确认销号"),
        done=_("已确认销号。"),
        take=lambda row, by: problem_confirm(problem=row, by=by),
        allowed=_may(Verb.CONFIRM),
        explanation=_("确认问题已解决, 堵点销号。"),
    ),
    Step(
        name="reopen",
        label=_("重新打开"),
        done=_("已重新打开。"),
        form=ProblemReopenForm,
        take=lambda row, by, reason: problem_reopen(problem=row, by=by, reason=reason),
        allowed=_may(Verb.REOPEN),
        explanation=_("并未解决: 写明理由, 由解决单位继续办理。"),
        grave=True,
    ),
    Step(
        name="assign",
        label=_("交办堵点"),
        done=_("已交办。"),
        form=ProblemAssignForm,
        take=lambda row, by, **typed: problem_assign(problem=row, by=by, **typed),
        allowed=_may(Verb.ASSIGN),
        initial=lambda row: {"solver_department": row.solver_department_id, "due_on": row.due_on},
    ),
    Step(
        name="word",
        label=_("修改表述"),
        done=_("已修改。"),
        form=WordForm,
        take=lambda row, by, **typed: problem_update(problem=row, by=by, changes=typed),
        allowed=_may_word,
        initial=lambda row: {
            "kind": row.kind,
            "title": row.title,
            "description": row.description,
        },
    ),
    evidence_step(EvidenceSubject.PROBLEM),
    Step(
        name="delete",
        label=_("删除堵点"),
        done=_("已删除。"),
        take=lambda row, by: row_delete(instance=row, by=by),
        allowed=lambda user, row: may_act_on(user, "delete", row),
        explanation=_("只用于登记错了的; 变更历史仍保留。"),
        grave=True,
        away=lambda row: reverse("workbench-problems"),
    ),
)
