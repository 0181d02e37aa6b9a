"""Reads of exports and subscriptions."""

import datetime as dt
from typing import Self

from django.apps import apps
from django.db.models import Exists, Max, OuterRef, Q

from projects.core.querysets import M, PermittedQuerySet


class ReportSubscriptionQuerySet(PermittedQuerySet[M]):
    def running(self, *, since: dt.date) -> Self:
        """Returns those that are switched on and did not end before ``since``, each with
        ``last_day``: the day of its newest issue."""
        rows = self.filter(Q(until__isnull=True) | Q(until__gte=since), active=True)
        return rows.annotate(last_day=Max("issues__day")).order_by("pk")


class SubscriptionCopyQuerySet(PermittedQuerySet[M]):
    def with_file(self) -> Self:
        """Returns those whose file is there."""
        return self.filter(export__state="done")

    def failed(self) -> Self:
        """Returns those that will never have a file."""
        return self.filter(~Q(refused="") | Q(export__state="failed"))

    def unfinished(self) -> Self:
        """Returns those whose file is still to be made."""
        return self.filter(export__state__in=["queued", "running"])

    def untold(self) -> Self:
        """Returns those that no mail refers to."""
        mails = apps.get_model("notifications.Message").objects.filter(
            kind="report", reference=OuterRef("pk")
        )
        return self.filter(~Exists(mails))
