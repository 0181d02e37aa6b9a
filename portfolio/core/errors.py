"""The errors that services raise. This file imports nothing of ours.

A wrong value is Django's ``ValidationError``, keyed by field. A missing right is
``PermissionDenied``. ``StateConflictError`` means that the row's present state does not allow the
action.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import BaseConstraint, F, Model, Q
from django.utils.translation import gettext as _


class StateConflictError(Exception):
    """The row's present state forbids this; the message says which state and what to do."""

    def __init__(self, message: str, *, code: str = "conflict") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


# Constraints that no model declares (triggers) → what they mean to a person.
_constraint_words: dict[str, Any] = {}


def register_constraint_message(name: str, message: Any) -> None:
    """Registers the message that people see when the database constraint of this name is broken."""
    _constraint_words[name] = message


def find_constraint_message(name: str) -> str | None:
    """Returns those words, in the reader's language."""
    return str(_constraint_words[name]) if name in _constraint_words else None


def no_such_row(model: type[Model], key: Any) -> str:
    """Returns what is said of a row that is referred to and not there."""
    what = model._meta.verbose_name
    return _("没有%(what)s“%(key)s”, 请核对名称或代码。") % {"what": what, "key": key}


def is_bare(constraint: BaseConstraint) -> bool:
    """Returns whether a constraint has no words of its own."""
    return constraint.violation_error_message == BaseConstraint.default_violation_error_message


def constraint_words(constraint: BaseConstraint, model: type[Model]) -> str:
    """Returns what a constraint says, or which fields it is about when it says nothing."""
    if not is_bare(constraint):
        return str(constraint.get_violation_error_message())
    named = {name.split("__")[0] for name in _fields_of(getattr(constraint, "condition", None))}
    named |= set(getattr(constraint, "fields", ()))
    labels = [str(f.verbose_name) for f in model._meta.concrete_fields if f.name in named]
    return _("“%(fields)s”的值或组合不符合规定, 请核对。") % {"fields": "、".join(labels)}


def _fields_of(condition: Any) -> Iterator[str]:
    if isinstance(condition, Q):
        for child in condition.children:
            yield from _fields_of(child)
    elif isinstance(condition, tuple):
        lookup, value = condition
        yield lookup
        if isinstance(value, F):
            yield value.name  # type: ignore[attr-defined]


def field_error(field: str, message: str, code: str = "invalid") -> ValidationError:
    """Returns the error of one field."""
    return ValidationError({field: ValidationError(message, code=code)})


def permission_error(message: str = "") -> PermissionDenied:
    return PermissionDenied(message or _("您没有执行此操作的权限。"))


def explain_csrf_failure() -> str:
    """Returns the message for a request without a valid CSRF token, with the remedy."""
    return _("缺少或不符的 CSRF 令牌: 请刷新页面后重试; 脚本请改用个人令牌。")


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row of many: which (from 0), in which field, and what to do."""

    row: int
    field: str
    message: str
    code: str = "invalid"
    value: Any = None
    kind: str = "invalid"  # or "forbidden", "conflict"


class BatchRefusedError(Exception):
    """Rows of a batch are wrong, so none of the batch was written."""

    def __init__(self, errors: list[RowFault]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = sorted(errors, key=lambda error: (error.row, error.field))
        kinds = {error.kind for error in errors}
        self.kind = kinds.pop() if len(kinds) == 1 else "invalid"
