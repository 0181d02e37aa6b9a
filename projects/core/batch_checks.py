"""What a batch is checked for: fields, references, constraints, unique keys, permissions.

Each check is a constant number of queries, however many rows there are.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import (
    BaseConstraint,
    CheckConstraint,
    Field,
    Model,
    Q,
    UniqueConstraint,
)
from django.utils.translation import gettext as _

from portfolio.core.errors import constraint_words, is_bare, no_such_row
from projects.core.batch import Batch, label_of
from projects.core.conditions import (
    answers,
    condition_sql,
    fields_of,
    fulfilling,
    names_in,
    touches,
)
from projects.permissions import protected_fields, row_condition

# By what, beside their id, rows are named by people.
NAMES: dict[str, tuple[str, ...]] = {
    "projects.Department": ("code", "name", "short_name"),
    "projects.User": ("username", "name"),
    "projects.Project": ("code", "approval_code", "name"),
}


def check_fields(batch: Batch) -> None:
    """Holds each value to its field: empty, too long, unknown choice, validators."""
    named = {(error.row, error.field) for error in batch.errors}
    for field in _plain_fields(batch.model):
        name, check = field.name, _value_check(field)
        for number, row in enumerate(batch.rows):
            if name in row and (number, name) not in named:
                told = check(row[name])
                if told is not None:
                    batch.wrong_by(number, name, told, row[name])


def check_required(batch: Batch, derived: frozenset[str]) -> None:
    """Refuses new rows without a value that has to be given; the system gives ``derived``."""
    fields = [*_plain_fields(batch.model), *_relations(batch.model)]
    required = [
        field.name
        for field in fields
        if not (field.null or field.blank or field.has_default() or not field.editable)
        and field.name not in derived
    ]
    named = {(error.row, error.field) for error in batch.errors}
    for number, row in enumerate(batch.rows):
        for name in required:
            if name not in row and (number, name) not in named:
                batch.wrong(number, name, _("该字段是必填项。"), "required")


def _plain_fields(model: type[Model]) -> list[Field]:
    return [f for f in model._meta.concrete_fields if not f.is_relation and not f.primary_key]


def _relations(model: type[Model]) -> list[Any]:
    return [f for f in model._meta.concrete_fields if f.is_relation]


def _value_check(field: Field) -> Callable[[Any], ValidationError | None]:
    """Returns the field's check; a value seen before is not checked again."""
    seen: dict[Hashable, ValidationError | None] = {}
    choices = {code for code, _label in field.flatchoices} if field.choices else None
    validators = field.validators

    def check(value: Any) -> ValidationError | None:
        known = isinstance(value, Hashable)
        if known and value in seen:
            return seen[value]
        told = None
        try:
            _check_value(field, value, choices, validators)
        except ValidationError as error:
            told = error
        if known:
            seen[value] = told
        return told

    return check


def _check_value(field: Any, value: Any, choices: set | None, validators: Iterable) -> None:
    if value is None:
        if not field.null:
            raise ValidationError(field.error_messages["null"], code="null")
        return
    if value == "":
        if not field.blank:
            raise ValidationError(field.error_messages["blank"], code="blank")
        return
    if choices is not None:
        if value not in choices:
            message = _("没有“%(value)s”这个值。可用: %(known)s。") % {
                "value": value,
                "known": "、".join(str(label) for _code, label in field.flatchoices),
            }
            raise ValidationError(message, code="invalid_choice")
        return
    for validator in validators:
        validator(value)
    if isinstance(value, list | dict):
        field.validate(value, None)  # each of its parts


def resolve_references(batch: Batch, *, names: bool = False) -> None:
    """Puts ids in the place of keys: an id, a code, and with ``names`` a name (one query a kind).

    Relations with a table of their own become lists of ids.
    """
    fields: list[Any] = [*_relations(batch.model), *batch.model._meta.many_to_many]
    asked: dict[Any, set[Any]] = defaultdict(set)
    for field in fields:
        for row in batch.rows:
            given = row.get(field.name)
            if given is not None:
                asked[field.related_model].update(given if field.many_to_many else (given,))
            elif field.name in row:
                asked.setdefault(field.related_model, set())
    for related, keys in asked.items():
        known = {key: [key] for key in keys & batch.known(related).keys()}
        found = known | find_keys(related, keys - known.keys(), names=names)
        for field in fields:
            if field.related_model is related:
                _put_ids(batch, field, found)


