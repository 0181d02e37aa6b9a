"""Asks the database about rows that it does not hold yet.

Constraints and the permission table are conditions for the database, and it is the only one that
reads them. A batch is held to them before it is written, so that all its wrong rows are named at
once and not just the first that the database meets: the rows as they would be stand in for the
table, and PostgreSQL is asked the very condition that it would enforce.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, Model, Q, QuerySet
from django.db.models.sql import Query

from projects.core.batch import Batch

_QUOTED = re.compile(r'"([a-z0-9_]+)"')


def condition_sql(model: type[Model], condition: Q) -> str:
    """Returns a condition on a row's own columns as it stands in the database's constraint, ready
    for a statement with parameters."""
    connection.ensure_connection()  # words are quoted for it
    query = Query(model=model, alias_cols=False)
    where = query.build_where(condition)
    sql, params = where.as_sql(query.get_compiler(connection=connection), connection)
    quoted = connection.schema_editor().quote_value
    return sql % tuple(quoted(each) for each in params)


def fields_of(model: type[Model], sql: str) -> frozenset[str]:
    """Returns the names of the model's fields whose columns a statement speaks of."""
    columns = _columns(model)
    return frozenset(columns[name].name for name in _QUOTED.findall(sql) if name in columns)


def answers(
    batch: Batch, numbers: Sequence[int], asked: Sequence[str], params: Iterable[Any] = ()
) -> dict[int, tuple[Any, ...]]:
    """Returns, by row, what SQL expressions come to once the rows are written; one query.

    In the expressions the table's own name means the rows that are to be written; in a ``FROM``
    of theirs it means the table as it is.
    """
    model = batch.model
    table = connection.ops.quote_name(model._meta.db_table)
    chosen = ", ".join(asked)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {table}."id", {chosen} FROM'  # noqa: S608
            f" json_populate_recordset(NULL::{table}, %s::json) AS {table}",
            [*params, _told(batch, numbers, fields_of(model, chosen))],
        )
        rows = cursor.fetchall()
    places = {_key(batch, number): number for number in numbers}
    return {places[key]: tuple(values) for key, *values in rows}


def fulfilling(batch: Batch, numbers: Sequence[int], condition: Q) -> set[int]:
    """Returns the rows that a condition holds of once they are written; what it says of other
    tables is asked of these."""
    sql, params = _select(batch.model._base_manager.filter(condition))
    if not sql:
        return set()
    table = connection.ops.quote_name(batch.model._meta.db_table)
    told = _told(batch, numbers, fields_of(batch.model, sql))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {table} AS (SELECT * FROM"  # noqa: S608
            f" json_populate_recordset(NULL::{table}, %s::json)) {sql}",
            [told, *params],
        )
        found = {key for (key,) in cursor.fetchall()}
    return {number for number in numbers if _key(batch, number) in found}


def touches(batch: Batch, number: int, names: Collection[str]) -> bool:
    """Returns whether a row writes one of the fields."""
    return not batch.rows[number].keys().isdisjoint(names)


def names_in(model: type[Model], condition: Q) -> frozenset[str]:
    """Returns the names of the model's own fields that a condition may speak of."""
    sql, _params = _select(model._base_manager.filter(condition))
    return fields_of(model, sql)


def _select(queryset: QuerySet) -> tuple[str, Sequence[Any]]:
    try:
        return queryset.order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return "", ()


def _told(batch: Batch, numbers: Iterable[int], names: Iterable[str]) -> str:
    fields: list[Any] = [batch.model._meta.get_field(name) for name in names]
    rows = []
    for number in numbers:
        row: dict[Any, Any] = {
            field.column: _plain(batch.value(number, field.name)) for field in fields
        }
        rows.append({**row, "id": _key(batch, number)})
    return orjson.dumps(rows, default=str).decode()


def _plain(value: Any) -> Any:
    # What only the database will know once the row is written.
    return None if hasattr(value, "resolve_expression") else value


def _key(batch: Batch, number: int) -> int:
    """Returns a row's id; a new one's is negative, which no row of the table bears."""
    return -number - 1 if batch.present is None else batch.present[number].pk


@lru_cache
def _columns(model: type[Model]) -> dict[Any, Field]:
    return {field.column: field for field in model._meta.concrete_fields}
