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
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from portfolio import clock

PARAMETER = "as_of"
_QUOTED = re.compile(r'"([a-z0-9_]+)"')
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def has_history(model: type[models.Model]) -> bool:
    """Returns whether the model's past can be asked for."""
    return model._meta.db_table in _pasts()


def day_asked(text: str) -> dt.date:
    """Returns the day of ``?as_of=``; raises 400 for what is no day or has not come yet."""
    try:
        day = dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day == dt.date.max:
        raise ValidationError(
            {PARAMETER: _("“%(value)s”不是日期, 应写作 2025-06-30。") % {"value": text[:40]}},
            code="invalid",
        )
    if day > clock.today():
        raise ValidationError(
            {
                PARAMETER: _("%(day)s 尚未到来; 今天是 %(today)s。")
                % {"day": day, "today": clock.today()}
            },
            code="in_the_future",
        )
    return day


def end_of(day: dt.date) -> dt.datetime:
    """Returns the first moment that is no longer of the day, in Asia/Shanghai."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.CITY_TIME)


@contextmanager
def reading_as_of(day: dt.date) -> Iterator[None]:
    """Lets all queries of this thread's connection see the rows of the end of ``day``."""
    end = end_of(day)

    def past(execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        tables = [name for name in dict.fromkeys(_QUOTED.findall(sql)) if name in _pasts()]
        if not tables:
            return execute(sql, params, many, context)
        if not sql.startswith(("SELECT", "(SELECT")):
            raise RuntimeError("the past can be read only")
        if params is None:  # then a per cent sign stood for itself
            sql = sql.replace("%", "%%")
        # Not materialized: a condition on the id then reaches the history's index.
        hidden = ", ".join(f'"{name}" AS NOT MATERIALIZED ({_pasts()[name]})' for name in tables)
        params = (*[end] * len(tables), *(params or ()))
        return execute(f"WITH {hidden} {sql}", params, many, context)

    last_moment = end - dt.timedelta(microseconds=1)
    with clock.seen_at(last_moment), connection.execute_wrapper(past), _grouping_by_all_columns():
        yield


@contextmanager
def _grouping_by_all_columns() -> Iterator[None]:
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
        model.pgh_tracked_model._meta.db_table: _past(model)
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and model.pgh_tracked_model
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