def _put_ids(batch: Batch, field: Any, found: dict[Any, list[int]]) -> None:
    for number, row in enumerate(batch.rows):
        given = row.get(field.name)
        if given is None:
            if field.name in row and not field.null:
                batch.wrong(number, field.name, field.error_messages["null"], "null")
            continue
        keys = given if field.many_to_many else [given]
        ids = [_one_id(batch, number, field, key, found.get(key, [])) for key in keys]
        row[field.name] = sorted(set(ids) - {0}) if field.many_to_many else (ids[0] or None)


def _one_id(batch: Batch, number: int, field: Any, key: Any, ids: list[int]) -> int:
    if len(ids) == 1:
        return ids[0]
    if ids:
        what = field.related_model._meta.verbose_name
        message = _("有多个%(what)s叫“%(key)s”, 请改写代码。") % {"what": what, "key": key}
        batch.wrong(number, field.name, message, "ambiguous", key)
    else:
        message = no_such_row(field.related_model, key)
        batch.wrong(number, field.name, message, "does_not_exist", key)
    return 0


def find_keys(model: Any, keys: set[Any], *, names: bool) -> dict[Any, list[int]]:
    """Returns key → ids of the rows that it may mean; the first of ``NAMES`` that fits decides."""
    columns = NAMES.get(model._meta.label, ())
    columns = columns if names else columns[:1]
    if not keys:
        return {}
    ids = {key for key in keys if _is_id(key)} if not (names and columns) else set()
    texts = [key for key in keys - ids if isinstance(key, str)]
    condition = Q(pk__in=[int(key) for key in ids])
    for column in columns:
        condition |= Q(**{f"{column}__in": texts})
    found: dict[Any, list[int]] = {}
    rows = list(model._base_manager.filter(condition).values_list("pk", *columns))
    for place, _column in enumerate(columns, start=1):
        by_this = defaultdict(list)
        for row in rows:
            by_this[row[place]].append(row[0])
        for key, meant in by_this.items():
            found.setdefault(key, meant)
    present = {row[0] for row in rows}
    found |= {key: [int(key)] for key in ids if int(key) in present}
    return found


def _is_id(key: Any) -> bool:
    if isinstance(key, str):
        return key.isascii() and key.isdigit() and len(key) <= 18
    return type(key) is int and abs(key) < 10**18


@dataclass(frozen=True)
class _Rule:
    """What the database refuses: a constraint's condition, or a unique key."""

    names: frozenset[str]  # of the fields that it speaks of
    field: str  # at which it is named
    sql: str
    constraint: BaseConstraint | None = None
    key: tuple[str, ...] = ()

    def words(self, model: type[Model]) -> str:
        if self.constraint and not (self.key and is_bare(self.constraint)):
            return constraint_words(self.constraint, model)
        return "".join(model().unique_error_message(model, self.key).messages)


def check_constraints(batch: Batch) -> None:
    """Holds each sound row to those constraints and unique keys that what it writes can break.

    One query, whatever the number of rows; what doubles another row of the batch is seen here.
    """
    touched = {name for _number, row in batch.sound() for name in row}
    rules = [rule for rule in _rules(batch.model) if rule.names & touched]
    numbers = [number for number, _row in batch.sound()]
    if not rules:
        return
    own = [_own_keys(batch, rule) for rule in rules if rule.key]
    found = answers(batch, numbers, [rule.sql for rule in rules], own)
    seen: dict[tuple, int] = {}
    for number in numbers:
        for rule, answer in zip(rules, found[number], strict=True):
            if not touches(batch, number, rule.names):
                continue
            if not rule.key:
                if answer is False:
                    _refuse_by(batch, number, rule)
            elif answer is not None:  # the key is whole, and its condition holds
                _check_key(batch, number, rule, taken=answer, seen=seen)


def _own_keys(batch: Batch, rule: _Rule) -> list[int]:
    """Returns the ids of the rows that give up the key they have now."""
    rows = enumerate(batch.present or ())
    return [row.pk for number, row in rows if touches(batch, number, rule.names)]


