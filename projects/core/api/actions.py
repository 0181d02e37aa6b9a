"""Actions that are no CRUD: a POST to a sub-resource, which calls one service.

They refuse in the order in which everything else does: 404 for a row that the person may not see,
403 for a verb that is not theirs, 400 for a wrong body, 409 for what the state forbids.
"""

from typing import Any

from django.db.models import Model
from django.http import Http404
from rest_framework import serializers
from rest_framework.response import Response

from portfolio.core.api.serializers import StrictBody
from portfolio.core.api.views import ReadOnlyResource
from portfolio.core.errors import permission_error
from projects.permissions import may_act_on


class ActionSerializer(StrictBody):
    """The body of an action; what nobody declared is an error, not silence."""


class NothingSerializer(ActionSerializer):
    """The body of an action that needs nothing but a yes."""


class ActionsMixin(ReadOnlyResource):
    """What the actions of a viewset share."""

    def subject(self, permission: str | None = None) -> Any:
        """Returns the row that the address names; raises 404, or 403 without the permission."""
        instance: Model | None = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if instance is None:
            raise Http404
        if permission and not may_act_on(self.request.user, permission, instance):
            raise permission_error()
        return instance

    def body(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """Returns what was sent, checked; raises 400."""
        given = serializer_class(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def answer(self) -> Response:
        """Returns the row as it stands now, with its ETag."""
        row = self.row(self.kwargs["pk"])
        return Response(row, headers=self._headers(row))
