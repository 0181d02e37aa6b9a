"""Django's permission questions, answered from the permission table.

The admin site asks ``user.has_perm("projects.change_project")``; the answer comes from the same
table as the API's, so that there is one place in which rights are given.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from projects.permissions import may_act, may_act_on
from projects.permissions.access import access_of
from projects.permissions.table import TABLE


class TableBackend(ModelBackend):
    """Signs in by password; gives rights by the table."""

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        if not user_obj.is_active or user_obj.is_anonymous:
            return False
        app, _, codename = perm.partition(".")
        action, _, model = codename.partition("_")
        try:
            label = apps.get_model(app, model)._meta.label
        except LookupError:
            return False
        if label not in TABLE:
            return False
        if obj is not None and obj.pk is not None:
            return may_act_on(user_obj, action, obj)
        return may_act(user_obj, action, label)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not user_obj.is_active or user_obj.is_anonymous:
            return False
        return user_obj.is_superuser or bool(access_of(user_obj).departments)
