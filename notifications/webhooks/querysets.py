"""Reads of the outbox."""

import datetime as dt
from typing import Self

from django.db.models import Q

from projects.core.querysets import M, PermittedQuerySet


class WebhookQuerySet(PermittedQuerySet[M]):
    """The addresses that are told what the mails tell."""


class WebhookDeliveryQuerySet(PermittedQuerySet[M]):
    def to_send(self, *, at: dt.datetime) -> Self:
        """Returns what waits for a webhook in use, is to be tried now, and is held by nobody."""
        return self.filter(
            Q(retry_at__isnull=True) | Q(retry_at__lte=at),
            Q(lease_until__isnull=True) | Q(lease_until__lte=at),
            state="queued",
            webhook__active=True,
        )
