"""``compare_to=DAY``: puts a second day and the difference beside each figure."""

from collections.abc import Sequence

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portfolio.reports.engine.report import NUMERIC, Column, Row

THEN, DIFFERENCE = "_then", "_difference"


def compare_columns(columns: Sequence[Column], key: Sequence[str]) -> list[Column]:
    """Returns the columns with, after each figure, that of the other day and the difference."""
    found = []
    for column in columns:
        found.append(column)
        if column.kind in NUMERIC and column.name not in key:
            then = format_lazy(_("{heading} · 对比日"), heading=column.heading)
            change = format_lazy(_("{heading} · 增减"), heading=column.heading)
            found.append(Column(column.name + THEN, then, column.kind, column.unit))
            found.append(Column(column.name + DIFFERENCE, change, column.kind, column.unit))
    return found


def compare_rows(
    columns: Sequence[Column], key: Sequence[str], now: Sequence[Row], then: Sequence[Row]
) -> list[Row]:
    """Returns the rows of ``now`` with the figures of ``then``, and after them the rows that
    stand only in ``then``; a figure that one of the days does not know has no difference."""
    figures = [each.name for each in columns if each.kind in NUMERIC and each.name not in key]
    earlier = {_key(row, key): row for row in then}
    rows = [_beside(row, earlier.pop(_key(row, key), {}), figures) for row in now]
    for gone in earlier.values():
        empty = {**gone, **dict.fromkeys(figures)}
        rows.append(_beside(empty, gone, figures))
    return rows


def _beside(row: Row, then: Row, figures: Sequence[str]) -> Row:
    found = dict(row)
    for name in figures:
        here, there = row.get(name), then.get(name)
        found[name + THEN] = there
        found[name + DIFFERENCE] = None if here is None or there is None else here - there
    return found


def _key(row: Row, key: Sequence[str]) -> tuple:
    return tuple(row[name] for name in key)
