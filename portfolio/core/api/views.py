"""The one way in which a resource is listed, read, written, deleted and looked back on.

A viewset declares a queryset, serializers, filters; it writes by calling services in
``perform_create``, ``perform_update``, ``perform_destroy``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from django.db import models, transaction
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from portfolio.core import clock
from portfolio.core.api import tables
from portfolio.core.api.concurrency import check_if_match, etag
from portfolio.core.api.filtering import refuse_unknown_parameters
from portfolio.core.api.idempotency import answer_once, refuse_idempotency_key
from portfolio.core.api.pagination import Pages
from portfolio.core.api.rows import Row, RowPlan, first_row, row_plan
from portfolio.core.api.serializers import ReadSerializer
from portfolio.core.history import past as as_of
from portfolio.core.history.events import history_page

_SHAPE = frozenset({"fields", "expand", "format"})
# What an address may be asked, by action; a list's parameters are its filter backend's to check.
_PARAMETERS: dict[str, frozenset[str]] = {
    "retrieve": _SHAPE,
    "create": _SHAPE,
    "partial_update": _SHAPE,
    "bulk": frozenset({"fields", "format"}),
    "bulk_change": frozenset({"fields", "format"}),
    "history": frozenset({"page", "page_size", "format"}),
}


class PermittedRows(Protocol):
    """What each resource's queryset can do; how, is the business of those above."""

    def visible_to(self, user: Any) -> models.QuerySet: ...


