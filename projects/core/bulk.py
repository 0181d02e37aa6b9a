"""The one way in which rows are written: checked as a set, written as a set, all or nothing.

Bulk endpoints and the import write many rows by it, ``services/rows.py`` a single one; what is
particular to a model says its ``Kind``, once for all of them. The number of queries does not
depend on the number of rows. History and versions are kept by the database's triggers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _

from portfolio.core.errors import RowFault
from projects.core.batch import Batch, require_any
from projects.core.batch_checks import (
    check_constraints,
    check_fields,
    check_permissions,
    check_protected,
    check_required,
    resolve_references,
)
from projects.core.pinyin import pinyin_key
from projects.permissions import Actor

STATEMENT_ROWS = 2000
MANY_ROWS = 2000


def _nothing(*args: Any) -> None:
    return None


@dataclass(frozen=True)
class Kind:
    """What is particular to writing rows of a model.

    ``derived`` names what ``check_new`` fills in where a row does not say. ``check_values`` says
    of values what their fields would say less well. ``check_new`` and ``check_changes`` look at
    the batch as a whole; ``number`` gives new instances what the system
    allots; ``after_new`` writes what belongs to them. By whatever door a row of the model is
    written, it is held to the Kind that was made of it.
    """

    model: type[Any]
    derived: frozenset[str] = frozenset()
    check_values: Callable[[Batch], None] = _nothing
    check_new: Callable[[Batch], None] = _nothing
    check_changes: Callable[[Batch], None] = _nothing
    number: Callable[[Sequence[Any]], None] = _nothing
    after_new: Callable[[Sequence[Any], Any], None] = _nothing

    @property
    def is_plain(self) -> bool:
        """Whether a new row is nothing beside itself."""
        return self.number is _nothing and self.after_new is _nothing


_kinds: dict[type[Model], Kind] = {}


def kind_register(kind: Kind) -> Kind:
    """Holds all rows of the model to the kind from now on; returns it."""
    _kinds[kind.model] = kind
    return kind


def kind_of(model: type[Model]) -> Kind:
    """Returns how rows of the model are written: those without particular rules by the rules of
    all rows."""
    return _kinds.get(model) or Kind(model)


@transaction.atomic
def bulk_create(
    *,
    kind: Kind,
    by: Actor | None,
    rows: Sequence[Mapping[str, Any]],
    errors: Iterable[RowFault] = (),
) -> list[Any]:
    """Writes new rows, or none: raises ``BatchRefusedError`` with everything that is wrong.

    A row gives values by field name; rows of other models by id or code.
    """
    batch = build_new_batch(kind=kind, by=by, rows=rows, errors=errors)
    batch.refuse_wrong()
    return batch_create(kind, batch)


@transaction.atomic
def bulk_update(
    *,
    kind: Kind,
    by: Actor | None,
    rows: Sequence[Mapping[str, Any]],
    errors: Iterable[RowFault] = (),
) -> list[int]:
    """Changes rows, or none. Each gives its ``id``, the ``version`` it was read in, and changes.

    Returns the ids. Rows that someone changed since are named as stale, each by itself.
    """
    require_any(by, "change", kind.model)
    found = list(errors)
    given, present = lock_rows(kind.model, by, rows, found)
    batch = build_change_batch(kind=kind, by=by, rows=given, present=present, errors=found)
    batch.refuse_wrong()
    batch_update(kind, batch)
    return [row.pk for row in present]


def build_new_batch(
    *,
    kind: Kind,
    by: Actor | None,
    rows: Sequence[Mapping[str, Any]],
    errors: Iterable[RowFault] = (),
) -> Batch:
    """Returns the rows as a checked batch."""
    require_any(by, "add", kind.model)
    batch = Batch(kind.model, by=by, rows=rows, errors=errors)
    resolve_references(batch)
    check_new(kind, batch)
    return batch


def build_change_batch(
    *,
    kind: Kind,
    by: Actor | None,
    rows: Sequence[Mapping[str, Any]],
    present: Sequence[Any],
    errors: Iterable[RowFault] = (),
) -> Batch:
    """Returns changes to ``present`` rows as a checked batch; what is the same is left out."""
    require_any(by, "change", kind.model)
    batch = Batch(kind.model, by=by, rows=rows, present=present, errors=errors)
    resolve_references(batch)
    check_changes(kind, batch, range(len(batch.rows)))
    return batch


def check_new(kind: Kind, batch: Batch) -> None:
    """Holds new rows, their references resolved, to everything that is asked of them."""
    kind.check_values(batch)
    check_fields(batch)
    check_required(batch, kind.derived)
    check_protected(batch, lambda _number, _name, value: value is None)
    kind.check_new(batch)
    check_constraints(batch)
    check_permissions(batch, "add", range(len(batch.rows)))


def check_changes(kind: Kind, batch: Batch, ask_for: Iterable[int] | None = None) -> None:
    """Checks the fields, drops the values that are unchanged, then checks the rest: protected
    fields, the kind's own rule, uniqueness, constraints, permissions.

    ``ask_for`` names the rows whose permission is checked; by default those in which something
    changes.
    """
    kind.check_values(batch)
    check_fields(batch)
    same = UnchangedCheck(batch)
    for number, row in enumerate(batch.rows):
        batch.rows[number] = {k: v for k, v in row.items() if not same(number, k, v)}
    changed = [number for number, row in enumerate(batch.rows) if row]
    if not changed and ask_for is None:
        return
    check_protected(batch, same)
    kind.check_changes(batch)
    check_constraints(batch)
    check_permissions(batch, "change", changed if ask_for is None else ask_for)


def batch_create(kind: Kind, batch: Batch) -> list[Any]:
    """Writes a checked batch of new rows."""
    model = kind.model
    attnames = {field.name: field.attname for field in model._meta.concrete_fields}
    instances = [
        model(**{attnames[name]: value for name, value in row.items() if name in attnames})
        for row in batch.rows
    ]
    if "pinyin" in attnames:
        for instance in instances:
            instance.pinyin = pinyin_key(instance.name)
    kind.number(instances)
    model._base_manager.bulk_create(instances, batch_size=STATEMENT_ROWS)
    if len(instances) > MANY_ROWS:
        analyze_table(model)
    for relation in model._meta.many_to_many:
        pairs = {
            row.pk: values[relation.name]
            for row, values in zip(instances, batch.rows, strict=True)
            if relation.name in values
        }
        _write_pairs(relation, pairs, {})
    kind.after_new(instances, batch.by)
    return instances


def batch_update(kind: Kind, batch: Batch) -> None:
    """Writes a checked batch of changes."""
    model = kind.model
    present = batch.present or ()
    many = {relation.name for relation in model._meta.many_to_many}
    changed: list[Any] = []
    columns: set[str] = set()
    for instance, row in zip(present, batch.rows, strict=True):
        plain = {name: value for name, value in row.items() if name not in many}
        for name, value in plain.items():
            setattr(instance, model._meta.get_field(name).attname, value)
        if "name" in plain and hasattr(instance, "pinyin"):
            instance.pinyin = pinyin_key(instance.name)
            plain["pinyin"] = instance.pinyin
        if plain:
            changed.append(instance)
            columns |= plain.keys()
    if len(changed) == 1:
        changed[0].save(update_fields=columns)
    else:
        update_rows(model, changed, sorted(columns))
    _update_relations(batch)


def analyze_table(model: type[Model]) -> None:
    """Tells the planner of many new rows: plans that triggers and constraints have made for an
    almost empty table would read all of it for each row."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def update_rows(model: type[Model], instances: Sequence[Any], names: Sequence[str]) -> None:
    """Writes these columns of many rows in one statement, which stays short however many rows."""
    if not instances or not names:
        return
    fields: list[Any] = [model._meta.pk, *(model._meta.get_field(name) for name in names)]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    sets = ", ".join(f"{quote(f.column)} = new.{quote(f.column)}" for f in fields[1:])
    arrays = ", ".join(f"%s::{_column_type(field)}[]" for field in fields)
    columns = ", ".join(quote(field.column) for field in fields)
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in instances]
        for field in fields
    ]
    key = quote(fields[0].column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS new({columns})"  # noqa: S608
            f" WHERE {table}.{key} = new.{key}",
            values,
        )


