"""Writes of a person's calendar addresses: made, revoked; and what such an address answers."""

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.calendar.entries import entries_synchronise
from notifications.calendar.ical import calendar_text
from notifications.calendar.models import CalendarFeed
from portfolio.core import clock
from portfolio.core.errors import StateConflictError
from portfolio.core.locks import acquire_transaction_lock
from projects.core.rows import require, row_create
from projects.permissions import Actor

MOST_FEEDS = 10  # a person's in use at a time
SECRET_BYTES = 32


@transaction.atomic
def calendar_feed_create(*, by: Actor, name: str) -> tuple[CalendarFeed, str]:
    """Returns a new address of the person's own calendar and its secret, which is told this once
    and kept as a digest only."""
    acquire_transaction_lock(f"calendar_feeds.{by.pk}")
    if CalendarFeed.objects.in_use().filter(user=by.pk).count() >= MOST_FEEDS:
        raise StateConflictError(
            _("您已有 %(most)d 个使用中的日历订阅; 请先停用不再需要的。") % {"most": MOST_FEEDS},
            code="too_many",
        )
    secret = secrets.token_urlsafe(SECRET_BYTES)
    fields = {"user": by, "name": name, "digest": digest_of(secret)}
    return row_create(model=CalendarFeed, by=by, fields=fields), secret


@transaction.atomic
def calendar_feed_revoke(*, feed: CalendarFeed, by: Actor | None) -> CalendarFeed:
    """Ends an address at once and for good."""
    locked = CalendarFeed.objects.select_for_update(no_key=True).get(pk=feed.pk)
    require(by, "revoke", locked)
    if locked.revoked_at is not None:
        raise StateConflictError(_("该日历订阅已停用。"), code="revoked")
    locked.revoked_at = clock.now()
    locked.save(update_fields=["revoked_at"])
    return locked


def calendar_read(*, secret: str, day: dt.date, at: dt.datetime) -> bytes | None:
    """Returns the calendar behind an address as text; ``None`` when the address is unknown or
    revoked, or its owner has left.

    It is found by the secret's digest: how long a database takes over a digest tells nothing of
    the secret.
    """
    feeds = CalendarFeed.objects.in_use().select_related("user")
    feed = feeds.filter(digest=digest_of(secret), user__is_active=True).first()
    if feed is None:
        return None
    # In the city's language, whoever reads: titles are kept, and must not change with the reader.
    with override(settings.LANGUAGE_CODE):
        events = entries_synchronise(user=feed.user, day=day, at=at)
        return calendar_text(name=feed.user.name or feed.user.username, events=events)


def calendar_address(secret: str) -> str:
    """Returns the whole address, as a person enters it into a calendar."""
    return f"{settings.BASE_URL}/calendar/{secret}.ics"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
