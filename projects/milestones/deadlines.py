"""The deadlines of this app: milestones, returns, problems, requests awaiting a decision."""

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from projects.choices import Decider, Role, Stage
from projects.deadlines import NO_DAY, NO_ID, DeadlineSource
from projects.milestones.models import ExtensionRequest, ExtensionState, Milestone
from projects.people.models import Membership


def supervisor_column(column: str) -> Subquery:
    """Returns a column of the supervisors' membership: whose department decides requests."""
    supervisors = Membership.objects.filter(role=Role.SUPERVISOR, user__is_active=True)
    return Subquery(supervisors.order_by("id").values(column)[:1])


class MilestoneDeadlines(DeadlineSource):
    """A project's dated promise; the project's officer answers where it names nobody."""

    kind = "milestone"
    label = _("节点")
    columns = {
        "title": Concat("project__name", Value(" · "), "name", output_field=CharField()),
        "whole": F("project__name"),
        "promise": F("name"),
        "department_id": F("project__lead_department_id"),
        "department_name": F("project__lead_department__short_name"),
        "in_charge_id": Coalesce("officer_id", "project__officer_id"),
        "in_charge_name": Coalesce("officer__name", "project__officer__name"),
        "sponsor_id": F("project__sponsor_id"),
        "target_id": NO_ID,
        "done": ExpressionWrapper(Q(done_on__isnull=False), BooleanField()),
    }

    def queryset(self) -> QuerySet[Milestone]:
        promised = Milestone.objects.exclude(project__stage=Stage.CANCELLED)
        return promised.not_parked(on=clock.today())


class ExtensionDeadlines(DeadlineSource):
    """A signed request that waits for its decision: the supervisors' own deadline, or the
    sponsoring leader's."""

    kind = "extension_request"
    label = _("延期审批")
    answering = Role.SUPERVISOR
    _promise = (
        "milestone__name", Value(" → "), Cast("new_due_on", CharField()),
    )  # fmt: skip
    columns = {
        "title": Concat(
            "milestone__project__name", Value(" · "), *_promise, output_field=CharField()
        ),
        "whole": F("milestone__project__name"),
        "promise": Concat(*_promise, output_field=CharField()),
        "due_on": F("decide_by"),
        "commitment": Value(""),
        "section": F("milestone__section"),
        "department_id": Coalesce(
            supervisor_column("department_id"),
            "milestone__project__lead_department_id",
            output_field=BigIntegerField(),
        ),
        "department_name": Coalesce(
            supervisor_column("department__short_name"),
            "milestone__project__lead_department__short_name",
            output_field=CharField(),
        ),
        "in_charge_id": Case(
            When(decider=Decider.LEADER, then=F("milestone__project__sponsor_id")),
            default=NO_ID,
            output_field=BigIntegerField(),
        ),
        "in_charge_name": Case(
            When(decider=Decider.LEADER, then=F("milestone__project__sponsor__name")),
            default=Value(""),
            output_field=CharField(),
        ),
        "sponsor_id": F("milestone__project__sponsor_id"),
        "forecast_on": NO_DAY,
        "project_id": F("milestone__project_id"),
        "target_id": NO_ID,
        "done": ExpressionWrapper(~Q(state=ExtensionState.SIGNED), BooleanField()),
    }

    def queryset(self) -> QuerySet[ExtensionRequest]:
        signed = ExtensionRequest.objects.filter(decide_by__isnull=False)
        return signed.exclude(milestone__project__stage=Stage.CANCELLED)
