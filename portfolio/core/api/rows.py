"""Renders answers from plain rows: a serializer declares the shape, the database fills it.

A ``RowPlan`` reads a serializer's fields once and knows which columns to select and what to do
with each value. Lists and single rows are both read this way; building model instances and
asking each of some twenty serializer fields for each of 500 rows costs three times as much.
``tests/portfolio/test_rows.py`` holds the plan to what the serializer itself would answer.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from django.db import models
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portfolio.core.clock import CITY_TIME

Row = dict[str, Any]
Convert = Callable[[Any], Any]


@extend_schema_field(OpenApiTypes.STR)
class DisplayField(serializers.ReadOnlyField):
    """A choice in the reader's words: ``<field>_display``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": "读者语言的名称", **kwargs})

    def bind(self, field_name: str, parent: Any) -> None:
        self.choice_field = field_name.removesuffix("_display")
        super().bind(field_name, parent)
        self.source_attrs = [f"get_{self.choice_field}_display"]


class FigureField(serializers.DecimalField):
    """A decimal as a person writes it: ``8`` and ``87.5``, not ``8.0000``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 18, "decimal_places": 4, **kwargs})

    def to_representation(self, value: Any) -> str:
        return format_decimal(value)


@extend_schema_field({"type": ["string", "null"]})
class ComputedField(serializers.ReadOnlyField):
    """A name that scripts may rely on already; ``null`` until its rule is in force."""

    def get_attribute(self, instance: Any) -> None:
        return None


def format_decimal(value: Any) -> str:
    """Returns a decimal without trailing zeros and without an exponent."""
    return f"{value.normalize():f}"


@dataclass
class Relation:
    """Rows that hang on each row: ids of a many-to-many, or a list of parts."""

    name: str
    fetch: Callable[[list[Any]], dict[Any, list[Any]]]


@dataclass
class RowPlan:
    """Columns to select and what becomes of them; ``rows()`` is one query and one a relation."""

    columns: dict[str, str] = field(default_factory=dict)  # name in the answer → column
    conversions: list[tuple[str, Convert]] = field(default_factory=list)
    displays: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    constants: Row = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    words: dict[str, list[tuple[str, str, dict[str, str]]]] = field(default_factory=dict)
    expansions: list[tuple[str, type[models.Model], "RowPlan"]] = field(default_factory=list)

    def rows(self, queryset: models.QuerySet) -> list[Row]:
        """Returns the queryset's rows in its order, as dicts that render as JSON."""
        return self.filled(queryset.values_list(*self.columns.values()))

    def chunks(self, queryset: models.QuerySet, size: int) -> Generator[list[Row], None, None]:
        """Yields the same rows, at most ``size`` at a time, read by a cursor of the database: a
        million take the memory of one chunk, and as many queries as there are chunks."""
        selected = queryset.values_list(*self.columns.values())
        cursor: Any = selected.iterator(chunk_size=size)  # a generator, whatever the stub says
        with closing(cursor) as values:
            while chunk := list(islice(values, size)):
                yield self.filled(chunk)

    def filled(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Turns the selected values into rows: converts them and adds relations and expanded
        foreign keys."""
        names = tuple(self.columns)
        rows = [dict(zip(names, values, strict=True)) for values in found]
        self._convert(rows)
        for relation in self.relations:
            found = relation.fetch([row["id"] for row in rows])
            for row in rows:
                row[relation.name] = found.get(row["id"], [])
        for name, model, plan in self.expansions:
            _expand(rows, name, model, plan)
        for name in self.hidden:
            for row in rows:
                del row[name]
        return rows

    def _labels(self, language: str) -> list[tuple[str, str, dict[str, str]]]:
        """Returns the choices' words in one language; they are resolved once, not per request."""
        if language not in self.words:
            self.words[language] = [
                (name, source, {code: str(label) for code, label in labels.items()})
                for name, source, labels in self.displays
            ]
        return self.words[language]

    def _convert(self, rows: list[Row]) -> None:
        displays = self._labels(get_language() or "")
        for row in rows:
            for name, convert in self.conversions:
                if row[name] is not None:
                    row[name] = convert(row[name])
            for name, source, labels in displays:
                value = row[source]
                row[name] = labels.get(value, value)
            if self.constants:
                row.update(self.constants)


def _expand(rows: list[Row], name: str, model: type[models.Model], plan: RowPlan) -> None:
    keys = {row[name] for row in rows if row[name] is not None}
    found = {row["id"]: row for row in plan.rows(model._base_manager.filter(pk__in=keys))}
    for row in rows:
        row[name] = found.get(row[name])


@lru_cache(maxsize=1024)  # clients choose the fields: not every choice can be kept for ever
def row_plan(
    serializer_class: type[serializers.ModelSerializer],
    wanted: frozenset[str] | None = None,
    expanded: frozenset[str] = frozenset(),
) -> RowPlan:
    """Returns the plan for a serializer; ``wanted`` leaves out all other fields, ``expanded``
    names foreign keys to be answered as objects (the serializer's ``expandable``)."""
    shape: Any = serializer_class
    serializer, model = serializer_class(), shape.Meta.model
    plan = RowPlan()
    for name, declared in serializer.fields.items():
        if declared.write_only or (wanted is not None and name not in wanted):
            continue
        _add_field(plan, model, name, declared)
    for name in expanded:
        target = model._meta.get_field(name).related_model
        plan.columns.setdefault(name, f"{name}_id")
        plan.expansions.append((name, target, row_plan(shape.expandable[name])))
    if plan.relations:
        _add_hidden_column(plan, "id")
    return plan


def _add_hidden_column(plan: RowPlan, name: str) -> None:
    """Selects a column that a conversion reads though nobody asked to see it."""
    if name not in plan.columns:
        plan.columns[name] = name
        plan.hidden.append(name)


def _add_field(
    plan: RowPlan, model: type[models.Model], name: str, declared: serializers.Field
) -> None:
    if isinstance(declared, ComputedField):
        plan.constants[name] = None
    elif isinstance(declared, DisplayField):
        column: Any = model._meta.get_field(declared.choice_field)
        _add_hidden_column(plan, declared.choice_field)
        plan.displays.append((name, declared.choice_field, dict(column.flatchoices)))
    elif isinstance(declared, serializers.ManyRelatedField):
        plan.relations.append(Relation(name, _many_to_many(model, declared.source or name)))
    elif isinstance(declared, serializers.ListSerializer):
        plan.relations.append(Relation(name, _parts(model, declared, declared.source or name)))
    else:
        _add_column(plan, name, declared)


def _add_column(plan: RowPlan, name: str, declared: serializers.Field) -> None:
    source = (declared.source or name).replace(".", "__")
    if name in plan.hidden:
        plan.hidden.remove(name)
    elif isinstance(declared, serializers.PrimaryKeyRelatedField):
        plan.columns[name] = f"{source}_id"
    else:
        plan.columns[name] = source
    convert = _conversion(declared)
    if convert:
        plan.conversions.append((name, convert))


def _conversion(declared: serializers.Field) -> Convert | None:
    if isinstance(declared, FigureField):
        return format_decimal
    if isinstance(declared, serializers.DecimalField):
        return str
    if isinstance(declared, serializers.DateTimeField):
        return lambda moment: moment.astimezone(CITY_TIME)
    return None


def _many_to_many(model: type[models.Model], name: str) -> Callable:
    relation: Any = model._meta.get_field(name)
    through = relation.remote_field.through
    here, there = relation.m2m_field_name() + "_id", relation.m2m_reverse_field_name() + "_id"

    def fetch(ids: list[Any]) -> dict[Any, list[Any]]:
        found = defaultdict(list)
        pairs = through._base_manager.filter(**{f"{here}__in": ids}).order_by("id")
        for one, other in pairs.values_list(here, there):
            found[one].append(other)
        return found

    return fetch


def _parts(
    model: type[models.Model], declared: serializers.ListSerializer, source: str
) -> Callable:
    relation: Any = model._meta.get_field(source)
    key, part = relation.field.attname, cast(serializers.ModelSerializer, declared.child)

    shape = row_plan(type(part))
    plan = replace(shape, columns={**shape.columns, "owner": key})

    def fetch(ids: list[Any]) -> dict[Any, list[Any]]:
        parts = relation.related_model._base_manager.filter(**{f"{key}__in": ids}).order_by("id")
        found = defaultdict(list)
        for row in plan.rows(parts):
            found[row.pop("owner")].append(row)
        return found

    return fetch


def first_row(plan: RowPlan, queryset: models.QuerySet) -> Row | None:
    """Returns the queryset's single row, or ``None``."""
    found: Iterable[Row] = plan.rows(queryset[:1])
    return next(iter(found), None)
