"""The jobs of the outbox: one idempotent tick a minute, and one delivery a mail.

Nothing retries by itself: what is still queued is handed out again by the next tick. Both jobs
expire after a minute, so that a stalled mail server does not let them pile up.
"""

import logging
import time

import pghistory
from celery import shared_task
from django.core.cache import cache

from notifications.models import Message
from notifications.services import (
    Outcome,
    day_prepare,
    message_deliver,
    planned_moment,
    unreachable_text,
)
from portfolio import clock

logger = logging.getLogger(__name__)

BEAT_SEEN = "beat:seen"  # cache key: the real time of the last tick, seconds since 1970
ONE_TICK = 60


@shared_task(name="notifications.tasks.tick", expires=ONE_TICK)
def tick() -> None:
    """Prepares the day's reminders from 09:00 on and hands out every mail whose hour has come.

    Two ticks at once, or one twice, do no harm.
    """
    cache.set(BEAT_SEEN, time.time(), timeout=None)
    now = clock.now()
    today = clock.today()
    if now >= planned_moment(today):
        with pghistory.context(door="task", task="tick"):
            day_prepare(day=today)
    for message_id in Message.objects.to_send(at=now).values_list("pk", flat=True):
        deliver.delay_on_commit(message_id)


@shared_task(name="notifications.tasks.deliver", expires=ONE_TICK, acks_late=True)
def deliver(message_id: int) -> None:
    """Sends one mail; one that has been sent already is left alone."""
    with pghistory.context(door="task", task="deliver"):
        delivery = message_deliver(message_id=message_id, day=clock.today())
    if delivery.outcome is Outcome.UNREACHABLE:
        logger.error("邮件 %s: %s", message_id, unreachable_text(delivery.error))
    elif delivery.outcome is Outcome.REFUSED:
        logger.error("邮件 %s 被拒收: %s", message_id, delivery.error)
