"""What lists of the workbench share: the filters that stand in the address."""

from typing import Any

from django import forms
from django.http import HttpRequest

from portfolio.pages.kit.forms import PageForm


def search_field(label: Any) -> forms.CharField:
    """Returns a filter by words."""
    return forms.CharField(
        label=label, required=False, max_length=100, widget=forms.TextInput({"type": "search"})
    )


def read_filters(
    request: HttpRequest, form: type[PageForm], usual: dict[str, str]
) -> tuple[PageForm, dict[str, Any]]:
    """Returns the bound filter form and its values, every field included.

    Without any filter in the address the ``usual`` ones apply. A wrong value is ignored.
    """
    nothing_asked = not request.GET.keys() & set(form.base_fields)
    bound = form({**request.GET.dict(), **(usual if nothing_asked else {})})
    bound.is_valid()
    return bound, {**dict.fromkeys(bound.fields, ""), **bound.cleaned_data}


def query_of(request: HttpRequest) -> str:
    """Returns what the address asks besides the page."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
