"""完一批、开一批、纳一批、备一批: how many in any period, from the moves themselves (domain §2)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from projects.choices import Stage
from projects.models import Project, StageTransition
from projects.rules.stages import BATCHES

NAMES = {
    Stage.COMMISSIONED: _("完一批"),
    Stage.CONSTRUCTION: _("开一批"),
    Stage.ENROLLED: _("纳一批"),
    Stage.RESERVE: _("备一批"),
}


@dataclass(frozen=True)
class BatchCount:
    """How many arrived at a stage; 纳规 counts companies, the others count projects."""

    stage: Stage
    count: int
    projects: int


def stage_counts(
    *,
    first: dt.date,
    last: dt.date,
    year: int | None = None,
    projects: QuerySet[Project] | None = None,
) -> list[BatchCount]:
    """Counts the arrivals of a period, both days included: each project once, and never a move
    that was taken back. ``year``: of that year's programme only; ``projects``: of these only."""
    moves = StageTransition.objects.between(first, last)
    if year is not None:
        moves = moves.of_programme(year)
    if projects is not None:
        moves = moves.filter(project__in=projects.order_by().values("pk"))
    counts = []
    for batch in BATCHES:
        arrivals = moves.arrivals(batch)
        if batch.stage == Stage.ENROLLED:
            found = arrivals.with_company().aggregate(
                count=Count("company", distinct=True), projects=Count("pk")
            )
            counts.append(BatchCount(batch.stage, **found))
        else:
            number = arrivals.count()
            counts.append(BatchCount(batch.stage, number, number))
    return counts
