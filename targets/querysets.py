"""Reads of what was promised."""

import datetime as dt
from typing import Self

from projects.querysets import PermittedQuerySet, SearchableQuerySet


class TargetQuerySet(SearchableQuerySet):
    search_fields = ("name", "section", "pinyin")


class TargetPartQuerySet(PermittedQuerySet):
    pass


class TargetPathPointQuerySet(PermittedQuerySet):
    pass


class WorkItemQuerySet(SearchableQuerySet):
    search_fields = ("name", "place", "target__name")

    def open(self) -> Self:
        return self.filter(done_on__isnull=True)

    def overdue(self, *, on: dt.date) -> Self:
        return self.open().filter(due_on__lt=on)


class MeasurementQuerySet(PermittedQuerySet):
    def as_known(self, *, at: dt.datetime) -> Self:
        """Returns what had been recorded by that moment."""
        return self.filter(recorded_at__lte=at)
