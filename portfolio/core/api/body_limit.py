"""A request's body has a limit, and the limit is named."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portfolio.core.api.problems import problem_response


class BodyLimitMiddleware:
    """Refuses a larger body before a byte of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.path.startswith("/api/") and (
            not length.isdigit() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        ):
            return problem_response(request, "too_large")
        return self.get_response(request)
