"""Reads of the outbox."""

from typing import Self

from projects.core.querysets import PermittedQuerySet


class CalendarFeedQuerySet(PermittedQuerySet):
    def in_use(self) -> Self:
        """Returns the addresses that still answer."""
        return self.filter(revoked_at__isnull=True)
