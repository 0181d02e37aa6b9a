"""Queries whose SQL is kept: Django takes longer to write a small one than PostgreSQL to answer it
(docs/decisions/0027-the-sql-of-small-queries-is-kept.md)."""

import sys
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet

from portfolio.core.history import past as as_of

MOST = 1000


class _Sql(NamedTuple):
    """What a queryset comes to; no text when it cannot have an answer."""

    text: str
    parameters: tuple[Any, ...] = ()
    convert: Callable[[list[tuple]], list[tuple]] = list


kept: dict[Hashable, _Sql] = {}


class KeptQuery:
    """The query of a ``values_list()``: its rows, a page of them, or their number.

    Only the SQL is kept, with the values that it was asked with; what it answers is read anew each
    time. ``key`` is all that the SQL follows from, and no other query's; ``None`` keeps nothing.
    The queryset is made when there is no SQL under the key.
    """

    def __init__(self, key: Hashable, queryset: Callable[[], QuerySet]) -> None:
        self._key, self._queryset = key, queryset

    def rows(self, first: int = 0, end: int | None = None) -> list[tuple]:
        """Returns all rows, or those from ``first`` to before ``end``."""
        text = self._sql.text
        if text and (first or end is not None):
            limit = sys.maxsize if end is None else end - first
            text += f" LIMIT {limit:d} OFFSET {first:d}"
        return self._sql.convert(self._fetch(text))

    def count(self) -> int:
        """Returns how many rows there are."""
        text = self._sql.text
        counted = self._fetch(text and f"SELECT COUNT(*) FROM ({text}) counted")  # noqa: S608
        return counted[0][0] if counted else 0

    def _fetch(self, text: str) -> list[tuple]:
        if not text:
            return []
        with connection.cursor() as cursor:
            cursor.execute(text, self._sql.parameters)
            return cursor.fetchall()

    @cached_property
    def _sql(self) -> _Sql:
        if self._key is None:
            return _write_sql(self._queryset())
        # The past groups by other columns than the present (as_of).
        key = self._key, as_of.is_reading_past()
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST:
                kept.clear()
            found = kept[key] = _write_sql(self._queryset())
        return found


def _write_sql(queryset: QuerySet) -> _Sql:
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        text, parameters = compiler.as_sql()
    except EmptyResultSet:
        return _Sql("")
    columns = [each for each, _sql, _alias in compiler.select[: compiler.col_count]]
    # Counts are whole numbers already; Django would make each one again.
    converters = {
        place: how
        for place, how in compiler.get_converters(columns).items()
        if not isinstance(columns[place], Count)
    }
    if not converters:
        return _Sql(text, parameters)
    return _Sql(
        text,
        parameters,
        lambda rows: [tuple(row) for row in compiler.apply_converters(rows, converters)],
    )
