"""Calls the webhooks that have something waiting, and records the results.

Each call is made at least once: if the receiver took it and its answer was lost, the same delivery
number comes again. Every step is committed by itself; a worker that dies leaves a lease that
expires.
"""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.outbox.backoff import retry_delay
from notifications.webhooks.bodies import headers_of, write_bodies
from notifications.webhooks.client import WebhookCallError, post_json
from notifications.webhooks.models import Webhook, WebhookDelivery, WebhookState
from notifications.webhooks.querysets import WebhookDeliveryQuerySet
from notifications.webhooks.services import is_accepted
from portfolio.core import clock

BATCH = 100
# Much longer than one call takes (webhook_client.TIME_LIMIT); renewed before each.
LEASE = dt.timedelta(minutes=2)
# Counted from the hour at which the mail was to go out; one try more after a longer outage of ours.
GIVEN_UP_AFTER = dt.timedelta(days=2)
BEFORE_THE_TRIED = dt.timedelta(seconds=1)
GONE = 410
ERROR_LENGTH = 500
ANSWER_SHOWN = 200  # letters of an answer that are kept as the error


def webhooks_call(*, day: dt.date, seconds: float) -> Counter[str]:
    """Makes the calls that wait until none is left or the time is over; returns how many came to
    which state. ``queued``: they are tried again later. ``day`` is the day of reading, from which
    the days left are counted."""
    ends_at = time.monotonic() + seconds
    counts: Counter[str] = Counter()
    while time.monotonic() < ends_at:
        batch = _claim(clock.now())
        if not batch:
            break
        counts += _batch_call(batch, day, ends_at)
    return counts


def _batch_call(batch: list[WebhookDelivery], day: dt.date, ends_at: float) -> Counter[str]:
    counts: Counter[str] = Counter()
    bodies = write_bodies(batch, day=day, at=clock.now())
    waiting = list(batch)
    while waiting and time.monotonic() < ends_at:
        delivery = waiting.pop(0)
        body = bodies[delivery.pk]
        if body is None:
            counts[_end(delivery, WebhookState.WITHDRAWN)] += 1
        elif _begin(delivery):
            state, answered = _call(delivery, body)
            counts[state] += 1
            if not answered:
                # Ten seconds for each of a thousand would be hours: the others wait with it.
                same = [each for each in waiting if each.webhook_id == delivery.webhook_id]
                waiting = [each for each in waiting if each not in same]
                _release(same)
                _postpone_others(delivery)
    _release(waiting)
    return counts


@transaction.atomic
def _claim(now: dt.datetime) -> list[WebhookDelivery]:
    """Claims the deliveries that are due; skips those that another worker is claiming.

    Untried ones come first. Those that failed together share a ``retry_at``: of these the fewest
    attempts go first, then at random, so that one delivery which always fails does not hold up
    others.
    """
    order = (F("retry_at").asc(nulls_first=True), "attempts", "?")
    due = WebhookDelivery.objects.to_send(at=now).order_by(*order)
    locked = due.select_for_update(skip_locked=True, of=("self",))
    batch = list(locked.select_related("webhook", "message__recipient_user")[:BATCH])
    for delivery in batch:
        delivery.lease_until = now + LEASE
    keys = [each.pk for each in batch]
    WebhookDelivery.objects.filter(pk__in=keys).update(lease_until=now + LEASE)
    return batch


def _select_held(*deliveries: WebhookDelivery) -> WebhookDeliveryQuerySet:
    """Returns those of the deliveries, held by one lease, that are still ours to write: the lease
    may have run out, and somebody else hold them."""
    return WebhookDelivery.objects.filter(
        pk__in=[each.pk for each in deliveries],
        state=WebhookState.QUEUED,
        lease_until=deliveries[0].lease_until,
    )


def _release(deliveries: Sequence[WebhookDelivery]) -> None:
    if deliveries:
        _select_held(*deliveries).update(lease_until=None)


def _begin(delivery: WebhookDelivery) -> bool:
    """Renews the lease and counts the attempt, before it is made: a worker that dies of it has
    counted it. False when it is no longer ours, or its webhook was switched off."""
    lease_until = clock.now() + LEASE
    ours = _select_held(delivery).filter(webhook__in=Webhook.objects.filter(active=True))
    if not ours.update(lease_until=lease_until, attempts=F("attempts") + 1):
        return False
    delivery.lease_until, delivery.attempts = lease_until, delivery.attempts + 1
    return True


def _call(delivery: WebhookDelivery, body: bytes) -> tuple[str, bool]:
    """Makes one call; returns the state that it came to, and whether there was any answer."""
    headers = headers_of(delivery.webhook, delivery=delivery.pk, body=body)
    with override(settings.LANGUAGE_CODE):  # what is kept is in the city's language
        try:
            answer = post_json(delivery.webhook.url, body=body, headers=headers)
        except WebhookCallError as failed:
            return _postpone(delivery, failed.message), False
        if is_accepted(answer.status):
            return _end(delivery, WebhookState.SENT, sent_at=clock.now()), True
        words = " ".join(answer.text.split())[:ANSWER_SHOWN]
        error = _("对方答复 %(status)d: %(words)s") % {"status": answer.status, "words": words}
    if answer.status == GONE:  # the receiver says that it will never take it
        return _end(delivery, WebhookState.FAILED, last_error=error), True
    return _postpone(delivery, error), True


def _postpone(delivery: WebhookDelivery, error: str) -> str:
    """Lets a call that was not taken wait for its next attempt, or gives it up."""
    retry_at = clock.now() + retry_delay(delivery.attempts, random.random())  # noqa: S311
    delivery.retry_at, delivery.last_error = retry_at, error[:ERROR_LENGTH]
    if retry_at > delivery.message.planned_for + GIVEN_UP_AFTER:
        return _end(delivery, WebhookState.FAILED, last_error=error)
    return _end(delivery, WebhookState.QUEUED, last_error=error, retry_at=retry_at)


def _end(
    delivery: WebhookDelivery,
    state: str,
    *,
    sent_at: dt.datetime | None = None,
    last_error: str = "",
    retry_at: dt.datetime | None = None,
) -> str:
    _select_held(delivery).update(
        state=state,
        sent_at=sent_at,
        last_error=last_error[:ERROR_LENGTH],
        retry_at=retry_at,
        lease_until=None,
    )
    return str(state)


@transaction.atomic
def _postpone_others(delivery: WebhookDelivery) -> None:
    """Lets all that waits for an address which gives no answer wait as long as the one that was
    tried. The try counts for all, so that their waits grow together; the next is made with
    another, lest it be this one that the receiver cannot bear."""
    retry_at = (delivery.retry_at or clock.now()) - BEFORE_THE_TRIED
    others = WebhookDelivery.objects.to_send(at=clock.now()).filter(webhook=delivery.webhook_id)
    locked = others.order_by("pk").select_for_update(skip_locked=True, of=("self",))
    planned = dict(locked.exclude(pk=delivery.pk).values_list("pk", "message__planned_for"))
    over = [pk for pk, hour in planned.items() if retry_at > hour + GIVEN_UP_AFTER]
    rows = WebhookDelivery.objects.filter(pk__in=planned)
    rows.filter(pk__in=over).update(state=WebhookState.FAILED, last_error=delivery.last_error)
    rows.exclude(pk__in=over).update(
        retry_at=retry_at, attempts=F("attempts") + 1, last_error=delivery.last_error
    )
