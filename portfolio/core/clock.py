"""The one clock: everything that asks for the day or the moment asks here (domain §0).

It is the real clock, shifted by ``settings.CLOCK_SHIFT`` in demo mode, and can be held at a
moment with :func:`at`. Shift and hold reach the database as the session setting
``portfolio.clock_shift`` (seconds), which the SQL function ``portfolio_now()`` adds to ``now()``.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, Func
from django.utils import timezone

CITY_TIME = ZoneInfo("Asia/Shanghai")

_held_shift: ContextVar[dt.timedelta | None] = ContextVar("held_shift", default=None)
_seen: ContextVar[dt.datetime | None] = ContextVar("seen", default=None)


class DatabaseNow(Func):
    """``portfolio_now()``: the database's view of the same clock, for column defaults."""

    function = "portfolio_now"
    template = "%(function)s()"
    output_field = DateTimeField()


def shift() -> dt.timedelta:
    """Returns what is added to the real time."""
    held = _held_shift.get()
    return settings.CLOCK_SHIFT if held is None else held


def now() -> dt.datetime:
    """Returns the moment, aware."""
    return _seen.get() or timezone.now() + shift()


def today() -> dt.date:
    """Returns the day in Asia/Shanghai."""
    return now().astimezone(CITY_TIME).date()


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Moves this thread's clock, and its database session's, so that it is ``moment`` now.

    Used where a fact is recorded as of its own day (the report: 2025-01-05) and in tests.
    """
    token = _held_shift.set(moment - timezone.now())
    _tell_database()
    try:
        yield
    finally:
        _held_shift.reset(token)
        # Inside a broken transaction the setting dies with its rollback; nothing can be sent.
        if not connection.needs_rollback:
            _tell_database()


@contextmanager
def stop_at(moment: dt.datetime) -> Iterator[None]:
    """Stops this thread's clock at ``moment``, where the past is read; nothing is written then,
    so the database's session keeps its own time."""
    token = _seen.set(moment)
    try:
        yield
    finally:
        _seen.reset(token)


def _tell_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('portfolio.clock_shift', %s, false)",
            [str(shift().total_seconds())],
        )
