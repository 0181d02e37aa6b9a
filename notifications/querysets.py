"""Reads of the outbox."""

import datetime as dt
from typing import Self

from projects.querysets import PermittedQuerySet


class ReminderQuerySet(PermittedQuerySet):
    pass


class MessageQuerySet(PermittedQuerySet):
    def to_send(self, *, at: dt.datetime) -> Self:
        """Returns the mails whose hour has come and that nobody has handed over yet."""
        return self.filter(state="queued", planned_for__lte=at)
