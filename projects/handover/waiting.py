"""Says what waits for a person's hand: a signature, a decision, a confirmation.

Each is the rows on which the person may take the step now, as the services would let it be taken.
"""

from typing import Any

from projects.choices import HandoverState
from projects.handover.querysets import StepQuerySet
from projects.permissions import Actor


def steps_to_close(steps: Any, user: Actor) -> Any:
    """Returns the same of hand-overs of any kind, given their steps."""
    rows: StepQuerySet = steps.newest()
    return rows.permitted(user, "decide").filter(state=HandoverState.REPORTED)
