"""What services refuse with; a shared leaf.

Wrong values are Django's ``ValidationError``, keyed by field; what a person may not do is
``PermissionDenied``; what the present state forbids is below.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _


class StateConflict(Exception):
    """The row's present state forbids this; the message says which state and what to do."""

    def __init__(self, message: str, *, code: str = "conflict") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


# Constraints that no model declares (triggers) → what they mean to a person.
_constraint_words: dict[str, Any] = {}


def constraint_means(name: str, message: Any) -> None:
    """Says in a person's words what the database's constraint of this name refuses."""
    _constraint_words[name] = message


def constraint_meaning(name: str) -> str | None:
    """Returns those words, in the reader's language."""
    return str(_constraint_words[name]) if name in _constraint_words else None


def wrong(field: str, message: str, code: str = "invalid") -> ValidationError:
    """Returns the error of one field."""
    return ValidationError({field: ValidationError(message, code=code)})


def not_allowed(message: str = "") -> PermissionDenied:
    return PermissionDenied(message or _("您没有执行此操作的权限。"))


def csrf_words() -> str:
    """Returns what a browser is told whose request lacks the CSRF token, and what to do."""
    return _("缺少或不符的 CSRF 令牌: 请刷新页面后重试; 脚本请改用个人令牌。")


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row of many: which (from 0), in which field, and what to do."""

    row: int
    field: str
    message: str
    code: str = "invalid"
    value: Any = None
    kind: str = "invalid"  # or "forbidden", "conflict"


class RowErrors(Exception):
    """Rows of a batch are wrong, so none of the batch was written."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = sorted(errors, key=lambda error: (error.row, error.field))
        kinds = {error.kind for error in errors}
        self.kind = kinds.pop() if len(kinds) == 1 else "invalid"
