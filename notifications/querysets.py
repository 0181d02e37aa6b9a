"""Reads of the outbox."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q

from projects.core.querysets import PermittedQuerySet


class ReminderQuerySet(PermittedQuerySet):
    def queued(self) -> Self:
        """Returns what is still to be told."""
        return self.filter(state="queued")

    def with_lateness(self) -> Self:
        """Adds ``late``: whether its mail is of a later day than the one that the tier falls on."""
        late = Q(message__day__gt=F("falls_on"))
        return self.annotate(late=ExpressionWrapper(late, output_field=BooleanField()))


class MessageQuerySet(PermittedQuerySet):
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


class ReminderPolicyQuerySet(PermittedQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the versions that have come into force, the one that counts first."""
        return self.filter(in_force_from__lte=on).order_by("-number")


class TierOptOutQuerySet(PermittedQuerySet):
    """Who does not want which early reminder."""


class CalendarFeedQuerySet(PermittedQuerySet):
    def in_use(self) -> Self:
        """Returns the addresses that still answer."""
        return self.filter(revoked_at__isnull=True)


class WebhookQuerySet(PermittedQuerySet):
    """The addresses that are told what the mails tell."""


class WebhookDeliveryQuerySet(PermittedQuerySet):
    def to_send(self, *, at: dt.datetime) -> Self:
        """Returns what waits for a webhook in use, is to be tried now, and is held by nobody."""
        return self.filter(
            Q(retry_at__isnull=True) | Q(retry_at__lte=at),
            Q(lease_until__isnull=True) | Q(lease_until__lte=at),
            state="queued",
            webhook__active=True,
        )
