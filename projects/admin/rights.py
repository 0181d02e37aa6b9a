"""The permission table, asked the way the admin site asks."""

from typing import Any

from django.db.models import Model, Q
from django.http import HttpRequest

from projects.permissions import action_allowed, object_allowed, rows_allowed
from projects.permissions.table import TABLE


def may(request: HttpRequest, action: str, model: type[Model], instance: Any = None) -> bool:
    """Returns whether the person may do this to the row, or, without one, to any row at all.

    What stands in no table (tokens) is for administrators. The site asks the same question half a
    dozen times a page: each row is looked up once a request.
    """
    user: Any = request.user
    if user.is_superuser:
        return True
    if model._meta.label not in TABLE:
        return False
    if instance is None or instance.pk is None:
        return action_allowed(user, action, model._meta.label)
    known = request.__dict__.setdefault("_may", {})
    key = (action, model._meta.label, instance.pk)
    if key not in known:
        known[key] = object_allowed(user, action, instance)
    return known[key]


def may_add_below(request: HttpRequest, model: type[Model], link: str, parent: Model) -> bool:
    """Returns whether the person may add rows of the model that hang on this parent.

    A condition on the new row ("its project's lead department is mine") is asked of the parent
    ("its lead department is mine"). What cannot be told from the parent is left to the service.
    """
    if not may(request, "add", model):
        return False
    if request.user.is_superuser:
        return True
    condition = rows_allowed(request.user, "add", model._meta.label)
    if not condition:
        return True
    asked = _seen_from(condition, f"{link}__")
    return asked is None or type(parent)._base_manager.filter(asked, pk=parent.pk).exists()


def _seen_from(condition: Q, prefix: str) -> Q | None:
    seen = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        inner: Any
        if isinstance(child, Q):
            inner = _seen_from(child, prefix)
        elif child[0].startswith(prefix):
            inner = (child[0].removeprefix(prefix), child[1])
        else:
            inner = None
        if inner is None:
            return None
        seen.children.append(inner)
    return seen
