"""Keeps that a mail has been read: 收到, by its recipient (domain §5)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from notifications.models import Message, MessageState
from portfolio import clock
from portfolio.errors import StateConflict
from projects.services.rows import require

# What has reached its recipient, or may have.
DELIVERED = (MessageState.SENT, MessageState.UNKNOWN)


@transaction.atomic
def message_acknowledge(*, message: Message, by: Any) -> Message:
    """Says that the mail was read; the first time counts, later ones change nothing.

    ``by`` is the recipient signed in, or None for whoever holds the mail's own link: an office
    mailbox belongs to nobody. Raises ``StateConflict`` for a mail that has not gone out.
    """
    require(by, "acknowledge", message)
    kept = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if kept.acknowledged_at is not None:
        return kept
    if kept.state not in DELIVERED:
        raise StateConflict(
            _("邮件%(state)s, 尚不能确认收到。") % {"state": kept.get_state_display()},
            code="not_sent",
        )
    kept.acknowledged_at, kept.acknowledged_by = clock.now(), by
    kept.save(update_fields=["acknowledged_at", "acknowledged_by"])
    return kept
