"""Says what waits for a person's hand: a signature, a decision, a confirmation.

Each is the rows on which the person may take the step now, as the services would let it be taken.
"""

from projects.choices import ProblemState, Stage
from projects.permissions import Actor
from projects.problems.models import Problem
from projects.problems.querysets import ProblemQuerySet


def problems_to_assign(user: Actor) -> ProblemQuerySet:
    """Returns the problems of which this person says who must solve them."""
    return _problems(user, "assign").filter(state=ProblemState.RAISED)


def problems_to_solve(user: Actor) -> ProblemQuerySet:
    """Returns the problems that the person's department must solve."""
    return _problems(user, "solve").filter(state__in=(ProblemState.ASSIGNED, ProblemState.REOPENED))


def problems_to_confirm(user: Actor) -> ProblemQuerySet:
    """Returns the problems that are said to be solved, which waits for this person's word."""
    return _problems(user, "confirm").filter(state=ProblemState.SOLVED)


def _problems(user: Actor, action: str) -> ProblemQuerySet:
    return Problem.objects.permitted(user, action).exclude(project__stage=Stage.CANCELLED)