def _check_key(
    batch: Batch, number: int, rule: _Rule, *, taken: bool, seen: dict[tuple, int]
) -> None:
    key = (rule.key, *(batch.value(number, name) for name in rule.key))
    if taken:
        _refuse_by(batch, number, rule)
    elif key in seen:
        told = _("与第 %(row)d 行重复。") % {"row": seen[key] + 1}
        words = f"{rule.words(batch.model)} {told}"
        batch.wrong(number, rule.field, words, "unique", key[-1])
    else:
        seen[key] = number


def _refuse_by(batch: Batch, number: int, rule: _Rule) -> None:
    code, words = "unique" if rule.key else "constraint", rule.words(batch.model)
    if batch.present is None or touches(batch, number, (rule.field,)):
        batch.wrong(number, rule.field, words, code, batch.value(number, rule.field))
    else:  # another field of the row was changed: the row as a whole does not fit
        batch.wrong(number, "", words, code)


@lru_cache
def _rules(model: type[Model]) -> tuple[_Rule, ...]:
    found = [
        _unique_rule(model, (field.name,))
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key
    ]
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            if "id" not in constraint.fields:
                found.append(_unique_rule(model, tuple(constraint.fields), constraint))
        elif isinstance(constraint, CheckConstraint):
            sql = f"({condition_sql(model, constraint.condition)})"  # type: ignore[arg-type]
            names = fields_of(model, sql)
            found.append(_Rule(names, max(names), sql, constraint))
    return tuple(found)


def _unique_rule(
    model: type[Model], key: tuple[str, ...], constraint: UniqueConstraint | None = None
) -> _Rule:
    """Returns the rule whose SQL says whether another row has the key; nothing, where it has an
    empty part or its condition does not hold."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    fields: list[Any] = [model._meta.get_field(name) for name in key]
    columns = [quote(field.column) for field in fields]
    condition = constraint and constraint.condition
    where = condition_sql(model, condition) if condition else "TRUE"
    whole = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    same = " AND ".join(f"taken.{column} = {table}.{column}" for column in columns)
    sql = (
        f"CASE WHEN {whole} AND ({where}) THEN EXISTS (SELECT 1 FROM"  # noqa: S608
        f" (SELECT * FROM {table} WHERE {where}) taken"
        f" WHERE {same} AND taken.id <> ALL(%s::bigint[])) END"
    )
    return _Rule(frozenset(key) | fields_of(model, where), key[-1], sql, constraint, key)


def check_permissions(batch: Batch, action: str, asked: Iterable[int]) -> None:
    """Refuses rows that the person may not write, as they are or as they would be."""
    condition = (
        Q() if batch.by is None else row_condition(batch.by, action, batch.model._meta.label)
    )
    numbers = [number for number in asked if number not in batch.bad]
    if condition == Q() or not numbers:
        return
    message = _("您没有执行此操作的权限。")
    for number in sorted(set(numbers) - _permitted(batch, numbers, condition)):
        batch.wrong(number, "", message, "not_allowed", kind="forbidden")


def _permitted(batch: Batch, numbers: list[int], condition: Q | None) -> set[int]:
    if condition is None:
        return set()
    if batch.present is None:
        return fulfilling(batch, numbers, condition)
    allowed = set(numbers)
    if not batch.permitted:
        keys = {batch.present[number].pk for number in numbers}
        rows = batch.model._base_manager.filter(condition, pk__in=keys)
        present = set(rows.values_list("pk", flat=True))
        allowed = {number for number in numbers if batch.present[number].pk in present}
    names = names_in(batch.model, condition)
    moved = [number for number in numbers if touches(batch, number, names)]
    # Nobody hands a row out of his own reach.
    return allowed - (set(moved) - fulfilling(batch, moved, condition) if moved else set())


def check_protected(batch: Batch, unchanged: Callable[[int, str, Any], bool]) -> None:
    """Refuses values that the person may read but not write."""
    if batch.by is None:
        return
    creating = batch.present is None
    protected = protected_fields(batch.by, batch.model._meta.label, creating=creating)
    if not protected:
        return
    message = _("%(fields)s 只能由督查员修改。需要调整请联系督查室; 节点期限请提交延期申请。")
    for number, row in enumerate(batch.rows):
        touched = [n for n in sorted(protected & row.keys()) if not unchanged(number, n, row[n])]
        told = message % {"fields": "、".join(label_of(batch.model, name) for name in touched)}
        for name in touched:
            batch.wrong(number, name, told, "protected", row[name], "forbidden")
