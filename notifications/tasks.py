"""The jobs of the outbox: one idempotent tick a minute, and deliveries of a batch each.

The database is the truth: a tick finds in it what is to be planned, withdrawn, taken back from
workers that died, and sent, whatever became of earlier jobs. So nothing here retries by itself,
and jobs that nobody ran within a minute expire.
"""

import datetime as dt
import logging
import time
from collections import Counter

import pghistory
from celery import shared_task
from django.core.cache import cache
from django.db import transaction

from notifications.outbox.claim import leases_expire
from notifications.outbox.models import Message, Outcome
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.outbox.send import Delivery, message_send, reminder_state_copy, unreachable_text
from notifications.outbox.withdraw import reminders_withdraw
from notifications.webhooks.call import webhooks_call
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.prepare import webhook_delivery_plan
from portfolio.core import clock
from projects.people.working_calendar import calendar_overrides
from projects.people.working_days import is_working_day

logger = logging.getLogger(__name__)

BEAT_SEEN = "beat:seen"  # cache key: the real time of the last tick, seconds since 1970
ONE_TICK = 60
# Mails that one job claims, writes and sends over one connection.
BATCH = 100
# Jobs that one tick hands out; each full batch is followed by another, so that no mail waits.
MOST_JOBS = 20
# How long one job goes on calling webhooks: less than until the next tick's.
WEBHOOK_SECONDS = 45.0


@shared_task(name="notifications.tasks.tick", expires=ONE_TICK)
def tick() -> None:
    """Brings the outbox up to date and hands out the mails whose hour has come.

    Two ticks at once, or one twice, do no harm; one that was missed is made up for by the next.
    """
    cache.set(BEAT_SEEN, time.time(), timeout=None)
    now = clock.now()
    today = clock.today()
    with pghistory.context(door="task", task="tick"):
        _take_back(now)
        reminder_state_copy()
        reminders_withdraw()
        if now >= planned_moment(today):
            reminder_plan(day=today)
    webhook_delivery_plan(day=today, now=now)
    # What failing servers kept back over the week-end goes out on the next working day.
    if is_working_day(today, calendar_overrides()):
        _hand_out(now)


@shared_task(name="notifications.tasks.deliver", expires=ONE_TICK, acks_late=True)
def deliver() -> None:
    """Sends one batch of mails; what is sent, or held by another job, is left alone."""
    with pghistory.context(door="task", task="deliver"):
        deliveries = message_send(limit=BATCH, day=clock.today())
    _log(deliveries)
    sent = any(each.outcome == Outcome.SENT for each in deliveries)
    if sent and len(deliveries) == BATCH:
        transaction.on_commit(deliver.delay)


@shared_task(name="notifications.tasks.call_webhooks", expires=ONE_TICK, acks_late=True)
def call_webhooks() -> None:
    """Makes the calls to webhooks that wait, for most of a minute; the rest is the next tick's."""
    counts = webhooks_call(day=clock.today(), seconds=WEBHOOK_SECONDS)
    missed = {state: counts[state] for state in ("queued", "failed") if counts[state]}
    if missed:
        logger.error("通知接口未送达: %s", missed)


def _hand_out(now: dt.datetime) -> None:
    """Queues a job for each batch of mails that waits, and one for the webhooks."""
    waiting = Message.objects.to_send(at=now).order_by()[: MOST_JOBS * BATCH].count()
    for _job in range(-(-waiting // BATCH)):
        transaction.on_commit(deliver.delay)
    if WebhookDelivery.objects.to_send(at=now).exists():
        transaction.on_commit(call_webhooks.delay)


def _take_back(now: dt.datetime) -> None:
    waiting, unknown = leases_expire(now=now)
    if waiting:
        logger.warning("%d 封邮件的发送进程中断, 尚未送出, 重新排队", len(waiting))
    for message in unknown:
        logger.error("邮件 %s: 发送进程在交付时中断, %s", message.pk, _unknown_text(message))


def _log(deliveries: list[Delivery]) -> None:
    """Says what an operator has to know: one line a mail, but one in all for a server that cannot
    be reached."""
    unreachable = Counter(each.error for each in deliveries if each.outcome == Outcome.UNREACHABLE)
    for error, count in unreachable.items():
        logger.error("%d 封邮件: %s", count, unreachable_text(error))
    for each in deliveries:
        if each.outcome == Outcome.REFUSED:
            logger.error("邮件 %s 被拒收: %s", each.message.pk, each.error)
        elif each.outcome == Outcome.UNKNOWN:
            logger.error(
                "邮件 %s: %s, %s", each.message.pk, each.error, _unknown_text(each.message)
            )


def _unknown_text(message: Message) -> str:
    if message.retry_at is not None:
        return "送达不明, 将以同一 Message-ID 再发一次"
    return "送达不明, 已再发过一次, 不再发送"
