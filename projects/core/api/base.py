"""The viewset of every domain resource: writes go through services, under the permission table."""

from typing import Any

from django.db import models

from portfolio.core.api.views import ReadOnlyResource, Resource
from portfolio.core.errors import permission_error
from portfolio.core.history import past as as_of
from projects.core.rows import row_create, row_delete, row_update
from projects.permissions import may_act
from projects.permissions.access import access_of

_TABLE_ACTIONS = {
    "create": "add",
    "bulk": "add",
    "partial_update": "change",
    "bulk_change": "change",
    "destroy": "delete",
}


class VerbPermissionMixin(ReadOnlyResource):
    """Answers 403 to a verb that the person may use on no row, before the body is read."""

    def check_permissions(self, request: Any) -> None:
        super().check_permissions(request)
        if as_of.PARAMETER in request.query_params:
            access_of(request.user)  # read now: rights are today's, also over a past day's rows
        action = _TABLE_ACTIONS.get(getattr(self, "action", ""))
        label = self.queryset.model._meta.label
        if request.method.lower() not in self.http_method_names:
            return  # a verb that nobody may use is a 405, not a 403
        if action and not may_act(request.user, action, label):
            raise permission_error()


class DomainReadOnly(VerbPermissionMixin, ReadOnlyResource):
    pass


class DomainResource(VerbPermissionMixin, Resource):
    """Rows without a rule of their own are written by the services every row goes through."""

    def perform_create(self, fields: dict[str, Any]) -> models.Model:
        return row_create(model=self.queryset.model, by=self.request.user, fields=fields)

    def perform_update(self, instance: Any, changes: dict[str, Any]) -> None:
        row_update(instance=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: Any) -> None:
        row_delete(instance=instance, by=self.request.user)