def _column_type(field: Any) -> str:
    # "bigint" of a key, without the "generated by default" that stands in db_type.
    return field.rel_db_type(connection) if field.primary_key else field.db_type(connection)


class UnchangedCheck:
    """Says whether a value is what the row already holds; relations are read once."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.attnames = {f.name: f.attname for f in batch.model._meta.concrete_fields}
        self.pairs = batch.pairs = {
            relation.name: _pairs(relation, [row.pk for row in batch.present or ()])
            for relation in batch.model._meta.many_to_many
            if any(relation.name in row for row in batch.rows)
        }

    def __call__(self, number: int, name: str, value: Any) -> bool:
        if name in self.pairs:
            return set(value) == self.present(number, name)
        return getattr(self.batch.present[number], self.attnames[name]) == value  # type: ignore[index]

    def present(self, number: int, name: str) -> set[int]:
        """Returns the ids that hang on the row now."""
        return set(self.pairs[name].get(self.batch.present[number].pk, ()))  # type: ignore[index]


def lock_rows(
    model: type[Any], by: Actor | None, rows: Sequence[Mapping[str, Any]], errors: list[RowFault]
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Locks the rows in the order of their keys and names those that are gone or stale."""
    keys = {row["id"] for row in rows if type(row.get("id")) is int}
    visible = model.objects.visible_to(by) if by is not None else model._base_manager.all()
    locked = model._base_manager.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = {r.pk: r for r in locked.filter(pk__in=visible.filter(pk__in=keys).values("pk"))}
    seen: set[int] = set()
    given, present = [], []
    for number, row in enumerate(rows):
        instance = found.get(row.get("id"))
        given.append({name: v for name, v in row.items() if name not in ("id", "version")})
        present.append(instance or model())
        if instance is None:
            message = _("没有这一行, 或您无权查看。")
            errors.append(RowFault(number, "id", message, "does_not_exist", row.get("id")))
        elif instance.pk in seen:
            errors.append(RowFault(number, "id", _("同一行写了两次。"), "unique", row["id"]))
        elif row.get("version") != instance.version:
            errors.append(_stale(number, row, instance))
        seen.add(getattr(instance, "pk", 0))
    return given, present


