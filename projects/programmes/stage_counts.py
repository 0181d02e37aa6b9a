"""完一批、开一批、纳一批、备一批: how many in any period, from the moves themselves (domain §2)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.core.api.kept_query import KeptQuery
from portfolio.core.complete import check_complete
from projects.choices import Stage
from projects.programmes.querysets import moves_in_programme
from projects.register.models import Project, StageTransition
from projects.register.rules import STAGE_BATCHES

NAMES = {
    Stage.COMMISSIONED: _("完一批"),
    Stage.CONSTRUCTION: _("开一批"),
    Stage.ENROLLED: _("纳一批"),
    Stage.RESERVE: _("备一批"),
}
check_complete("NAMES", NAMES, [batch.stage for batch in STAGE_BATCHES])


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
    return stage_counts_of([(first, last)], year=year, projects=projects)[0]


def stage_counts_of(
    periods: Sequence[tuple[dt.date, dt.date]],
    *,
    year: int | None = None,
    projects: QuerySet[Project] | None = None,
) -> list[list[BatchCount]]:
    """Counts the arrivals of several periods as ``stage_counts`` does those of one; one query."""
    build = partial(_moves, periods, year=year, projects=projects)
    key = ("stage_counts", *periods, year) if projects is None else None
    rows = KeptQuery(key, build).rows()
    found = {stage: counts for stage, *counts in rows}
    nothing = [0] * 2 * len(periods)
    return [
        [
            _count(batch.stage, *found.get(batch.stage, nothing)[at : at + 2])
            for batch in STAGE_BATCHES
        ]
        for at in range(0, len(nothing), 2)
    ]


def _moves(
    periods: Sequence[tuple[dt.date, dt.date]],
    *,
    year: int | None,
    projects: QuerySet[Project] | None,
) -> QuerySet:
    """Returns stage, and of each period how many moves and how many companies."""
    moves = StageTransition.objects.between(
        min(first for first, _last in periods), max(last for _first, last in periods)
    )
    if year is not None:
        moves = moves_in_programme(moves, year=year)
    if projects is not None:
        moves = moves.filter(project__in=projects.order_by().values("pk"))
    columns: dict[str, Count] = {}
    for number, period in enumerate(periods):
        within = Q(effective_on__range=period)
        columns[f"moves_{number}"] = Count("pk", filter=within)
        columns[f"companies_{number}"] = Count("company", filter=within, distinct=True)
    arrivals = moves.arrivals(*STAGE_BATCHES).with_company().order_by()
    return arrivals.values_list("to_stage").annotate(**columns)


def _count(stage: Stage, projects: int, companies: int) -> BatchCount:
    return BatchCount(stage, companies if stage == Stage.ENROLLED else projects, projects)
