"""Says what waits for a person's hand: a signature, a decision, a confirmation.

Each is the rows on which the person may take the step now, as the services would let it be taken.
"""

from projects.inspections.models import InspectionRound, RoundStatus
from projects.inspections.querysets import InspectionRoundQuerySet
from projects.permissions import Actor


def rounds_to_approve(user: Actor) -> InspectionRoundQuerySet:
    """Returns the closed rounds of inspection whose results wait for this person's approval."""
    rows = InspectionRound.objects.permitted(user, "approve")
    return rows.filter(status=RoundStatus.CLOSED, approved_at__isnull=True)


def rounds_to_publish(user: Actor) -> InspectionRoundQuerySet:
    """Returns the approved rounds that this person publishes."""
    rows = InspectionRound.objects.permitted(user, "publish")
    return rows.filter(status=RoundStatus.CLOSED, approved_at__isnull=False)
