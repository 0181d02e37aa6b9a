"""Two runs of the same command at once: the second waits for the first."""

from django.db import connection


def one_at_a_time(name: str) -> None:
    """Waits until no other transaction works on ``name``; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"portfolio.{name}"])
