"""The page behind a mail's 确认收到: shows what the mail told, and takes 收到 for it.

Nobody has to sign in: the address is signed for one mail and one recipient, and whoever holds it
holds the mail. Mail scanners follow links, so opening the page (GET, HEAD) keeps nothing; only the
button's POST does.

The form has no CSRF token. CSRF makes a browser use a right that lies in its cookies; here no
cookie is asked, and who can forge the request knows the signature and could as well press the
button. A token would only shut out those whose mail program opens pages without cookies, and
browsers that name no origin, as this page asks them to (``no-referrer``).
"""

from typing import Any

import pghistory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.outbox import wording
from notifications.outbox.acknowledge import message_acknowledge
from notifications.outbox.mail_kinds import find_mail_kind
from notifications.outbox.models import Message, ReminderState
from notifications.outbox.signed_links import LINK_LASTS, is_acknowledge_signature
from portfolio.core import clock

MOST_SHOWN = 200
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, number: str, signature: str) -> HttpResponse:
    """Shows the page; with POST acknowledges the mail first, once."""
    message = _message(int(number), signature)
    if message is None:
        return _page(request, "acknowledge_unknown", {}, status=404)
    if request.method == "POST":
        # The signature in the address stays out of the history.
        with pghistory.context(door="mail", url="/acknowledge/"):
            message = message_acknowledge(message=message, by=None)
    reminders = sorted(
        message.reminders.exclude(state=ReminderState.WITHDRAWN),
        key=lambda each: (wording.TIERS.index(each.tier), each.due_on, each.pk),
    )
    kind = find_mail_kind(message)
    context = {
        "message": message,
        "title": kind.title(message) if kind else "",
        "reminders": reminders[:MOST_SHOWN],
        "rest": len(reminders[MOST_SHOWN:]),
    }
    return _page(request, "acknowledge", context)


def _message(number: int, signature: str) -> Message | None:
    """Returns the mail if the address was made for it and it may have arrived, not too long ago."""
    message = Message.objects.may_have_arrived().filter(pk=number).first()
    if message is None or not is_acknowledge_signature(signature, number, message.recipient):
        return None
    return message if clock.today() <= message.day + LINK_LASTS else None


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    page = render(request, f"notifications/{template}.html", context, status=status)
    for name, value in HEADERS.items():
        page[name] = value
    return page
