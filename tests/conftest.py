"""What all tests share."""

from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations

_sql_flush = DatabaseOperations.sql_flush


def _sql_flush_following_references(self: Any, *args: Any, **options: Any) -> list[str]:
    """Empties, after a test with real transactions, also what Django does not list: knox's own
    token table stands in the database although our model replaces it (KNOX_TOKEN_MODEL), and
    without it PostgreSQL refuses to empty the users that it refers to."""
    return _sql_flush(self, *args, **options | {"allow_cascade": True})


DatabaseOperations.sql_flush = _sql_flush_following_references
