"""Says in words why an address is not answered: at once, later by a worker, to somebody else."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail

LONGEST_REASON = 500


def iter_errors(detail: Any) -> Iterator[ErrorDetail]:
    """Yields what is wrong, each error with the name of its parameter, if it is one's."""
    named = detail if isinstance(detail, dict) else {"": detail}
    for name, errors in named.items():
        for error in errors if isinstance(errors, list) else [errors]:
            text = _("参数 %(name)s: %(error)s") % {"name": name, "error": error} if name else error
            yield ErrorDetail(text, code=getattr(error, "code", "invalid"))


def describe_refusal(error: Exception) -> str:
    """Returns the refusal as one line, as long as it is kept."""
    if isinstance(error, ValidationError):
        words = error.messages
    else:
        words = [str(each) for each in iter_errors(getattr(error, "detail", str(error)))]
    return "；".join(words)[:LONGEST_REASON] or type(error).__name__
