"""What a webhook is told: the body of a call, and the headers that vouch for it."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import orjson
from django.conf import settings
from django.utils import translation
from django.utils.crypto import salted_hmac

from notifications.outbox.models import Message, Reminder, ReminderState, Tier
from notifications.outbox.settle import ReminderWithDeadline, select_still_due
from notifications.policies.tiers import GRAVITY
from notifications.webhooks.models import Webhook, WebhookDelivery
from notifications.webhooks.signatures import HEADER, signature
from portfolio.core.clock import CITY_TIME
from projects.deadlines import kind_labels

USER_AGENT = "Portfolio-Webhook/1"
DELIVERY = "X-Portfolio-Delivery"
TRIAL_DELIVERY = 0  # no delivery has this number


def secret_of(webhook: Webhook) -> str:
    """Returns the secret by which the receiver knows our calls.

    It is derived, not kept: a backup of the database holds no secret. Another ``SECRET_KEY``
    makes other secrets.
    """
    derived = salted_hmac(
        "notifications.webhook", f"{webhook.pk}.{webhook.key_version}", algorithm="sha256"
    )
    return f"whsec_{derived.hexdigest()}"


def headers_of(webhook: Webhook, *, delivery: int, body: bytes) -> dict[str, str]:
    """Returns the headers of a call. The signature's time is the real one, not the demo clock's:
    the receiver holds it against a clock of its own."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        DELIVERY: str(delivery),
        HEADER: signature(secret=secret_of(webhook), body=body, at=int(time.time())),
    }


def trial_body(webhook: Webhook, *, at: dt.datetime) -> bytes:
    """Returns the body of a call that only tries the line."""
    return orjson.dumps(
        {"event": "test", "id": TRIAL_DELIVERY, "webhook": webhook.name, "sent_at": _moment(at)}
    )


def write_bodies(
    deliveries: Collection[WebhookDelivery], *, day: dt.date, at: dt.datetime
) -> dict[int, bytes | None]:
    """Returns the bodies by the delivery's key; ``None`` where nothing is left to tell.

    A webhook tells what the mail tells (the gravest tier of each deadline that still stands, for
    this recipient), of its own tiers. Whether the mail itself could be delivered does not matter.
    ``day`` is the day from which the days left are counted. The number of queries does not depend
    on the number of deliveries.
    """
    messages = {each.message_id for each in deliveries}
    reminders = Reminder.objects.exclude(state=ReminderState.WITHDRAWN).filter(message__in=messages)
    told: dict[int, list[ReminderWithDeadline]] = defaultdict(list)
    for reminder, deadline in select_still_due(list(reminders.order_by("pk"))):
        told[reminder.message_id].append((reminder, deadline))
    bodies: dict[int, bytes | None] = {}
    with translation.override(settings.LANGUAGE_CODE):
        for each in deliveries:
            tiers = each.webhook.tiers
            mine = [one for one in told[each.message_id] if one[0].tier in tiers]
            bodies[each.pk] = _body(each, mine, day, at) if mine else None
    return bodies


def _body(
    delivery: WebhookDelivery, told: list[ReminderWithDeadline], day: dt.date, at: dt.datetime
) -> bytes:
    message = delivery.message
    user = message.recipient_user
    gravest_first = sorted(
        told, key=lambda each: (-GRAVITY.index(each[0].tier), each[1].due_on, each[0].pk)
    )
    return orjson.dumps(
        {
            "event": "reminders",
            "id": delivery.pk,
            "day": message.day,
            "recipient": {
                "address": message.recipient,
                "name": user.name if user else told[0][1].department_name,
                "user": message.recipient_user_id,
            },
            "items": [_item(each, message, day) for each in gravest_first],
            "sent_at": _moment(at),
        }
    )


def _item(told: ReminderWithDeadline, message: Message, day: dt.date) -> dict[str, Any]:
    reminder, deadline = told
    return {
        "reminder": reminder.pk,
        "tier": reminder.tier,
        "tier_display": str(Tier(reminder.tier).label),
        "ordinal": reminder.ordinal,
        "late": message.day > reminder.falls_on,
        "kind": deadline.kind,
        "kind_display": str(kind_labels()[deadline.kind]),
        "object_id": deadline.object_id,
        "title": deadline.title,
        "due_on": deadline.due_on,
        "days_left": (deadline.due_on - day).days,
        "department": deadline.department_name,
        "commitment": deadline.commitment,
        "section": deadline.section,
        "link": f"{settings.BASE_URL}{deadline.path}",
    }


def _moment(at: dt.datetime) -> str:
    return at.astimezone(CITY_TIME).isoformat(timespec="seconds")
