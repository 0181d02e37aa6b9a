"""Reads of exports and subscriptions."""

import datetime as dt
from typing import Self

from projects.core.querysets import M, PermittedQuerySet


class ExportQuerySet(PermittedQuerySet[M]):
    def queued(self) -> Self:
        """Returns what waits for a worker, first come first."""
        return self.filter(state="queued").order_by("id")

    def running(self) -> Self:
        return self.filter(state="running")

    def unfinished(self) -> Self:
        """Returns what waits or runs."""
        return self.filter(state__in=["queued", "running"])

    def past_keeping(self, *, at: dt.datetime) -> Self:
        """Returns the finished exports whose days of keeping are over."""
        return self.filter(state="done", expires_at__lte=at)
