"""How a service's refusal comes back to the form that asked for it.

A service runs inside the page's transaction. When it refuses, the transaction is rolled back and
the page is made once more with the refusal in the form that caused it: nothing is saved, nothing
typed is lost, and the words stand beside the field.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, InternalError, models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.forms import PaginationInlineFormSet

from portfolio.core.api.problems import constraint_message
from portfolio.core.errors import StateConflictError
from portfolio.core.history.events import history_page


class RefusedFormError(Exception):
    """Carries what a service refused with, and the prefix of the form that asked."""

    def __init__(self, error: ValidationError, prefix: str | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.prefix = prefix

    @property
    def words(self) -> str:
        return " ".join(self.error.messages)


@contextmanager
def catch_refusal(form: forms.BaseForm | None = None) -> Iterator[None]:
    """Turns what services and the database refuse with into a ``RefusedFormError`` of this form."""
    try:
        yield
    except (
        ValidationError,
        PermissionDenied,
        StateConflictError,
        IntegrityError,
        DataError,
        InternalError,
    ) as error:
        raise RefusedFormError(
            _as_validation_error(error), form.prefix if form else None
        ) from error


def _as_validation_error(error: Exception) -> ValidationError:
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, StateConflictError):
        return ValidationError(error.message, code=error.code)
    if isinstance(error, PermissionDenied):
        return ValidationError(str(error) or _("您没有执行此操作的权限。"), code="forbidden")
    if isinstance(error, IntegrityError):
        return ValidationError(constraint_message(error), code="constraint")
    if isinstance(error, DataError):
        return ValidationError(_("有数值超出数据库可保存的范围。"), code="out_of_range")
    return ValidationError(_("该记录只增不改, 不能修改或删除。"), code="append_only")


def say_refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Puts the refusal into the form: beside the fields that it has, above it for all others."""
    by_field = (
        error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    )
    for name, errors in by_field.items():
        for each in errors:
            if name in form.fields:
                form.add_error(name, each)
            else:
                form.add_error(None, _with_label(form, name, each))


def _with_label(form: forms.BaseForm, name: str, error: ValidationError) -> ValidationError:
    text = "".join(str(message) for message in error.messages)
    if name == NON_FIELD_ERRORS or not isinstance(form, forms.ModelForm):
        return ValidationError(text, code=error.code)
    fields = {field.name: field for field in form._meta.model._meta.get_fields()}
    label = getattr(fields.get(name), "verbose_name", None)
    return ValidationError(f"{label}: {text}" if label else text, code=error.code)


class ServiceForm(forms.ModelForm):
    """A form of one row: says what was refused, and does not overwrite a colleague.

    The page carries the row's version; a page opened before somebody else's change would
    otherwise write the old values of all its fields back.
    """

    request: HttpRequest | None = None  # set on the class that the admin makes for a request

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        opened = self.data.get("row_version") if self.prefix is None else None
        version = getattr(self.instance, "version", None)
        if opened and self.instance.pk and version is not None and opened != str(version):
            raise ValidationError(_stale(self.instance), code="stale")
        return cleaned

    def validate_unique(self) -> None:
        """Leaves it to the service, which asks the whole row, not only the form's fields."""

    def _post_clean(self) -> None:
        # Constraints too are the service's: its own rule says it better, and says it first.
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()  # type: ignore[misc]
        del self.instance.validate_constraints
        refusal: RefusedFormError | None = getattr(self.request, "_refusal", None)
        if refusal is not None and refusal.prefix == self.prefix:
            say_refusal(self, refusal.error)


class ServiceFormSet(PaginationInlineFormSet):
    """Lines of a page; what is doubled among them the service refuses line by line."""

    def validate_unique(self) -> None:
        pass


def _stale(instance: models.Model) -> str:
    """Names who has changed the row since, and what."""
    newest = history_page(type(instance), instance.pk, page=1, page_size=1)["results"]
    who = newest[0]["user_name"] if newest else None
    fields = newest[0]["changes"] if newest else ()
    labels = "、".join(
        str(getattr(instance._meta.get_field(name), "verbose_name", name)) for name in fields
    )
    return _(
        "您打开本页之后, %(who)s已修改了这条记录 (%(fields)s)。为免覆盖他人的修改,"
        " 没有保存; 请重新打开本页后再改。"
    ) % {"who": who or _("他人"), "fields": labels or _("关联内容")}
