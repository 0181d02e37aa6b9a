"""Forms of pages: they check shapes; the services' refusals stand beside the fields."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext as _

from portfolio.core.errors import StateConflictError


class PageRenderer(DjangoTemplates):
    """Renders a field with its label, help and errors, each bound to it for screen readers."""

    form_template_name = "pages/form.html"
    field_template_name = "pages/field.html"

    def get_template(self, template_name: str) -> Any:
        from django.template.loader import get_template

        if template_name.startswith("pages/"):
            return get_template(template_name)
        return super().get_template(template_name)


class PageForm(forms.Form):
    """A form of a page."""

    default_renderer = PageRenderer
    use_required_attribute = True
    error_css_class = "wrong"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def carried_out(self, call: Callable[..., Any], **given: Any) -> bool:
        """Calls the service; returns False when it refuses, with its words beside the fields."""
        try:
            call(**given)
        except ValidationError as refusal:
            self._refused(refusal)
            return False
        except StateConflictError as refusal:
            self.add_error(None, refusal.message)
            return False
        return True

    def _refused(self, refusal: ValidationError) -> None:
        if not hasattr(refusal, "error_dict"):
            self.add_error(None, refusal)
            return
        for name, errors in refusal.error_dict.items():
            known = name in self.fields and name != NON_FIELD_ERRORS
            self.add_error(name if known else None, errors)


class VersionedForm(PageForm):
    """A form over a row that somebody else may have changed meanwhile."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def check_version(self, row: Model) -> None:
        """Raises ``StateConflictError`` unless the (locked) row is as it was shown."""
        if self.cleaned_data["version"] != row.version:  # type: ignore[attr-defined]
            raise StateConflictError(
                _("这一条刚被他人修改过。下面显示的是最新内容, 请核对后重新填写。"), code="stale"
            )


class DateInput(forms.DateInput):
    """The browser's own choice of a day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")
