"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from typing import Any, Self

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from projects.core.querysets import M, PermittedQuerySet
from projects.permissions import Actor
from projects.permissions.access import is_only_judge


class InspectionRoundQuerySet(PermittedQuerySet[M]):
    def with_counts(self) -> Self:
        """Adds how many projects are shown and how many judges there are."""
        entries = _count_of("projects.InspectionEntry", "inspection_round", withdrawn=False)
        judges = _count_of("projects.InspectionJudge", "inspection_round")
        return self.annotate(entries_count=entries, judges_count=judges)

    def with_judgeship_of(self, user: Actor) -> Self:
        """Adds ``judgeship_id``: which of the round's judges the person is, if any."""
        judges = apps.get_model("projects.InspectionJudge")._base_manager
        own = judges.filter(inspection_round=OuterRef("pk"), user=user.pk)
        return self.annotate(judgeship_id=Subquery(own.values("pk")[:1]))


def _count_of(label: str, path: str, **which: Any) -> Coalesce:
    """The number of correlated rows of another model."""
    rows = apps.get_model(label)._base_manager.filter(**{path: OuterRef("pk")}, **which)
    counted = rows.order_by().values(path).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


class InspectionEntryQuerySet(PermittedQuerySet[M]):
    pass


class InspectionScoreQuerySet(PermittedQuerySet[M]):
    def visible_to(self, user: Actor) -> Self:
        """Returns the scores that the person may see; who judges in a round sees only the own
        scores of it until publication, whatever other role would show more (domain §3)."""
        rows = super().visible_to(user)
        if not user.is_authenticated or not is_only_judge(user):
            return rows
        judges = apps.get_model("projects.InspectionJudge")._base_manager
        judged = judges.filter(user=user.pk, inspection_round=OuterRef("inspection_round"))
        return rows.filter(
            Q(inspection_round__status="published") | Q(judge__user=user.pk) | ~Exists(judged)
        )


class InspectionDeductionQuerySet(PermittedQuerySet[M]):
    pass


class InspectionResultQuerySet(PermittedQuerySet[M]):
    def newest(self) -> Self:
        """Returns the results that count: those that no amendment has left behind."""
        newer = self.model._base_manager.filter(
            entry=OuterRef("entry"), revision__gt=OuterRef("revision")
        )
        return self.filter(~Exists(newer))


class AmendmentQuerySet(PermittedQuerySet[M]):
    pass
