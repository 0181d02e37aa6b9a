"""Writes of problems: raised, assigned, solved, confirmed by whoever raised them (domain §2)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error, permission_error
from projects.choices import ProblemState
from projects.core.rows import is_moved, require, row_create, row_update
from projects.people.models import Department
from projects.permissions import Actor, may_act_on
from projects.problems.models import Problem
from projects.problems.rules import Verb, state_after


def problem_raise(*, by: Actor | None, fields: Mapping[str, Any]) -> Problem:
    """Says what stands in a project's way; whoever raises it will confirm that it is solved."""
    return row_create(
        model=Problem, by=by, fields={**fields, "raised_by": by, "raised_on": clock.today()}
    )


@transaction.atomic
def problem_update(*, problem: Problem, by: Actor | None, changes: Mapping[str, Any]) -> Problem:
    """Words a problem anew; who solves it by when is assigned, not edited."""
    locked = _lock_problem(problem)
    require(by, "change", locked)
    if locked.state == ProblemState.CONFIRMED:
        raise StateConflictError(_("堵点已销号, 不能再修改。"), code="confirmed")
    if is_moved(locked, changes, "project"):
        raise field_error("project", _("堵点不能改到另一个项目, 请另行提出。"), "fixed")
    return row_update(instance=locked, by=by, changes=changes)


@transaction.atomic
def problem_assign(
    *, problem: Problem, by: Actor | None, solver_department: Department, due_on: dt.date
) -> Problem:
    """Says which department must solve it, and by when; again while it is not solved."""
    locked = _lock_and_move(problem, by, Verb.ASSIGN)
    if due_on < clock.today():
        raise field_error(
            "due_on", _("解决期限 %(day)s 早于今天。") % {"day": due_on}, "in_the_past"
        )
    if not solver_department.active:
        raise field_error("solver_department", _("该单位已停用, 请另选。"), "inactive")
    locked.solver_department = solver_department
    locked.due_on = due_on
    return _saved(locked)


@transaction.atomic
def problem_solve(*, problem: Problem, by: Actor | None, solution: str) -> Problem:
    """Says how it was solved; it is closed only when whoever raised it confirms that."""
    locked = _lock_and_move(problem, by, Verb.SOLVE)
    if not solution.strip():
        raise field_error("solution", _("须写明解决情况。"), "required")
    locked.solution = solution
    locked.solved_on = clock.today()
    return _saved(locked)


@transaction.atomic
def problem_confirm(*, problem: Problem, by: Actor | None) -> Problem:
    """Confirms that it is solved, which closes it; only whoever raised it may."""
    if by is not None and not may_act_on(by, "confirm", problem):
        raise permission_error(_("只有提出人可以确认销号。"))
    locked = _lock_and_move(problem, by, Verb.CONFIRM)
    locked.confirmed_on = clock.today()
    return _saved(locked)


@transaction.atomic
def problem_reopen(*, problem: Problem, by: Actor | None, reason: str) -> Problem:
    """Says why it is not solved; what was said of its solution stays in the history."""
    locked = _lock_and_move(problem, by, Verb.REOPEN)
    if not reason.strip():
        raise field_error("reason", _("重新打开须写明理由。"), "required")
    locked.reopened_reason = reason
    locked.solved_on = None
    return _saved(locked)


def _lock_problem(problem: Problem) -> Problem:
    return Problem.objects.select_for_update().get(pk=problem.pk)


def _lock_and_move(problem: Problem, by: Actor | None, verb: Verb) -> Problem:
    """Returns the locked row in its next state; raises where person or state do not allow it."""
    locked = _lock_problem(problem)
    require(by, verb, locked)
    after = state_after(locked.state, verb)
    if after is None:
        raise StateConflictError(
            _("堵点现为“%(state)s”, 不能执行此操作。") % {"state": locked.get_state_display()},
            code="wrong_state",
        )
    locked.state = ProblemState(after)
    return locked


def _saved(problem: Problem) -> Problem:
    problem.full_clean()
    problem.save()
    problem.refresh_from_db()  # the database counted the version
    return problem
