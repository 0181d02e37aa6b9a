"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from portfolio.core import clock
from projects.core.querysets import MONEY, NOTHING, M, PermittedQuerySet, SearchableQuerySet


class ReturnPeriodQuerySet(PermittedQuerySet[M]):
    def with_counts(self, *, on: dt.date | None = None) -> Self:
        """Adds how many projects owe a return for the month, and how they stand on the day
        (by default today): submitted, accepted, late, missing."""
        first, day = Q(returns__revision=1), on or clock.today()
        owed = first & Q(returns__state__in=OWED_STATES)
        late = first & ~Q(returns__state__in=OWED_STATES)
        return self.annotate(
            returns_count=Count("returns", filter=first),
            submitted_count=Count("returns", filter=late),
            accepted_count=Count("returns", filter=first & Q(returns__state="accepted")),
            late_count=Count(
                "returns",
                filter=late & Q(returns__submitted_at__gte=_day_after("due_on")),
            ),
            missing_count=Count("returns", filter=owed & Q(due_on__lt=day)),
        ).order_by("-year", "-month")  # counting forgets the model's own order


# States in which the department still owes the return.
OWED_STATES = ("draft", "sent_back")


def _day_after(day: str) -> ExpressionWrapper:
    """The first moment (in the city) after the day of this column."""
    moment = Func(
        F(day),
        template="((%(expressions)s + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')",
        output_field=models.DateTimeField(),
    )
    return ExpressionWrapper(moment, output_field=models.DateTimeField())


class ProgressReturnQuerySet(SearchableQuerySet[M]):
    search_fields = ("project__name", "project__code", "project__pinyin")

    def of_month(self, year: int, month: int) -> Self:
        return self.filter(period__year=year, period__month=month)

    def before_month(self, year: int, month: int) -> Self:
        """Returns the returns of earlier months."""
        return self.filter(Q(period__year__lt=year) | Q(period__year=year, period__month__lt=month))

    def to_month(self, year: int, month: int) -> Self:
        """Returns the returns of the month and those before it."""
        return self.filter(
            Q(period__year__lt=year) | Q(period__year=year, period__month__lte=month)
        )

    def counted(self) -> Self:
        """Returns what counts: of each project and month the newest accepted revision."""
        newer = self.model._base_manager.filter(
            project=OuterRef("project"),
            period=OuterRef("period"),
            revision__gt=OuterRef("revision"),
            state="accepted",
        )
        return self.filter(~Exists(newer), state="accepted")

    def newest_revisions(self) -> Self:
        """Returns of each project and month the revision that is worked on, or was last."""
        return self.filter(self._newest())

    def owed_by_period(self) -> dict[int, int]:
        """Returns month's key → how many returns are still to be handed in, corrections too."""
        owed = self.filter(state__in=OWED_STATES).order_by().values("period")
        return dict(owed.annotate(count=Count("pk")).values_list("period", "count"))

    def in_filing_state(self, standing: str) -> Self:
        """Returns the returns of a state, the ``owed`` ones, or, with their timeliness, the
        ``late`` or ``missing`` ones."""
        if standing in ("late", "missing"):
            return self.filter(**{standing: True})
        return self.filter(state__in=OWED_STATES if standing == "owed" else (standing,))

    def _newest(self) -> Any:
        newer = self.model._base_manager.filter(
            project=OuterRef("project"),
            period=OuterRef("period"),
            revision__gt=OuterRef("revision"),
        )
        return ~Exists(newer)

    def standing(self, *, on: dt.date | None = None) -> dict[str, int]:
        """Returns how many projects' months there are, in which state each is, and how many were
        handed in late or are missing on the day (by default today)."""
        newest = Q(newest=True)
        states = ("draft", "sent_back", "submitted", "confirmed", "accepted")
        return (
            self.with_timeliness(on=on)
            .annotate(newest=self._newest())
            .aggregate(
                all=Count("pk", filter=newest),
                **{state: Count("pk", filter=newest & Q(state=state)) for state in states},
                late_count=Count("pk", filter=Q(late=True)),
                missing_count=Count("pk", filter=Q(missing=True)),
            )
        )

    def newest_first(self) -> Self:
        """Orders by project, then from the newest month and revision to the oldest; with
        ``distinct("project_id")`` one row a project is left."""
        return self.order_by("project_id", "-period__year", "-period__month", "-revision")

    def with_timeliness(self, *, on: dt.date | None = None) -> Self:
        """Adds ``late`` (submitted after the due day) and ``missing`` (not submitted, and the due
        day is past on ``on``, by default today). A correction is neither."""
        late = Q(revision=1, submitted_at__gte=_day_after("period__due_on"))
        return self.annotate(
            late=_yes(late & ~Q(state__in=OWED_STATES)),
            missing=_yes(
                Q(revision=1, state__in=OWED_STATES, period__due_on__lt=on or clock.today())
            ),
        )

    def with_cumulative(self) -> Self:
        """Adds the money done from the year's beginning to the return's month, and in all, with
        what was done before the year; reported and statistical, of what counts."""
        counted = self.model._default_manager.counted().filter(  # type: ignore[attr-defined]
            project=OuterRef("project"),
            period__year=OuterRef("period__year"),
            period__month__lte=OuterRef("period__month"),
        )
        before = Coalesce("project__investment_before", NOTHING, output_field=MONEY)
        return self.annotate(
            reported_year_to_date=_sum(counted, "investment_reported"),
            statistical_year_to_date=_sum(counted, "investment_statistical"),
        ).annotate(
            reported_total=F("reported_year_to_date") + before,
            statistical_total=F("statistical_year_to_date") + before,
        )

    def with_derived(self) -> Self:
        """Adds all that a return's row shows and nobody types."""
        return self.with_timeliness().with_cumulative()


def _sum(rows: models.QuerySet, field: str) -> Coalesce:
    """The sum of a column over correlated rows, 0 when there are none."""
    total = rows.order_by().values("project").annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total), NOTHING, output_field=MONEY)


def _yes(condition: Q) -> Case:
    """The condition as a column that is true or false, never unknown."""
    return Case(When(condition, then=Value(True)), default=Value(False))


class SpotCheckQuerySet(PermittedQuerySet[M]):
    def with_difference(self) -> Self:
        """Adds ``difference``: the progress found less the progress reported, in points."""
        return self.annotate(difference=F("progress_found") - F("progress_reported"))
