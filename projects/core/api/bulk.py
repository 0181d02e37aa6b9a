"""``POST`` and ``PATCH <resource>/bulk``: up to 1,000 rows, all or nothing, errors by row."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.fields import SkipField
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.rows import Row
from portfolio.core.api.serializers import StrictBody
from portfolio.core.api.views import Resource
from portfolio.core.errors import RowFault
from projects.core.bulk import Kind, bulk_create, bulk_update

MOST_ROWS = 1000
_RELATIONS = (serializers.RelatedField, serializers.ManyRelatedField)
_FIELDS = OpenApiParameter("fields", str, description=gettext_lazy("只要这些字段, 逗号分隔"))


class TooManyRowsError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


def read_rows(
    data: Any, shape: StrictBody, *, creating: bool
) -> tuple[list[dict[str, Any]], list[RowFault]]:
    """Returns the sent rows as values by field, and what is wrong with their shape.

    Relations stay as they were sent, an id or a code: the service looks all of them up at once.
    """
    if not isinstance(data, list) or not data:
        raise ValidationError({"": _("应为 1 到 %(most)d 行的数组。") % {"most": MOST_ROWS}})
    if len(data) > MOST_ROWS:
        raise TooManyRowsError(
            _("一次最多 %(most)d 行, 收到 %(count)d 行; 请分批提交。")
            % {"most": MOST_ROWS, "count": len(data)}
        )
    reader = RowReader(shape, creating=creating)
    rows = [reader.read(number, row) for number, row in enumerate(data)]
    return rows, reader.errors


class RowReader:
    """Reads rows by a write serializer's fields, which are made once and not once a row."""

    def __init__(self, shape: StrictBody, *, creating: bool) -> None:
        self.shape = shape
        self.creating = creating
        self.fields = {n: f for n, f in shape.fields.items() if not f.read_only}
        self.errors: list[RowFault] = []

    def wrong(self, number: int, field: str, detail: ErrorDetail, value: Any) -> None:
        shown = value if isinstance(value, str | int | float | bool) else None
        self.errors.append(RowFault(number, field, str(detail), detail.code or "invalid", shown))

    def read(self, number: int, row: Any) -> dict[str, Any]:
        if not isinstance(row, dict):
            self.wrong(number, "", ErrorDetail(_("应为 JSON 对象。"), "invalid"), row)
            return {}
        found: dict[str, Any] = {}
        for name, value in row.items():
            if name in self.fields:
                self._read_value(number, name, value, found)
            elif not self.creating and name in ("id", "version"):
                self._read_key(number, name, value, found)
            else:
                self.wrong(number, name, self.shape.refusal_of(name), value)
        return found

    def _read_key(self, number: int, name: str, value: Any, found: dict) -> None:
        if type(value) is int and 0 < value < 10**18:
            found[name] = value
        else:
            self.wrong(number, name, ErrorDetail(_("应为正整数。"), "invalid"), value)

    def _read_value(self, number: int, name: str, value: Any, found: dict) -> None:
        field = self.fields[name]
        try:
            if isinstance(field, _RELATIONS):
                found[name] = _key_or_keys(field, value)
                return
            read = field.run_validation(value)
            check = getattr(self.shape, f"validate_{name}", None)
            found[name] = check(read) if check else read
        except SkipField:
            return
        except ValidationError as error:
            details: Any = error.detail
            for detail in details if isinstance(details, list) else [details]:
                self.wrong(number, name, detail, value)
        except DjangoValidationError as error:
            for each in error.error_list:
                text = ErrorDetail("".join(each.messages), each.code or "invalid")
                self.wrong(number, name, text, value)


def _key_or_keys(field: Any, value: Any) -> Any:
    if isinstance(field, serializers.ManyRelatedField):
        if not isinstance(value, list):
            field.fail("not_a_list", input_type=type(value).__name__)
        return [_key(field.child_relation, each) for each in value]
    if value is None and field.allow_null:
        return None
    return _key(field, value)


def _key(field: Any, value: Any) -> int | str:
    if type(value) is int or (isinstance(value, str) and value.isprintable() and value):
        return value
    if value is None:
        field.fail("null")
    field.fail("incorrect_type", data_type=type(value).__name__)
    raise AssertionError


_ANSWER = inline_serializer(
    "BulkAnswer",
    {
        "count": serializers.IntegerField(),
        "results": serializers.ListField(child=serializers.DictField()),
    },
)


@cache
def _change_shape(write: type[serializers.ModelSerializer]) -> type[serializers.Serializer]:
    """Returns the write shape with the row's key; every other field may be left out."""

    class Change(write):  # type: ignore[valid-type,misc]
        id = serializers.IntegerField()
        version = serializers.IntegerField(help_text=gettext_lazy("读取时的版本"))

        class Meta(write.Meta):  # type: ignore[name-defined]  # of a class made here
            fields = ["id", "version", *write.Meta.fields]

        def get_fields(self) -> dict[str, Any]:
            fields = super().get_fields()
            for name in write.Meta.fields:
                fields[name].required = False
            return fields

    Change.__name__ = f"{write.__name__.removesuffix('WriteSerializer')}ChangeSerializer"
    return Change


class BulkMixin(Resource):
    """Adds ``POST`` and ``PATCH <resource>/bulk``; ``bulk_kind`` says how the rows are written."""

    bulk_kind: Kind

    @property
    def bulk_change_shape(self) -> type[serializers.Serializer]:
        """The shape of a changed row, for the API's description."""
        return _change_shape(self.write_serializer_class)

    @extend_schema(
        summary=gettext_lazy("批量新增: 至多 1000 行, 全部成功或全部不写"),
        parameters=[_FIELDS],
        responses={201: _ANSWER},
    )
    @action(detail=False, methods=["post"], url_path="bulk")
    def bulk(self, request: Request) -> Response:
        """Adds up to 1,000 rows, all or none."""
        shape = self.write_serializer_class()
        rows, errors = read_rows(request.data, shape, creating=True)
        made = bulk_create(kind=self.bulk_kind, by=request.user, rows=rows, errors=errors)
        return self._rows_answer([row.pk for row in made], status.HTTP_201_CREATED)

    @extend_schema(
        summary=gettext_lazy("批量修改: 每行带 id 和读取时的 version, 全部成功或全部不写"),
        parameters=[_FIELDS],
        responses={200: _ANSWER},
    )
    @bulk.mapping.patch
    def bulk_change(self, request: Request) -> Response:
        """Changes up to 1,000 rows, all or none; stale rows are named, each by itself."""
        shape = self.write_serializer_class()
        rows, errors = read_rows(request.data, shape, creating=False)
        keys = bulk_update(kind=self.bulk_kind, by=request.user, rows=rows, errors=errors)
        return self._rows_answer(keys, status.HTTP_200_OK)

    def _rows_answer(self, keys: list[int], code: int) -> Response:
        """Answers the rows in the order in which they were sent."""
        queryset = self.get_queryset().filter(pk__in=keys)
        plan = self.plan()
        rows: Mapping[int, Row] = {row["id"]: row for row in plan.rows(queryset)}
        results = [rows[key] for key in keys if key in rows]
        return Response({"count": len(keys), "results": results}, status=code)
