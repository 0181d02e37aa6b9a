"""The admin site as a clerk uses it: open a page, change a field, save."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests import factories

BACKEND = "projects.auth_backend.TableBackend"


def signed_in(user: Any) -> Client:
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend=BACKEND)
    return client


def administrator() -> Client:
    return signed_in(factories.AdministratorFactory())


def supervisor() -> Client:
    return signed_in(factories.MembershipFactory(role="supervisor").user)


def reporter_of(department: Any) -> Client:
    return signed_in(factories.MembershipFactory(role="reporter", department=department).user)


def list_url(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_url(model: Any) -> str:
    return f"{list_url(model)}add/"


def url(row: Any, page: str = "change") -> str:
    return f"{list_url(type(row))}{row.pk}/{page}/"


def shown(page: Any) -> dict[str, Any]:
    """Returns what the page's form would send if nothing were touched."""
    formsets = [each.formset for each in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    data = {
        form.add_prefix(bound.name): value
        for form in forms
        for bound in form
        if (value := bound.value()) is not None and value is not False
    }
    original = page.context["original"]
    if hasattr(original, "version"):
        data["row_version"] = original.version
    return data


def save(client: Client, address: str, **typed: Any) -> Any:
    """Opens the page, types, saves."""
    return client.post(address, shown(client.get(address)) | typed)


def errors(response: Any) -> str:
    """Returns all that the page complains about."""
    assert response.status_code == 200, "the page was saved"
    return " ".join(str(each) for each in response.context["errors"])


def field_names(page: Any) -> set[str]:
    """Returns the fields that can be typed into."""
    return set(page.context["adminform"].form.fields)
