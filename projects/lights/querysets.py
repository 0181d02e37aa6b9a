"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Self

from django.db.models import Exists, OuterRef

from projects.core.querysets import PermittedQuerySet


class LightPolicyQuerySet(PermittedQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the versions that have come into force, the one that counts first."""
        return self.filter(in_force_from__lte=on).order_by("-number")


class MonthlyLightQuerySet(PermittedQuerySet):
    def newest(self) -> Self:
        """Returns of each project and month the row that was kept last."""
        later = self.model._base_manager.filter(
            project=OuterRef("project"),
            year=OuterRef("year"),
            month=OuterRef("month"),
            pk__gt=OuterRef("pk"),
        )
        return self.filter(~Exists(later))


class LightOverrideQuerySet(PermittedQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the overrides that hold on the day; of two, the later one first."""
        return self.filter(starts_on__lte=on, ends_on__gte=on).order_by("-starts_on", "-id")


class LightExemptionQuerySet(PermittedQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the exemptions that hold on the day."""
        return self.filter(granted_on__lte=on, until__gte=on)
