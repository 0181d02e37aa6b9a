"""The permission table, asked the way the admin site asks."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from projects.permissions import Actor, may_act, may_act_below, may_act_on
from projects.permissions.table import TABLE


def may(request: HttpRequest, action: str, model: type[Model], instance: Any = None) -> bool:
    """Returns whether the person may do this to the row, or, without one, to any row at all.

    What stands in no table (tokens) is for administrators. The site asks the same question half a
    dozen times a page: each row is looked up once a request.
    """
    user: Actor = request.user
    if user.is_superuser:
        return True
    if model._meta.label not in TABLE:
        return False
    if instance is None or instance.pk is None:
        return may_act(user, action, model._meta.label)
    known = request.__dict__.setdefault("_may", {})
    key = (action, model._meta.label, instance.pk)
    if key not in known:
        known[key] = may_act_on(user, action, instance)
    return known[key]


def may_add_below(request: HttpRequest, model: type[Model], link: str, parent: Model) -> bool:
    """Returns whether the person may add rows of the model that hang on this parent."""
    if model._meta.label not in TABLE:
        return may(request, "add", model)
    return may_act_below(request.user, "add", model._meta.label, link, parent)
