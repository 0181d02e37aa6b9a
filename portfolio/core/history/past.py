"""``?as_of=2025-06-30``: the rows as history knew them at the end of that day (domain §0).

A question about the past is the same question, put to other tables. While it is answered, each
table with a history is hidden behind what the database's triggers had recorded of it by then: the
query gets a ``WITH projects_project AS (…)`` of the table's own name, and PostgreSQL takes that
for the table. So filters, search, joins, counted columns, parts and expansions all speak of the
same day, and nothing has to be written twice. Nothing else is read: no cache, no snapshot.

The person's rights are today's; whoever enters must have read them before.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from portfolio.core import clock

PARAMETER = "as_of"
_QUOTED = re.compile(r'"([a-z0-9_]+)"')
# The moment before which a row must have been recorded, while the past is read.
_end: ContextVar[dt.datetime | None] = ContextVar("end_of_the_past", default=None)
JOIN_WHOLE_TABLES, JOIN_AS_USUAL = "SET enable_nestloop = off", "RESET enable_nestloop"
# Whether whole tables are joined already.
_whole: ContextVar[bool] = ContextVar("joining_whole_tables", default=False)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def has_history(model: type[models.Model]) -> bool:
    """Returns whether the model's past can be asked for."""
    return model._meta.db_table in _pasts()


def parse_day(text: str, *, parameter: str = PARAMETER) -> dt.date:
    """Returns the day of ``?as_of=`` (or of another parameter for such a day); raises 400 for
    what is no day or has not come yet."""
    try:
        day = dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day == dt.date.max:
        message = _("“%(value)s”不是日期, 应写作 2025-06-30。") % {"value": text[:40]}
        raise ValidationError({parameter: message}, code="invalid")
    today = clock.today()
    if day > today:
        message = _("%(day)s 尚未到来; 今天是 %(today)s。") % {"day": day, "today": today}
        raise ValidationError({parameter: message}, code="in_the_future")
    return day


def end_of(day: dt.date) -> dt.datetime:
    """Returns the first moment that is no longer of the day, in Asia/Shanghai."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.CITY_TIME)


def read_as_of(day: dt.date) -> AbstractContextManager[None]:
    """Lets all queries of this thread's connection see the rows of the end of ``day``."""
    return read_as_recorded(end_of(day))


@contextmanager
def read_as_recorded(end: dt.datetime) -> Iterator[None]:
    """Lets all queries of this thread's connection see the rows as recorded before ``end``.

    Within another such reading the earlier of the two moments holds: nobody looks out of the past
    into what came later.
    """
    outer = _end.get()
    token = _end.set(end if outer is None else min(end, outer))
    try:
        with ExitStack() as reading:
            if outer is None:
                reading.enter_context(connection.execute_wrapper(_past_rows))
                reading.enter_context(_group_by_all_columns())
            last_moment = (_end.get() or end) - dt.timedelta(microseconds=1)
            reading.enter_context(clock.stop_at(last_moment))
            yield
    finally:
        _end.reset(token)


def is_reading_past() -> bool:
    """Returns whether queries see the past: what looks up rows one by one is better written
    otherwise then."""
    return _end.get() is not None


def remember_moment() -> Callable[[], AbstractContextManager[None]]:
    """Returns a context manager with which a later query sees the same moment as a query now: lazy
    rows are read after the ``with`` block has ended."""
    end = _end.get()
    return nullcontext if end is None else partial(read_as_recorded, end)


@contextmanager
def join_whole_tables() -> Iterator[None]:
    """While the past is read, joins whole tables at once: the planner knows nothing of rows that
    are looked up in history, and would read all of it again for each row of another table."""
    if _end.get() is None or _whole.get():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(JOIN_WHOLE_TABLES)
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(JOIN_AS_USUAL)


def _past_rows(
    execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Executes a query over what the tables were at the moment that is being read."""
    tables = [name for name in dict.fromkeys(_QUOTED.findall(sql)) if name in _pasts()]
    if not tables:
        return execute(sql, params, many, context)
    if not sql.startswith(("SELECT", "(SELECT")):
        raise RuntimeError("the past can be read only")
    if params is None:  # then a per cent sign stood for itself
        sql = sql.replace("%", "%%")
    # Not materialized: a condition on the id then reaches the history's index.
    hidden = ", ".join(f'"{name}" AS NOT MATERIALIZED ({_pasts()[name]})' for name in tables)
    params = (*[_end.get()] * len(tables), *(params or ()))
    return execute(f"WITH {hidden} {sql}", params, many, context)


@contextmanager
def _group_by_all_columns() -> Iterator[None]:
    """Makes Django name every column in GROUP BY: that the others follow from the primary key
    PostgreSQL knows of a table, not of what stands in for it."""
    features: Any = connection.features
    features.allows_group_by_selected_pks = False
    try:
        yield
    finally:
        del features.allows_group_by_selected_pks  # the class's own stands again


@lru_cache(maxsize=1)
def _pasts() -> dict[str, str]:
    """Returns table → the SQL of its rows as of a moment (its one parameter)."""
    return {
        tracked._meta.db_table: _past(model)
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event)
        and (tracked := getattr(model, "pgh_tracked_model", None))
    }


def _past(events: Any) -> str:
    recorded = {field.column: field for field in events._meta.concrete_fields}
    columns = []
    for field in events.pgh_tracked_model._meta.concrete_fields:
        if field.primary_key:
            columns.append(f'pgh_obj_id AS "{field.column}"')
        elif field.column in recorded:
            columns.append(f'"{field.column}"')
        else:  # what history must not keep: a password's hash
            columns.append(f'NULL::{field.db_type(connection)} AS "{field.column}"')
    return (  # only names of the models' own tables and columns
        f"SELECT {', '.join(columns)} FROM (SELECT DISTINCT ON (pgh_obj_id) *"  # noqa: S608
        f' FROM "{events._meta.db_table}" WHERE pgh_created_at < %s'
        " ORDER BY pgh_obj_id, pgh_id DESC) past WHERE pgh_label <> 'delete'"
    )
