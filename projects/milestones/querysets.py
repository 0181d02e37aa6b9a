"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, F, Func, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from projects.core.querysets import M, SearchableQuerySet
from projects.handover.querysets import HandedOverQuerySet, StepQuerySet


class MilestoneQuerySet(HandedOverQuerySet[M]):
    search_fields = ("name", "project__name", "project__code", "project__pinyin")

    def open(self) -> Self:
        """Returns the promises that are still to be kept."""
        return self.filter(done_on__isnull=True).exclude(project__stage="cancelled")

    def overdue(self, *, on: dt.date) -> Self:
        """Returns the open promises whose due day lies before ``on``; for what is parked the
        clock stands still."""
        return self.open().filter(due_on__lt=on).not_parked(on=on)

    def with_due_state(self) -> Self:
        """Adds where the hand-over stands, how often and how far the date was moved, and whether
        it was finished after the day first promised: facts that no extension takes away."""
        granted = (
            apps.get_model("projects.ExtensionRequest")
            ._base_manager.filter(milestone=OuterRef("pk"), state="granted")
            .order_by()
            .values("milestone")
            .annotate(count=Count("pk"))
        )
        return self.with_hand_over().annotate(
            extensions_count=Coalesce(Subquery(granted.values("count")), 0),
            slip_days=Func(
                F("due_on"),
                F("baseline_on"),
                template="(%(expressions)s)",
                arg_joiner=" - ",
                output_field=models.IntegerField(),
            ),
            finished_late=Case(
                When(done_on__gt=F("baseline_on"), then=True),
                When(done_on__isnull=False, then=False),
                output_field=models.BooleanField(null=True),
            ),
        )


class ExtensionRequestQuerySet(SearchableQuerySet[M]):
    search_fields = ("milestone__name", "milestone__project__name", "milestone__project__pinyin")


class HandoverStepQuerySet(StepQuerySet[M]):
    task = "milestone"
    search_fields = (
        "notice_number", "milestone__name", "milestone__project__name",
        "milestone__project__pinyin",
    )  # fmt: skip
