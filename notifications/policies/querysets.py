"""Reads of the outbox."""

import datetime as dt
from typing import Self

from projects.core.querysets import M, PermittedQuerySet


class ReminderPolicyQuerySet(PermittedQuerySet[M]):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the versions that have come into force, the one that counts first."""
        return self.filter(in_force_from__lte=on).order_by("-number")


class TierOptOutQuerySet(PermittedQuerySet[M]):
    """Who does not want which early reminder."""
