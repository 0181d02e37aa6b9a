"""A year's programme in figures, against both denominators: as planned, and as it stands now."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, Sum

from projects.programmes.models import Programme
from projects.programmes.stage_counts import BatchCount, stage_counts
from projects.returns.models import ProgressReturn

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class BatchShare:
    """A batch, and its projects in per cent of both denominators."""

    batch: BatchCount
    of_planned: Decimal | None
    of_in_force: Decimal | None


@dataclass(frozen=True)
class ProgrammeMoney:
    """The year's money, in 万元: planned, done by accepted returns, and the per cent done."""

    planned: Decimal
    done: Decimal
    share: Decimal | None


@dataclass(frozen=True)
class ProgrammeFigures:
    planned_count: int
    registered_count: int
    original_count: int  # without those who joined in the year
    approved_count: int
    joined_count: int
    left_count: int
    in_force_count: int
    registered_money: ProgrammeMoney
    in_force_money: ProgrammeMoney
    batches: list[BatchShare]


def programme_figures(programme: Any) -> ProgrammeFigures:
    """Works the year's figures out; the programme comes ``with_counts()``."""
    year = programme.year
    counts = {
        name: getattr(programme, name)
        for name in (
            "planned_count", "registered_count", "approved_count", "joined_count", "left_count",
            "in_force_count",
        )
    }  # fmt: skip
    return ProgrammeFigures(
        **counts,
        original_count=programme.registered_count - programme.joined_count,
        registered_money=_money(programme, Q()),
        in_force_money=_money(programme, Q(left_on__isnull=True)),
        batches=[
            BatchShare(
                batch,
                of_planned=percent(batch.projects, programme.planned_count),
                of_in_force=percent(batch.projects, programme.in_force_count),
            )
            for batch in stage_counts(
                first=dt.date(year, 1, 1), last=dt.date(year, 12, 31), year=year
            )
        ],
    )


def _money(programme: Programme, which: Q) -> ProgrammeMoney:
    entries = programme.entries.filter(which)
    planned = entries.aggregate(sum=Sum("planned_investment"))["sum"] or NOTHING
    returns = ProgressReturn.objects.counted().filter(
        project__in=entries.order_by().values("project"), period__year=programme.year
    )
    done = returns.aggregate(sum=Sum("investment_reported"))["sum"] or NOTHING
    return ProgrammeMoney(planned, done, percent(done, planned))


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Returns the per cent, half up to two decimals; ``None`` of nothing."""
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(CENT, ROUND_HALF_UP)
