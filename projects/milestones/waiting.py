"""Says what waits for a person's hand: a signature, a decision, a confirmation.

Each is the rows on which the person may take the step now, as the services would let it be taken.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from projects.choices import Decider, Role, Stage
from projects.handover.waiting import steps_to_close
from projects.milestones.models import ExtensionRequest, ExtensionState, HandoverStep
from projects.milestones.querysets import ExtensionRequestQuerySet, HandoverStepQuerySet
from projects.people.models import Membership
from projects.permissions import Actor
from projects.permissions.access import access_of


def extensions_to_sign(user: Actor) -> ExtensionRequestQuerySet:
    """Returns the requests that wait for the person's signature."""
    return _requests(user, "sign").filter(state=ExtensionState.ASKED)


def extensions_to_decide(user: Actor) -> ExtensionRequestQuerySet:
    """Returns the signed requests that wait for this person's decision: a supervisor's, or the
    sponsoring leader's, any leader's where no sponsor is in office
    (``extensions.may_decide`` says the same of one request)."""
    rows = _requests(user, "decide").filter(state=ExtensionState.SIGNED)
    if user.is_superuser:
        return rows
    circles = access_of(user).circles()
    mine: Any = Q(pk__in=())
    if Role.SUPERVISOR in circles:
        mine |= ~Q(decider=Decider.LEADER)
    if Role.LEADER in circles:
        sponsors = Membership.objects.filter(
            user=OuterRef("milestone__project__sponsor"), role=Role.LEADER, user__is_active=True
        )
        sponsored = Q(milestone__project__sponsor=user.pk) | ~Exists(sponsors)
        mine |= Q(decider=Decider.LEADER) & sponsored
    return rows.filter(mine)


def reports_to_close(user: Actor) -> HandoverStepQuerySet:
    """Returns the reports of milestones that this person strikes off or sends back."""
    rows = steps_to_close(HandoverStep.objects.all(), user)
    return rows.exclude(milestone__project__stage=Stage.CANCELLED)


def _requests(user: Actor, action: str) -> ExtensionRequestQuerySet:
    rows = ExtensionRequest.objects.permitted(user, action)
    return rows.exclude(milestone__project__stage=Stage.CANCELLED)
