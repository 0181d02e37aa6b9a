"""The deadline of the quarterly inspection: a judge's scores, until the round's last day."""

from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from projects.choices import Role
from projects.deadlines import NO_DAY, NO_ID, ROW_COLUMNS, DeadlineSource
from projects.inspections.models import (
    InspectionEntry,
    InspectionJudge,
    InspectionScore,
    RoundStatus,
)
from projects.people.models import Membership
from projects.permissions import Actor, row_condition

# How far up a project's department is looked for the judge's own, whose projects he may not score.
# A tree that is deeper than that costs its judges a needless reminder, no more.
LEVELS = 4


def _owes_scores() -> Exists:
    """Whether a score of the judge is missing: an entry in play, a criterion, no points."""
    own: Q | Combinable = Q()
    for above in range(LEVELS):
        path = "project__lead_department" + "__parent" * above
        member = Membership.objects.filter(
            user=OuterRef(OuterRef("user")), department=OuterRef(path)
        )
        own |= Exists(member)
    given = InspectionScore.objects.filter(
        entry=OuterRef("pk"),
        criterion=OuterRef("inspection_round__criteria"),
        judge=OuterRef(OuterRef("pk")),
    )
    entries = InspectionEntry.objects.filter(
        inspection_round=OuterRef("inspection_round"), withdrawn=False
    )
    return Exists(entries.filter(~own, ~Exists(given)))


def _of_membership(column: str) -> Subquery:
    """Returns a column of the judge's membership: as a judge, where that is one of several."""
    as_judge = Case(When(role=Role.JUDGE, then=Value(0)), default=Value(1))
    held = Membership.objects.filter(user=OuterRef("user")).order_by(as_judge, "id")
    return Subquery(held.values(column)[:1])


_ROUND = (
    Cast("inspection_round__year", CharField()), Value("-Q"),
    Cast("inspection_round__quarter", CharField()), Value(" "),
    Value(_("观摩测评"), CharField()),
)  # fmt: skip
_PROMISE = (Value(_("评分"), CharField()), Value(" · "), F("user__name"))


class ScoringDeadlines(DeadlineSource):
    """A judge's scores in an open round; absent judges are not waited for."""

    kind = "inspection_scoring"
    label = _("观摩评分")
    answering = None  # nobody scores for a judge
    columns = {
        "title": Concat(*_ROUND, Value(" "), *_PROMISE, output_field=CharField()),
        "whole": Concat(*_ROUND, output_field=CharField()),
        "promise": Concat(*_PROMISE, output_field=CharField()),
        "due_on": F("inspection_round__ends_on"),
        "commitment": Value(""),
        "section": Value(""),
        "department_id": _of_membership("department_id"),
        "department_name": _of_membership("department__short_name"),
        "in_charge_id": F("user_id"),
        "in_charge_name": F("user__name"),
        "sponsor_id": NO_ID,
        "forecast_on": NO_DAY,
        "project_id": NO_ID,
        "target_id": NO_ID,
        "done": ExpressionWrapper(
            ~Q(inspection_round__status=RoundStatus.OPEN) | ~Q(_owes_scores()), BooleanField()
        ),
    }

    def queryset(self) -> QuerySet[InspectionJudge]:
        return InspectionJudge._default_manager.filter(
            Exists(Membership.objects.filter(user=OuterRef("user"))),
            absent=False,
            inspection_round__ends_on__isnull=False,
        ).exclude(inspection_round__status=RoundStatus.DRAFT)

    def rows(self, user: Actor | None = None, read: Any = None) -> QuerySet[Any, dict[str, Any]]:
        """Returns the judges' deadlines: one's own, or all for those who see all scores."""
        judges = self.annotated(ROW_COLUMNS)
        if user is not None:
            all_scores = row_condition(user, "view", InspectionScore._meta.label) == Q()
            judges = judges if all_scores else judges.filter(user=user.pk)
        return judges.values(*ROW_COLUMNS)
