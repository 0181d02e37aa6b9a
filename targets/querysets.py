"""Reads of what was promised."""

import datetime as dt
from typing import Self

from django.db.models import BooleanField, Case, F, When

from projects.core.querysets import M, PermittedQuerySet, SearchableQuerySet
from projects.handover.querysets import HandedOverQuerySet, StepQuerySet
from projects.permissions import Actor


class TargetQuerySet(SearchableQuerySet[M]):
    search_fields = ("name", "section", "pinyin")

    def sponsored_by(self, user: Actor) -> Self:
        """Returns the targets that this city leader stands for."""
        return self.filter(sponsor=user.pk)


class TargetPartQuerySet(PermittedQuerySet[M]):
    pass


class TargetPathPointQuerySet(PermittedQuerySet[M]):
    pass


class WorkItemQuerySet(HandedOverQuerySet[M]):
    search_fields = ("name", "origin", "place", "target__name")

    def open(self) -> Self:
        return self.filter(done_on__isnull=True)

    def dated(self, *, on: dt.date) -> Self:
        """Leaves out what is due on no day of its own: what only stands for a list that is still
        to be itemised (its target is due), and what is parked on the day."""
        return self.filter(placeholder=False).not_parked(on=on)

    def overdue(self, *, on: dt.date) -> Self:
        return self.open().dated(on=on).filter(due_on__lt=on)

    def with_due_state(self) -> Self:
        """Adds where the hand-over stands, and whether it was finished late."""
        return self.with_hand_over().annotate(
            finished_late=Case(
                When(done_on__gt=F("due_on"), then=True),
                When(done_on__isnull=False, then=False),
                output_field=BooleanField(null=True),
            )
        )


class WorkItemStepQuerySet(StepQuerySet[M]):
    task = "work_item"
    search_fields = ("notice_number", "work_item__name", "work_item__target__name")


class WorkItemEvidenceQuerySet(SearchableQuerySet[M]):
    search_fields = ("name", "work_item__name", "work_item__target__name")


class MeasurementQuerySet(PermittedQuerySet[M]):
    def as_known(self, *, at: dt.datetime) -> Self:
        """Returns what had been recorded by that moment."""
        return self.filter(recorded_at__lte=at)
