"""The same POST twice makes one row: ``Idempotency-Key``.

The key is entered in the transaction that also does the work, so of two that arrive at once the
second waits for the first and then gets its answer. A request that was refused has written nothing
and leaves no key: it may be mended and sent again.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core import clock
from portfolio.core.api.models import AnsweredRequest
from portfolio.core.api.renderers import dump
from portfolio.core.errors import StateConflictError

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255
RETENTION = dt.timedelta(days=7)
_HEADERS = ("ETag", "Location")


def answer_once(request: Request, handler: Callable[..., Response]) -> Callable[..., Response]:
    """Returns the handler, which for a key that it has answered gives that answer again."""
    key = request.headers.get(HEADER)
    if key is None:
        return handler
    if not key.isprintable() or not 1 <= len(key) <= MAX_KEY_LENGTH:
        message = _("Idempotency-Key 应为 1 到 %(most)d 个字符。") % {"most": MAX_KEY_LENGTH}
        raise ValidationError({HEADER: message}, code="invalid")

    def once(request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            entered = _enter_key(request, key)
            if entered is None:
                return _replay_answer(request, key)
            response = handler(request, *args, **kwargs)
            _store_answer(entered, response)
            return response

    return once


def refuse_idempotency_key(request: Request) -> None:
    """Raises 400 if an ``Idempotency-Key`` is sent. The answer contains a secret that is shown
    once, so we do not store the answer and could not repeat it."""
    if HEADER in request.headers:
        message = _("此地址的应答含只显示一次的密钥, 不会留存, 因此不接受 Idempotency-Key。")
        raise ValidationError({HEADER: message}, code="not_kept")


def _enter_key(request: Request, key: str) -> int | None:
    """Enters the key; waits for whoever is just doing the same, and then returns ``None``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portfolio_answeredrequest"
            " (user_id, path, key, body_digest, headers, asked_at)"
            " VALUES (%s, %s, %s, %s, '{}', %s)"
            " ON CONFLICT (user_id, path, key) DO NOTHING RETURNING id",
            [request.user.pk, request.path[:500], key, _digest(request), clock.now()],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    old = AnsweredRequest.objects.filter(user=request.user.pk, asked_at__lt=clock.now() - RETENTION)
    old.delete()
    return int(row[0])


def _digest(request: Request) -> str:
    """Returns what tells one body from another; the parts of a form, not its random borders."""
    if request.content_type.startswith("multipart/"):
        told = hashlib.sha256(repr(sorted(request.POST.lists())).encode())
        for name, file in sorted(request.FILES.items()):
            told.update(name.encode())
            told.update(file.read())
            file.seek(0)
        return told.hexdigest()
    return hashlib.sha256(request.body).hexdigest()


def _replay_answer(request: Request, key: str) -> Response:
    first = AnsweredRequest.objects.get(user=request.user.pk, path=request.path[:500], key=key)
    if first.body_digest != _digest(request):
        raise StateConflictError(
            _("这个 Idempotency-Key 已用于内容不同的请求; 新的请求请换一个键。"),
            code="key_reused",
        )
    body = orjson.loads(bytes(first.body)) if first.body else None
    headers = {**first.headers, "Idempotency-Replayed": "true"}
    return Response(body, status=first.status, headers=headers)


def _store_answer(entered: int, response: Response) -> None:
    AnsweredRequest.objects.filter(pk=entered).update(
        status=response.status_code,
        body=None if response.data is None else dump(response.data),
        headers={name: response.headers[name] for name in _HEADERS if name in response.headers},
    )
