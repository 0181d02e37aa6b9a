"""Keeps that a mail has been read: 收到, by its recipient (domain §5)."""

from django.db import transaction
from django.utils.translation import gettext as _

from notifications.outbox.models import Message
from portfolio.core import clock
from portfolio.core.errors import StateConflictError
from projects.core.rows import require
from projects.permissions import Actor


@transaction.atomic
def message_acknowledge(*, message: Message, by: Actor | None) -> Message:
    """Says that the mail was read; the first time counts, later ones change nothing.

    ``by`` is the recipient signed in, or None for whoever holds the mail's own signed link: that
    counts as the person to whom the mail went, or as nobody where it went to an office mailbox.
    Raises ``StateConflictError`` for a mail that cannot have arrived.
    """
    require(by, "acknowledge", message)
    kept = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if kept.acknowledged_at is not None:
        return kept
    if not Message.objects.may_have_arrived().filter(pk=kept.pk).exists():
        raise StateConflictError(
            _("邮件%(state)s, 尚不能确认收到。") % {"state": kept.get_state_display()},
            code="not_sent",
        )
    kept.acknowledged_at = clock.now()
    kept.acknowledged_by_id = kept.recipient_user_id if by is None else by.pk
    kept.save(update_fields=["acknowledged_at", "acknowledged_by"])
    return kept
