"""What lists that no filterset serves are asked for: several values with commas."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from portfolio.core.api.filtering import refuse_unknown_parameters
from projects.deadlines import kind_labels
from projects.people.models import Department

SHARED = ("page", "page_size", "format")
PAGE_PARAMETERS = (
    OpenApiParameter("page", int, description=gettext_lazy("第几页")),
    OpenApiParameter("page_size", int, description=gettext_lazy("每页条数, 最多 500")),
)


class QuerySerializer(serializers.Serializer):
    """The parameters of an address; one that means nothing here is an error, not silence."""

    @classmethod
    def asked_by(cls, request: Any) -> dict[str, Any]:
        """Returns what the address asks for, checked; raises 400."""
        query = cls(data=request.query_params.dict())
        refuse_unknown_parameters(request, {*query.fields, *SHARED})
        query.is_valid(raise_exception=True)
        return query.validated_data


def parse_codes(text: str, known: Collection[str]) -> list[str]:
    """Returns the codes; raises 400 naming the first that is not known."""
    codes = text.split(",")
    for code in codes:
        if code not in known:
            raise ValidationError(
                _("没有“%(value)s”这个值。") % {"value": code}, code="invalid_choice"
            )
    return codes


def parse_kinds(text: str) -> list[str]:
    return parse_codes(text, list(kind_labels()))


def parse_departments(text: str) -> list[int]:
    """Returns the ids of departments that are named by id or by code; one query."""
    departments = dict(Department.objects.order_by().values_list("code", "id"))
    ids = {str(pk): pk for pk in departments.values()}
    known = ids | departments
    return [known[code] for code in parse_codes(text, list(known))]
