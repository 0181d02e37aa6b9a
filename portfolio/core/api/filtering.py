"""Filters, search and ordering; an unknown parameter is an error, not silence."""

from collections.abc import Collection, Iterable
from typing import Any, Protocol, runtime_checkable

import django_filters
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.expressions import OrderBy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from portfolio.core.history import past as as_of

SHARED_PARAMETERS = frozenset(
    {"page", "page_size", "q", "ordering", "fields", "expand", "format", as_of.PARAMETER}
)
MOST_ID_DIGITS = 18  # what surely fits the database's bigint; the addresses allow no more either


def refuse_unknown_parameters(request: Request, known: Collection[str]) -> None:
    """Raises 400 for a parameter of the address that means nothing here."""
    refuse_unknown(request.query_params, known)


def refuse_unknown(parameters: Iterable[str], known: Collection[str]) -> None:
    """Raises 400 for a parameter that means nothing."""
    for name in parameters:
        if name not in known:
            raise ValidationError(
                {name: _("未知的参数。可用: %(known)s。") % {"known": ", ".join(sorted(known))}},
                code="unknown_parameter",
            )


class CommaChoiceFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """``?stage=construction,commissioned``: any of the codes."""

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        known = ", ".join(code for code, _label in choices)
        message = format_lazy(gettext_lazy("没有“%(value)s”这个值。可用: {known}。"), known=known)
        kwargs.setdefault("error_messages", {"invalid_choice": message})
        super().__init__(*args, choices=choices, **kwargs)


class CommaNumberFilter(django_filters.BaseInFilter, django_filters.NumberFilter):
    """``?year=2024,2025``: any of the numbers."""


class CommaTextFilter(django_filters.BaseInFilter, django_filters.CharFilter):
    """``?code=a,b``: any of the texts."""


class CommaKeyFilter(django_filters.BaseInFilter, django_filters.CharFilter):
    """``?lead_department=3,housing``: any of the rows, by id or by code."""

    def __init__(self, *args: Any, code_field: str | None = None, **kwargs: Any) -> None:
        self.code_field = code_field
        super().__init__(*args, **kwargs)

    def filter(self, qs: models.QuerySet, value: list[str] | None) -> models.QuerySet:
        if not value:
            return qs
        digits = [v for v in value if v.isascii() and v.isdigit()]
        ids = [int(v) for v in digits if len(v) <= MOST_ID_DIGITS]
        codes = [v for v in value if v not in digits]
        found = models.Q(**{f"{self.field_name}__in": ids})
        return qs.filter(found | self._with_codes(qs, codes) if codes else found)

    def _with_codes(self, qs: models.QuerySet, codes: list[str]) -> models.Q:
        if not self.code_field:
            raise ValidationError(
                {self._parameter: _("“%(value)s”不是编号。") % {"value": codes[0]}}, code="invalid"
            )
        known = set(self._rows(qs).values_list(self.code_field, flat=True))
        unknown = [code for code in codes if code not in known]
        if unknown:
            raise ValidationError(
                {self._parameter: _("没有代码为“%(value)s”的记录。") % {"value": unknown[0]}},
                code="does_not_exist",
            )
        return models.Q(**{f"{self.field_name}__{self.code_field}__in": codes})

    @property
    def _parameter(self) -> str:
        """Returns what the client called it, which is not always the column's name."""
        return next(name for name, each in self.parent.filters.items() if each is self)

    def _rows(self, qs: models.QuerySet) -> models.QuerySet:
        model = qs.model
        for step in self.field_name.split("__"):
            model = model._meta.get_field(step).related_model
        return model._base_manager.all()


@runtime_checkable
class Searchable(Protocol):
    """Rows that can be found by what a person types."""

    def search(self, text: str) -> Any: ...


class StrictFilterBackend(DjangoFilterBackend):
    """Filters by the view's filterset, searches by ``q``, orders by ``ordering``."""

    def filter_queryset(self, request: Request, queryset: models.QuerySet, view: Any):
        self._refuse_unknown(request, view)
        given = request.query_params.keys() - SHARED_PARAMETERS
        if given:  # building a filterset costs as much as the query; most lists have none
            queryset = super().filter_queryset(request, queryset, view)
        text = request.query_params.get("q", "").strip()
        if text and isinstance(queryset, Searchable):
            queryset = queryset.search(text)
        return self._ordered(request, queryset, view)

    def _refuse_unknown(self, request: Request, view: Any) -> None:
        filterset_class = getattr(view, "filterset_class", None)
        known = set(filterset_class.base_filters) if filterset_class else set()
        known |= SHARED_PARAMETERS - self._unused(view)
        refuse_unknown_parameters(request, known)

    @staticmethod
    def _unused(view: Any) -> set[str]:
        unused = set()
        if not isinstance(view.queryset, Searchable):
            unused.add("q")
        if not getattr(view, "ordering_fields", ()):
            unused.add("ordering")
        if not getattr(view, "has_past", False):
            unused.add(as_of.PARAMETER)
        return unused

    @staticmethod
    def _ordered(request: Request, queryset: models.QuerySet, view: Any) -> models.QuerySet:
        given = [term for term in request.query_params.get("ordering", "").split(",") if term]
        allowed = view.ordering_fields if hasattr(view, "ordering_fields") else ()
        for term in given:
            if term.removeprefix("-") not in allowed:
                raise ValidationError(
                    {
                        "ordering": _("不能按“%(term)s”排序。可用: %(known)s。")
                        % {"term": term, "known": ", ".join(allowed)}
                    },
                    code="invalid",
                )
        if not given:
            return queryset
        terms = [_order_column(queryset.model, term) for term in given]
        return queryset.order_by(*terms, "id")  # a tie is broken the same way on every page


def _order_column(model: type[models.Model], term: str) -> OrderBy:
    """Names sort by their pinyin; empty values come last either way."""
    descending, name = term.startswith("-"), term.removeprefix("-")
    try:
        field = model._meta.get_field(name)
        if name == "name":
            model._meta.get_field("pinyin")
            name = "pinyin"
    except FieldDoesNotExist:
        field = None
    if field is not None and field.is_relation:
        name = f"{name}_id"
    column = models.F(name)
    return column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
