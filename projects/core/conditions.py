"""Asks a condition (``Q``) of rows that are not in the database yet.

Constraints and the permission table are written as conditions for the database. A batch is held
to the same conditions before it is written, so that all its wrong rows are named at once and not
just the first that the database meets. What is not understood here is left to the database.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import F, Model, Q

Leaf = Callable[[str, Any], bool | None]


class NotUnderstood(Exception):
    """The condition needs the database."""


def holds(condition: Q, leaf: Leaf) -> bool | None:
    """Returns whether the condition holds; ``None`` when a missing value leaves it open."""
    found: bool | None = condition.connector == Q.AND
    if condition.connector == Q.XOR:
        raise NotUnderstood
    for child in condition.children:
        told = holds(child, leaf) if isinstance(child, Q) else leaf(*child)  # type: ignore[misc]
        if told is (condition.connector == Q.OR):
            found = told
            break
        if told is None:
            found = None
    return (not found) if condition.negated and found is not None else found


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, other: value == other,
    "gt": lambda value, other: value > other,
    "gte": lambda value, other: value >= other,
    "lt": lambda value, other: value < other,
    "lte": lambda value, other: value <= other,
    "in": lambda value, others: value in others,
    "range": lambda value, ends: ends[0] <= value <= ends[1],
    "regex": lambda value, pattern: re.search(pattern, value) is not None,
}


def row_leaf(value_of: Callable[[str], Any]) -> Leaf:
    """Returns how a condition on a row's own columns is asked, SQL's three answers included."""

    def leaf(path: str, expected: Any) -> bool | None:
        name, _sep, lookup = path.partition("__")
        lookup = lookup or "exact"
        value = value_of(name)
        if lookup == "isnull":
            return (value is None) == expected
        if isinstance(expected, F):
            expected = value_of(expected.name)  # type: ignore[attr-defined]
        if hasattr(expected, "resolve_expression") or lookup not in _COMPARE:
            raise NotUnderstood
        if value is None or expected is None:
            return None
        return _COMPARE[lookup](value, expected)

    return leaf


def permitted_rows(
    model: type[Model], condition: Q, numbers: Iterable[int], value: Callable[[int, str], Any]
) -> set[int]:
    """Returns which rows the condition allows; one query for each path to another table."""
    wanted = list(numbers)
    reached: dict[tuple[str, str], set[Any]] = {}

    def leaf_of(number: int) -> Leaf:
        def leaf(path: str, expected: Any) -> bool:
            name, _sep, rest = path.partition("__")
            own = value(number, name)
            if rest == "in" or not rest:
                return own in expected if rest else own == expected
            key = (path, str(expected))
            if key not in reached:
                related: Any = model._meta.get_field(name).related_model
                keys = {value(each, name) for each in wanted} - {None}
                rows = related._base_manager.filter(Q((rest, expected)), pk__in=keys)
                reached[key] = set(rows.values_list("pk", flat=True))
            return own in reached[key]

        return leaf

    return {number for number in wanted if holds(condition, leaf_of(number))}
