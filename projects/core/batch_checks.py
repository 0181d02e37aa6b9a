"""What a batch is checked for: fields, references, uniqueness, constraints, permissions.

Each check is a constant number of queries, however many rows there are.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Field, Model, Q, UniqueConstraint
from django.utils.translation import gettext as _

from projects.core.batch import Batch, Values
from projects.core.conditions import NotUnderstood, holds, permitted_rows, row_leaf
from projects.core.rows import label_of
from projects.permissions import protected_fields, rows_allowed

# By what, beside their id, rows are named by people.
NAMES: dict[str, tuple[str, ...]] = {
    "projects.Department": ("code", "name", "short_name"),
    "projects.User": ("username", "name"),
    "projects.Project": ("code", "approval_code", "name"),
}


def check_fields(batch: Batch) -> None:
    """Holds each value to its field: empty, too long, unknown choice, validators."""
    for field in _plain_fields(batch.model):
        name, check = field.name, _value_check(field)
        for number, row in enumerate(batch.rows):
            if name in row:
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
        if value in seen:
            return seen[value]
        try:
            _check_value(field, value, choices, validators)
        except ValidationError as error:
            seen[value] = error
            return error
        seen[value] = None
        return None

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
    for related, keys in asked.items():
        found = keys_found(related, keys, names=names)
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
    what = field.related_model._meta.verbose_name
    if ids:
        message = _("有多个%(what)s叫“%(key)s”, 请改写代码。") % {"what": what, "key": key}
        batch.wrong(number, field.name, message, "ambiguous", key)
    else:
        message = _("没有%(what)s“%(key)s”, 请核对名称或代码。") % {"what": what, "key": key}
        batch.wrong(number, field.name, message, "does_not_exist", key)
    return 0


def keys_found(model: Any, keys: set[Any], *, names: bool) -> dict[Any, list[int]]:
    """Returns key → ids of the rows that it may mean; the first of ``NAMES`` that fits decides."""
    columns = NAMES.get(model._meta.label, ())
    columns = columns if names else columns[:1]
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


def check_unique(batch: Batch) -> None:
    """Refuses what is taken, in the database or by an earlier row of the batch."""
    for names, condition, message in _uniques(batch.model):
        _check_unique(batch, names, condition, message)


@lru_cache
def _uniques(model: type[Model]) -> tuple[tuple[tuple[str, ...], Q | None, Any], ...]:
    found: list[tuple[tuple[str, ...], Q | None, Any]] = [
        ((field.name,), None, field.error_messages["unique"])
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key
    ]
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and "id" not in constraint.fields:
            names, message = tuple(constraint.fields), constraint.get_violation_error_message()
            found.append((names, constraint.condition, message))
    return tuple(found)


def _check_unique(batch: Batch, names: tuple[str, ...], condition: Q | None, message: Any) -> None:
    keys: dict[tuple, int] = {}
    for number, row in batch.sound():
        if not row.keys() & set(names):
            continue
        key = tuple(batch.value(number, name) for name in names)
        if None in key or not _applies(batch, number, condition):
            continue
        if key in keys:
            told = _("与第 %(row)d 行重复。") % {"row": keys[key] + 1}
            batch.wrong(number, names[-1], f"{_text(batch, message)} {told}", "unique", key[-1])
        else:
            keys[key] = number
    if not keys:
        return
    columns = {name: {key[place] for key in keys} for place, name in enumerate(names)}
    taken = batch.model._base_manager.filter(condition or Q())
    taken = taken.filter(**{f"{name}__in": values for name, values in columns.items()})
    if batch.present is not None:
        taken = taken.exclude(pk__in=[row.pk for row in batch.present])
    for key in set(taken.values_list(*names)) & keys.keys():
        batch.wrong(keys[key], names[-1], _text(batch, message), "unique", key[-1])


def _text(batch: Batch, message: Any) -> str:
    return str(message) % {
        "model_name": batch.model._meta.verbose_name,
        "field_label": _("此值"),
        "name": "",
    }


def _applies(batch: Batch, number: int, condition: Q | None) -> bool:
    if condition is None:
        return True
    try:
        return holds(condition, row_leaf(lambda name: batch.value(number, name))) is True
    except NotUnderstood:
        return False


def check_constraints(batch: Batch) -> None:
    """Holds each sound row to the model's check constraints."""
    for constraint in batch.model._meta.constraints:
        if not isinstance(constraint, CheckConstraint) or not isinstance(constraint.condition, Q):
            continue
        try:
            _check_constraint(batch, constraint, constraint.condition)
        except NotUnderstood:
            continue  # the database will say


def _check_constraint(batch: Batch, constraint: CheckConstraint, condition: Q) -> None:
    names = _named(condition)
    field = sorted(names)[-1]
    told: dict[tuple, bool | None] = {}  # many rows hold the same few values
    for number, row in batch.sound():
        if not row.keys() & names:
            continue
        key = tuple(batch.value(number, name) for name in sorted(names))
        if key not in told:
            leaf = row_leaf(dict(zip(sorted(names), key, strict=True)).__getitem__)
            told[key] = holds(condition, leaf)
        if told[key] is False:
            message = constraint.get_violation_error_message()
            batch.wrong(number, field, message, "constraint", batch.value(number, field))


def _named(condition: Q) -> set[str]:
    """Returns the columns that a condition speaks of."""
    names: set[str] = set()
    for child in condition.children:
        if isinstance(child, Q):
            names |= _named(child)
            continue
        if not isinstance(child, tuple):
            raise NotUnderstood
        names.add(child[0].partition("__")[0])
        if hasattr(child[1], "resolve_expression"):
            names.add(getattr(child[1], "name", None) or _not_understood())
    return names


def _not_understood() -> str:
    raise NotUnderstood


def check_permissions(batch: Batch, action: str, asked: Iterable[int]) -> None:
    """Refuses rows that the person may not write, as they are or as they would be."""
    if batch.by is None:
        return
    label = batch.model._meta.label
    condition = rows_allowed(batch.by, action, label)
    numbers = [number for number in asked if number not in batch.bad]
    message = _("您没有执行此操作的权限。")
    if condition is None:
        allowed: set[int] = set()
    elif condition == Q():
        return
    else:
        allowed = permitted_rows(batch.model, condition, numbers, batch.value)
        if batch.present is not None:
            keys = [batch.present[number].pk for number in numbers]
            rows = batch.model._base_manager.filter(condition, pk__in=keys)
            present = set(rows.values_list("pk", flat=True))
            allowed = {number for number in allowed if batch.present[number].pk in present}
    for number in numbers:
        if number not in allowed:
            batch.wrong(number, "", message, "not_allowed", kind="forbidden")


def check_protected(batch: Batch, unchanged: Callable[[int, str, Any], bool]) -> None:
    """Refuses values that the person may read but not write."""
    if batch.by is None:
        return
    creating = batch.present is None
    protected = protected_fields(batch.by, batch.model._meta.label, creating=creating)
    if not protected:
        return
    for number, row in enumerate(batch.rows):
        for name in protected & row.keys():
            if not unchanged(number, name, row[name]):
                _refuse_protected(batch, number, name, row)


def _refuse_protected(batch: Batch, number: int, name: str, row: Values) -> None:
    message = _("%(fields)s 只能由督查员修改。需要调整请联系督查室; 节点期限请提交延期申请。")
    label = label_of(batch.model, name)
    batch.wrong(number, name, message % {"fields": label}, "protected", row[name], "forbidden")
