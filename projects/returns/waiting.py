"""Says what waits for a person's hand: a signature, a decision, a confirmation.

Each is the rows on which the person may take the step now, as the services would let it be taken.
"""

from projects.choices import Stage
from projects.permissions import Actor
from projects.returns.models import ProgressReturn, ReturnState
from projects.returns.querysets import ProgressReturnQuerySet


def returns_to_confirm(user: Actor) -> ProgressReturnQuerySet:
    """Returns the returns that wait for their head's confirmation."""
    return _returns(user, "confirm").filter(state=ReturnState.SUBMITTED)


def returns_to_accept(user: Actor) -> ProgressReturnQuerySet:
    """Returns the returns that wait for the programme office."""
    return _returns(user, "accept").filter(state=ReturnState.CONFIRMED)


def _returns(user: Actor, action: str) -> ProgressReturnQuerySet:
    return ProgressReturn.objects.permitted(user, action).exclude(project__stage=Stage.CANCELLED)
