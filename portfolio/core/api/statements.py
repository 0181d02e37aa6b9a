"""Keeps the SQL of small queries that are asked often: for these Django takes longer to build the
SQL than PostgreSQL to answer it.

Only the SQL and its parameters are kept; the rows are read anew each time. The key must contain
everything that the SQL depends on (the person's rights, the day, the filters).
"""

import sys
from collections.abc import Callable, Hashable
from threading import Lock

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet

from portfolio.core.history import past as as_of

MOST = 1000
_kept: dict[Hashable, "Statement"] = {}
_lock = Lock()


class Statement:
    """A ``values_list()`` that is worded once, and asked as a whole, by pages, for its number."""

    def __init__(self, queryset: QuerySet) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        try:
            self._sql, self._parameters = compiler.as_sql()
        except EmptyResultSet:
            self._sql, self._parameters = "", ()
            return
        columns = [each for each, _sql, _alias in compiler.select[: compiler.col_count]]
        # Counts are whole numbers already; Django would make each one again.
        self._converters = {
            place: how
            for place, how in compiler.get_converters(columns).items()
            if not isinstance(columns[place], Count)
        }
        self._convert = compiler.apply_converters

    def rows(self, first: int = 0, end: int | None = None) -> list[tuple]:
        """Returns all rows, or those from ``first`` to before ``end``."""
        sql = self._sql
        if sql and (first or end is not None):
            limit = sys.maxsize if end is None else end - first
            sql += f" LIMIT {limit:d} OFFSET {first:d}"
        rows = self._fetched(sql)
        if not rows or not self._converters:
            return rows
        return [tuple(row) for row in self._convert(rows, self._converters)]

    def count(self) -> int:
        """Returns how many rows there are."""
        counted = self._fetched(self._sql and f"SELECT COUNT(*) FROM ({self._sql}) counted")  # noqa: S608
        return counted[0][0] if counted else 0

    def _fetched(self, sql: str) -> list[tuple]:
        if not sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, self._parameters)
            return cursor.fetchall()


def fetch_rows(key: Hashable, queryset: Callable[[], QuerySet]) -> list[tuple]:
    """Returns the rows of a ``values_list()``; it is made when the key is new, and not again."""
    return get_statement(key, queryset).rows()


def get_statement(key: Hashable, queryset: Callable[[], QuerySet]) -> Statement:
    """Returns the statement that is kept under the key."""
    # The past groups by other columns than the present (as_of).
    key = key, as_of.is_reading_past()
    found = _kept.get(key)
    if found is None:
        found = Statement(queryset())
        with _lock:
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = found
    return found


def clear_statements() -> None:
    """Forgets all words."""
    with _lock:
        _kept.clear()
