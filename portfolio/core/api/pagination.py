"""Pages with a total, and a limit that is named when it is passed."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response


class Pages(PageNumberPagination):
    """``?page=2&page_size=50``, at most 500 a page: ``{count, next, previous, results}``."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        return self._whole_number(request, "page_size", self.page_size, self.max_page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        return self._whole_number(request, "page", 1, 2**31 - 1)

    @staticmethod
    def _whole_number(request: Request, name: str, default: int, most: int) -> int:
        given = request.query_params.get(name)
        if given is None:
            return default
        # Ten digits at most: reading a number of a million digits would take minutes.
        whole = given.isascii() and given.isdigit() and len(given) <= 10
        if not (whole and 1 <= int(given) <= most):
            raise ValidationError(
                {name: _("应为 1 到 %(most)d 的整数。") % {"most": most}}, code="out_of_range"
            )
        return int(given)


def short_list(rows: list, *, most: int, count: Callable[[], int]) -> Response:
    """Answers a list that has no pages; ``X-Total-Count`` says how many there are, also beyond
    the ``most`` that are answered."""
    total = len(rows) if len(rows) < most else count()
    return Response(rows, headers={"X-Total-Count": str(total)})
