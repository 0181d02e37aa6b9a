"""Two runs of the same work at once: the second waits for the first, or leaves it to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection


def acquire_transaction_lock(name: str) -> None:
    """Waits until no other transaction works on ``name``; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"portfolio.{name}"])


@contextmanager
def try_session_lock(name: str) -> Iterator[bool]:
    """Tells whether nobody else works on ``name``, and keeps it so meanwhile. The lock belongs to
    the database session, over several transactions; it ends with a process that is killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"portfolio.{name}"])
        [free] = cursor.fetchone()
    try:
        yield free
    finally:
        if free:
            _unlock(name)


def _unlock(name: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"portfolio.{name}"])
    except Error:
        connection.close()  # the lock ends with the session
