"""Compresses pages and the scripts that they load."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Their answers have strong ETags, which clients send back, and hold secrets besides what an
# attacker could have put there: these are sent as they are.
LEFT_ALONE = ("/api/", "/admin/")


class PagesGZipMiddleware(GZipMiddleware):
    """Compresses everything but the API's and the admin site's answers, and files, which show
    how far they are by their length."""

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        is_file = response.get("Content-Disposition", "").startswith("attachment")
        if is_file or request.path.startswith(LEFT_ALONE):
            return response
        return super().process_response(request, response)
