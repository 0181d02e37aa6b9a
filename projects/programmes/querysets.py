"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import ExtractYear, Greatest

from projects.core.querysets import M, PermittedQuerySet
from projects.register.querysets import StageTransitionQuerySet


class ProgrammeQuerySet(PermittedQuerySet[M]):
    def with_registered_count(self) -> Self:
        """Adds ``registered_count``: how many projects stand in the year's programme."""
        # Grouping drops the model's own order, and pages without an order lose rows.
        return self.annotate(registered_count=Count("entries")).order_by("-year")

    def with_counts(self) -> Self:
        """Adds how many projects were registered, approved, joined and left in the year, and are
        in force now."""
        return self.with_registered_count().annotate(
            approved_count=Count("entries", filter=Q(entries__approved_on__isnull=False)),
            joined_count=Count("entries", filter=Q(entries__joined_on__isnull=False)),
            left_count=Count("entries", filter=Q(entries__left_on__isnull=False)),
            in_force_count=Count("entries", filter=Q(entries__left_on__isnull=True)),
        )


class ProgrammeEntryQuerySet(PermittedQuerySet[M]):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the entries that have not left the programme by the day."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=on))


def moves_in_programme(
    moves: StageTransitionQuerySet, *, year: int | None = None
) -> StageTransitionQuerySet:
    """Returns the moves of projects that stood on that day in the programme of the year, or,
    without one, of the move's own year; who joined in the year counts with the whole year."""
    entries = apps.get_model("projects.ProgrammeEntry").objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gt=OuterRef("effective_on")),
        project=OuterRef("project"),
        programme__year=ExtractYear(OuterRef("effective_on")) if year is None else year,
    )
    return moves.filter(Exists(entries))


class BaselineQuerySet(PermittedQuerySet[M]):
    pass


class PlanPointQuerySet(PermittedQuerySet[M]):
    def of_present_version(self) -> Self:
        """Returns the points of the plan in force, or of the one that is to be approved."""
        return self.filter(baseline_number=Greatest(F("entry__baseline_number"), Value(1)))
