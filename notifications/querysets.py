"""Reads of the outbox."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q

from projects.querysets import PermittedQuerySet


class ReminderQuerySet(PermittedQuerySet):
    def queued(self) -> Self:
        """Returns what is still to be told."""
        return self.filter(state="queued")


class MessageQuerySet(PermittedQuerySet):
    def to_send(self, *, at: dt.datetime) -> Self:
        """Returns the mails whose hour has come and that nobody has handed over yet.

        A mail all of whose reminders were withdrawn has nothing to say and is not among them.
        """
        waiting = apps.get_model("notifications.Reminder").objects.queued()
        return self.filter(
            Exists(waiting.filter(message=OuterRef("pk"))), state="queued", planned_for__lte=at
        )

    def with_counts(self) -> Self:
        """Adds ``told``: how many reminders the mail carries, those withdrawn not counted."""
        return self.annotate(told=Count("reminders", filter=~Q(reminders__state="withdrawn")))
