"""Notes what each webhook is to be told: one delivery for each webhook and mail.

A sweep over whole tables, in every tick: what was missed once is found by the next.
"""

import datetime as dt

from django.db import connection, transaction

from notifications.webhooks.models import Webhook

_TELLING = """
    SELECT 1 FROM notifications_reminder reminder
    WHERE reminder.message_id = message.id AND reminder.tier = ANY (webhook.tiers)
"""
# A new webhook is told nothing from before it was made: neither of the mail's hour nor of its row,
# whichever is later.
_NEW = f"""
    INSERT INTO notifications_webhookdelivery (webhook_id, message_id, state, attempts, last_error)
    SELECT webhook.id, message.id, 'queued', 0, ''
    FROM notifications_webhook webhook
    JOIN notifications_message message ON message.day = %(day)s AND message.planned_for <= %(now)s
    WHERE webhook.active
      AND greatest(message.planned_for, message.recorded_at) >= webhook.recorded_at
      AND EXISTS ({_TELLING} AND reminder.state <> 'withdrawn')
      AND NOT EXISTS (
        SELECT 1 FROM notifications_webhookdelivery known
        WHERE known.webhook_id = webhook.id AND known.message_id = message.id
      )
    ORDER BY message.id, webhook.id
    ON CONFLICT DO NOTHING
"""  # noqa: S608  # no part of it comes from outside
# A mail that waits may be given more to tell after the webhook was told of it: it is told again.
_AGAIN = f"""
    UPDATE notifications_webhookdelivery delivery
    SET state = 'queued', attempts = 0, last_error = '', retry_at = NULL, lease_until = NULL,
        sent_at = NULL
    FROM notifications_webhook webhook, notifications_message message
    WHERE webhook.id = delivery.webhook_id AND webhook.active
      AND message.id = delivery.message_id AND message.day = %(day)s
      AND delivery.state IN ('sent', 'withdrawn')
      AND EXISTS ({_TELLING} AND reminder.state = 'queued'
        AND (delivery.sent_at IS NULL OR reminder.recorded_at > delivery.sent_at))
"""  # noqa: S608


@transaction.atomic
def webhook_delivery_plan(*, day: dt.date, now: dt.datetime) -> int:
    """Notes what each active webhook is to be told of the day's mails whose hour has come, whether
    or not the mails themselves could be delivered; returns how many calls that adds.

    Twice, or twice at once, is the same as once.
    """
    if not Webhook.objects.filter(active=True).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, {"day": day})
        added = cursor.rowcount
        cursor.execute(_NEW, {"day": day, "now": now})
        return added + cursor.rowcount
