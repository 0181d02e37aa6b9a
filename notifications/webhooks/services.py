"""Writes of webhooks: which address is told what, under which key; and trying one out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from notifications.webhooks.bodies import TRIAL_DELIVERY, headers_of, secret_of, trial_body
from notifications.webhooks.client import WebhookCallError, address_check, post_json
from notifications.webhooks.models import Webhook, WebhookDelivery, WebhookState
from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from projects.core.rows import require, require_any, row_create, row_update
from projects.permissions import Actor

MOST_KEY_VERSIONS = 32_767  # the column's limit


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of a test call: the answer's status and text, or why there was none."""

    status: int | None
    text: str = ""
    error: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and is_accepted(self.status)


def is_accepted(status: int) -> bool:
    """Returns whether the receiver has taken the call; a redirect is not followed, so no."""
    return 200 <= status <= 299


def webhook_create(*, by: Actor | None, fields: Mapping[str, Any]) -> tuple[Webhook, str]:
    """Returns a new webhook and its secret, which is told this once.

    It is told what falls due from now on. Raises ``ValidationError`` when the address is none, or
    leads to where it may not reach.
    """
    require_any(by, "add", Webhook)
    webhook = row_create(model=Webhook, by=by, fields=_check_fields(fields))
    return webhook, secret_of(webhook)


@transaction.atomic
def webhook_update(*, webhook: Webhook, by: Actor | None, changes: Mapping[str, Any]) -> Webhook:
    """Changes a webhook; what still waits for one that is switched off is withdrawn."""
    require(by, "change", webhook)
    if changes.get("url") == webhook.url:  # known, perhaps from before the network was closed
        changes = {name: value for name, value in changes.items() if name != "url"}
    updated = row_update(instance=webhook, by=by, changes=_check_fields(changes))
    if not updated.active:
        waiting = WebhookDelivery.objects.filter(webhook=updated, state=WebhookState.QUEUED)
        waiting.update(state=WebhookState.WITHDRAWN, lease_until=None, retry_at=None)
    return updated


@transaction.atomic
def webhook_renew_key(*, webhook: Webhook, by: Actor | None) -> tuple[Webhook, str]:
    """Makes a new secret and returns it, this once; the old one signs nothing any more."""
    locked = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    require(by, "renew_key", locked)
    if locked.key_version >= MOST_KEY_VERSIONS:
        raise StateConflictError(_("该接口的密钥已更换过多次, 请新建一个接口。"), code="too_many")
    locked.key_version += 1
    locked.save(update_fields=["key_version"])
    return locked, secret_of(locked)


def webhook_test(*, webhook: Webhook, by: Actor | None) -> TrialResult:
    """Sends a signed test event now and returns what came of it; nothing is written, and no
    transaction waits for the other side."""
    require(by, "change", webhook)
    body = trial_body(webhook, at=clock.now())
    headers = headers_of(webhook, delivery=TRIAL_DELIVERY, body=body)
    try:
        answer = post_json(webhook.url, body=body, headers=headers)
    except WebhookCallError as failed:
        return TrialResult(status=None, error=failed.message)
    return TrialResult(status=answer.status, text=answer.text)


def _check_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(fields)
    if "tiers" in checked:
        checked["tiers"] = list(dict.fromkeys(checked["tiers"]))
    if "url" in checked:
        try:
            address_check(checked["url"])
        except WebhookCallError as failed:
            raise field_error("url", failed.message, failed.code) from failed
    return checked