def _stale(number: int, row: Mapping[str, Any], instance: Any) -> RowFault:
    given = row.get("version")
    if given is None:
        return RowFault(number, "version", _("请写明读取时的 version。"), "required")
    message = _("读取之后该行已被他人修改, 现为版本 %(version)d; 请重新读取。") % {
        "version": instance.version
    }
    return RowFault(number, "version", message, "stale", given, "conflict")


def _pairs(relation: Any, keys: list[int]) -> dict[int, dict[int, int]]:
    """Returns row → the ids that hang on it → the id of the pair."""
    through = relation.remote_field.through
    here, there = relation.m2m_field_name() + "_id", relation.m2m_reverse_field_name() + "_id"
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows = through._base_manager.filter(**{f"{here}__in": keys})
    for one, other, pair in rows.values_list(here, there, "pk"):
        found[one][other] = pair
    return found


def _write_pairs(
    relation: Any, wanted: Mapping[int, Iterable[int]], present: Mapping[int, Mapping[int, int]]
) -> None:
    through = relation.remote_field.through
    here, there = relation.m2m_field_name() + "_id", relation.m2m_reverse_field_name() + "_id"
    new = [
        through(**{here: one, there: other})
        for one, others in wanted.items()
        for other in others
        if other not in present.get(one, {})
    ]
    gone = [
        pair
        for one, others in wanted.items()
        for other, pair in present.get(one, {}).items()
        if other not in others
    ]
    if gone:
        through._base_manager.filter(pk__in=gone).delete()
    through._base_manager.bulk_create(new, batch_size=STATEMENT_ROWS)


def _update_relations(batch: Batch) -> None:
    touched: set[int] = set()
    for relation in batch.model._meta.many_to_many:
        wanted = {
            instance.pk: row[relation.name]
            for instance, row in zip(batch.present or (), batch.rows, strict=True)
            if relation.name in row
        }
        if wanted:
            present = batch.pairs.get(relation.name) or _pairs(relation, list(wanted))
            _write_pairs(relation, wanted, present)
            touched |= wanted.keys()
    if touched:
        # The row's version stands for its relations too, or a stale PATCH would pass.
        batch.model._base_manager.filter(pk__in=touched).update(version=F("version") + 1)
