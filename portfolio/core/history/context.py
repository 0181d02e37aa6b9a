"""Tells the history who changed a row, through which door, in which request."""

from typing import Any

from django.http import HttpRequest
from pghistory.middleware import HistoryMiddleware

from portfolio.core.request_id import request_id


class HistoryContextMiddleware(HistoryMiddleware):
    """Adds door and request id to pghistory's user and path.

    Reading requests write nothing that history is kept of, so they carry no context.
    """

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        first = request.path.split("/", 2)[1]
        door = first if first in ("admin", "api") else "page"
        return super().get_context(request) | {"door": door, "request_id": request_id.get()}
