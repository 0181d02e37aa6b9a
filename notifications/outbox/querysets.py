"""Reads of the outbox."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q

from projects.core.querysets import M, PermittedQuerySet


class ReminderQuerySet(PermittedQuerySet[M]):
    def queued(self) -> Self:
        """Returns what is still to be told."""
        return self.filter(state="queued")

    def with_lateness(self) -> Self:
        """Adds ``late``: whether its mail is of a later day than the one that the tier falls on."""
        late = Q(message__day__gt=F("falls_on"))
        return self.annotate(late=ExpressionWrapper(late, output_field=BooleanField()))


class MessageQuerySet(PermittedQuerySet[M]):
    def of_reminders(self) -> Self:
        """Returns the mails that carry reminders, one a person a day."""
        return self.filter(kind="reminders")

    def waiting(self) -> Self:
        """Returns the mails that still have something to tell and that nobody holds; those of
        unknown fate only until they have been sent a second time.

        What a mail of another kind has left to bring is asked when it is claimed.
        """
        queued = apps.get_model("notifications.Reminder").objects.queued()
        held = apps.get_model("notifications.DeliveryAttempt").objects.filter(
            message=OuterRef("pk"), ended_at__isnull=True
        )
        return self.filter(
            Q(state="queued") | Q(state="unknown", unknowns=1),
            ~Q(kind="reminders") | Exists(queued.filter(message=OuterRef("pk"))),
            ~Exists(held),
        )

    def to_send(self, *, at: dt.datetime) -> Self:
        """Returns the waiting mails whose hour, and that of their next attempt, has come."""
        return self.waiting().filter(
            Q(retry_at__isnull=True) | Q(retry_at__lte=at), planned_for__lte=at
        )

    def may_have_arrived(self) -> Self:
        """Returns the mails that their recipients have, or may have: sent, of unknown fate (once
        is enough, whatever became of the mail since), or being handed over at this moment."""
        leaving = apps.get_model("notifications.DeliveryAttempt").objects.filter(
            message=OuterRef("pk"), ended_at__isnull=True, handed_over_at__isnull=False
        )
        return self.filter(Q(state="sent") | Q(unknowns__gte=1) | Exists(leaving))

    def with_counts(self) -> Self:
        """Adds ``told``: how many reminders the mail carries, those withdrawn not counted."""
        return self.annotate(told=Count("reminders", filter=~Q(reminders__state="withdrawn")))
