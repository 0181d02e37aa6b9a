"""Questions whose words are kept: Django takes longer to word a small one than PostgreSQL to
answer it.

Only the words of a statement are kept, with the values that it was asked with; what it answers is
read anew each time. Who keeps one gives it a key of all that its words follow from.
"""

from collections.abc import Callable, Hashable
from threading import Lock

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet

from portfolio.api import as_of

MOST = 1000
_kept: dict[Hashable, Callable[[], list[tuple]]] = {}
_lock = Lock()


def rows_of(key: Hashable, queryset: Callable[[], QuerySet]) -> list[tuple]:
    """Returns the rows of a ``values_list()``; it is made when the key is new, and not again."""
    # The past groups by other columns than the present (as_of).
    key = key, as_of.is_past()
    found = _kept.get(key)
    if found is None:
        found = _worded(queryset())
        with _lock:
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = found
    return found()


def forget() -> None:
    """Forgets all words."""
    with _lock:
        _kept.clear()


def _worded(queryset: QuerySet) -> Callable[[], list[tuple]]:
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return list
    columns = [each for each, _sql, _alias in compiler.select[: compiler.col_count]]
    # Counts are whole numbers already; Django would make each one again.
    converters = {
        place: how
        for place, how in compiler.get_converters(columns).items()
        if not isinstance(columns[place], Count)
    }

    def ask() -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        if not converters:
            return rows
        return [tuple(row) for row in compiler.apply_converters(rows, converters)]

    return ask