class ReadOnlyResource(GenericViewSet):
    """Lists and reads rows that the person may see."""

    queryset: models.QuerySet
    serializer_class: type[ReadSerializer]
    post: Callable[..., Response]  # where something is added
    lookup_value_regex = r"\d{1,18}"
    ordering_fields: tuple[str, ...] = ()
    # Columns that a filter or the shape needs: a queryset method, called on the visible rows.
    annotate: str | None = None
    # A POST takes an Idempotency-Key; not where an answer bears a secret, for it would be kept.
    answers_once = True
    # What an action's address may be asked; @action(parameters=…) says more.
    parameters: frozenset[str] = frozenset({"format"})

    @property
    def has_past(self) -> bool:
        """Whether this address can be asked with ``?as_of=``."""
        reads = self.request.method in SAFE_METHODS and self.action != "history"
        return reads and as_of.has_history(self.queryset.model)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self._reading:  # what initial() enters ends with the request
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action and self.action != "list":
            known = _PARAMETERS.get(self.action, self.parameters)
            if self.has_past:
                known |= {as_of.PARAMETER}
            refuse_unknown_parameters(request, known)
        day = request.query_params.get(as_of.PARAMETER)
        if day is not None and self.action and self.has_past:
            self._reading.enter_context(as_of.read_as_of(as_of.parse_day(day)))
        if request.method == "POST" and hasattr(self, "post"):
            if not self.answers_once:
                refuse_idempotency_key(request)
            self.post = answer_once(request, self.post)

    def get_queryset(self) -> models.QuerySet:
        rows = cast(PermittedRows, self.queryset.all()).visible_to(self.request.user)
        return getattr(rows, self.annotate)() if self.annotate else rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        if request.accepted_renderer.format in tables.FORMATS:
            return self._table(queryset)
        plan = self.plan()
        page = self.paginate_queryset(_RowSequence(queryset, plan))
        return self.get_paginated_response(page)

    def get_renderers(self) -> Any:
        """Offers lists as sheets too."""
        more = [tables.CsvRenderer(), tables.XlsxRenderer()] if self.action == "list" else []
        return [*super().get_renderers(), *more]

    def _table(self, queryset: models.QuerySet) -> Response:
        """Answers the whole list, not a page of it, as a sheet."""
        table = tables.build_table(self._listed(queryset))
        kind = self.request.accepted_renderer.format
        name = f"{self.basename}-{clock.today()}.{kind}"
        return Response(table, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    def _listed(self, queryset: models.QuerySet) -> tables.ListQuery:
        shape = self.serializer_class
        fields = self._names("fields", lambda: set(shape().fields))
        return tables.ListQuery(shape, self.shaped(row_plan(shape, fields)), queryset)

    @contextmanager
    def opened(self, request: HttpRequest, user: Any) -> Iterator[tables.ListQuery]:
        """Opens the list that a request of the user asks for, to be read outside of an answer:
        the same checks, filters and rights, of the same day. Raises what the answer would say."""
        self.args, self.kwargs = (), {}
        self.action_map = {"get": "list"}
        self.request = self.initialize_request(request)
        self.request.user = user
        with ExitStack() as self._reading:
            self.initial(self.request)
            yield self._listed(self.filter_queryset(self.get_queryset()))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.row(self.kwargs["pk"])
        return Response(row, headers=self._headers(row))

    @action(detail=True, url_path="history")
    def history(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who changed this row, when, from what to what."""
        if not self.get_queryset().filter(pk=self.kwargs["pk"]).exists():
            raise Http404
        pages = Pages()
        page = pages.get_page_number(request, None)
        size = pages.get_page_size(request)
        model = self.get_queryset().model
        body = history_page(model, self.kwargs["pk"], page=page, page_size=size)
        return Response({"count": body["count"], **self._links(page, size, body["count"]), **body})

    def plan(self) -> RowPlan:
        """Returns how rows are read, by ``?fields=`` and ``?expand=``."""
        shape = self.serializer_class
        # Building a serializer's fields costs milliseconds: only a request that names some pays.
        fields = self._names("fields", lambda: set(shape().fields))
        expand = self._names("expand", lambda: set(shape.expandable)) or frozenset()
        return self.shaped(row_plan(shape, fields and fields | {"id"}, expand))

    def shaped(self, plan: RowPlan) -> RowPlan:
        """Returns the plan as this resource reads by it: some rows bear what no column holds."""
        return plan

    def row(self, pk: Any) -> Row:
        """Returns one visible row as it is answered; raises 404."""
        found = first_row(self.plan(), self.get_queryset().filter(pk=pk))
        if found is None:
            raise Http404
        return found

    def _names(self, parameter: str, ask: Callable[[], set[str]]) -> frozenset[str] | None:
        given = self.request.query_params.get(parameter)
        if not given:
            return None
        names, known = frozenset(given.split(",")), ask()
        for name in sorted(names - known):
            raise ValidationError(
                {
                    parameter: _("没有字段“%(name)s”。可用: %(known)s。")
                    % {"name": name, "known": ", ".join(sorted(known))}
                },
                code="unknown_field",
            )
        return names

    def _headers(self, row: Row) -> dict[str, str]:
        """Returns the row's ETag; what was true once is nothing to build a change on."""
        past = as_of.PARAMETER in self.request.query_params
        return {"ETag": etag(row)} if "version" in row and not past else {}

    def _links(self, page: int, size: int, count: int) -> dict[str, str | None]:
        def link(number: int) -> str:
            query = self.request.query_params.copy()
            query["page"] = str(number)
            return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

        return {
            "next": link(page + 1) if page * size < count else None,
            "previous": link(page - 1) if page > 1 else None,
        }


class Resource(ReadOnlyResource):
    """A resource that is also created, changed and deleted."""

    write_serializer_class: Any = None

    def get_serializer_class(self) -> Any:
        writing = self.action in ("create", "partial_update")
        return self.write_serializer_class if writing else self.serializer_class

    def perform_create(self, fields: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    def perform_update(self, instance: Any, changes: dict[str, Any]) -> None:
        raise NotImplementedError

    def perform_destroy(self, instance: Any) -> None:
        raise NotImplementedError

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        instance = self.perform_create(serializer.validated_data)
        row = self.row(instance.pk)
        location = f"{request.path.rstrip('/')}/{instance.pk}/"
        headers = {**self._headers(row), "Location": location}
        return Response(row, status=status.HTTP_201_CREATED, headers=headers)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            instance = self._locked()
            self._check_version(instance)
            serializer = self.get_serializer(instance, data=request.data, partial=True)
            serializer.initial_data = self._without_unchanged(request.data, serializer)
            serializer.is_valid(raise_exception=True)
            self.perform_update(instance, serializer.validated_data)
        row = self.row(self.kwargs["pk"])
        return Response(row, headers=self._headers(row))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            instance = self._locked()
            if "If-Match" in request.headers:
                self._check_version(instance)
            self.perform_destroy(instance)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _locked(self) -> Any:
        visible = self.get_queryset().filter(pk=self.kwargs["pk"])
        rows = visible.model._base_manager.select_for_update(no_key=True, of=("self",))
        instance = rows.filter(pk__in=visible.order_by().values("pk")).first()
        if instance is None:
            raise Http404
        return instance

    def _check_version(self, instance: Any) -> None:
        check_if_match(
            self.request, version=instance.version, current=lambda: self.row(instance.pk)
        )

    def _without_unchanged(self, data: Any, serializer: Any) -> Any:
        """Drops what a client sends back as it read it: what it could not write anyway, and rows
        that are referred to already, which nobody need look up."""
        if not isinstance(data, dict):
            return data
        data = {name: value for name, value in data.items() if not serializer.refers(name, value)}
        unwritable = data.keys() - serializer.fields.keys()
        if not unwritable:
            return data
        plan = self.shaped(row_plan(self.serializer_class))
        row = first_row(plan, self.get_queryset().filter(pk=self.kwargs["pk"])) or {}
        same = {name for name in unwritable & row.keys() if data[name] == _plain(row[name])}
        return {name: value for name, value in data.items() if name not in same}


def _plain(value: Any) -> Any:
    """Returns the value as JSON would carry it, so that what was read can be compared."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)


class _RowSequence(Sequence[Row]):
    """What a paginator slices and counts: a queryset that gives rows by a plan."""

    def __init__(self, queryset: models.QuerySet, plan: RowPlan) -> None:
        self.queryset = queryset
        self.plan = plan
        self.ordered = queryset.ordered

    def __len__(self) -> int:
        return self.queryset.count()

    def __getitem__(self, part: Any) -> Any:
        return self.plan.rows(self.queryset[part])
