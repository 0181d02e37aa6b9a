"""Reads of the outbox."""

from typing import Self

from projects.core.querysets import M, PermittedQuerySet


class CalendarFeedQuerySet(PermittedQuerySet[M]):
    def in_use(self) -> Self:
        """Returns the addresses that still answer."""
        return self.filter(revoked_at__isnull=True)
