"""Nobody overwrites a colleague: ``If-Match`` with the row's ``ETag``."""

from typing import Any

from rest_framework.request import Request

from portfolio.core.api.problems import PreconditionRequiredError, StaleRowError


def etag(row: dict[str, Any]) -> str:
    """Returns the ETag of a row: its version, which the database keeps."""
    return f'"{row["version"]}"'


def check_if_match(request: Request, *, version: int, current: Any) -> None:
    """Raises 428 without ``If-Match``, 412 with a stale one.

    ``current`` is called for the present row, which the 412 carries.
    """
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequiredError()
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    if "*" not in tags and f'"{version}"' not in tags:
        row = current()
        raise StaleRowError(row, etag(row))
