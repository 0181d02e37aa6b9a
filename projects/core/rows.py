"""How a single row is written: a batch of one, by the checks of its ``Kind``.

The services of each subject call these; so do views and admin for rows whose rules their ``Kind``
knows. ``by`` is the person who writes, or ``None`` for the system itself (loading the report,
making synthetic data), which the permission table does not bind.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import DO_NOTHING, SET_NULL, Model, ProtectedError
from django.utils.translation import gettext as _

from portfolio.core.errors import RowFault, StateConflictError, permission_error
from projects.core.batch import Batch, label_of, require, require_any
from projects.core.batch_checks import resolve_references
from projects.core.bulk import Kind, batch_create, batch_update, check_changes, check_new, kind_of
from projects.permissions import Actor

__all__ = [
    "is_moved",
    "label_of",
    "raise_first",
    "require",
    "require_any",
    "row_create",
    "row_delete",
    "row_update",
    "rows_create",
]

M = TypeVar("M", bound=Model)


def row_create(
    *, model: type[M], by: Actor | None, fields: Mapping[str, Any], kind: Kind | None = None
) -> M:
    """Writes a new row. ``fields`` may name many-to-many relations with lists of rows.

    Raises ``ValidationError`` keyed by field, ``PermissionDenied`` or ``StateConflictError``.
    """
    require_any(by, "add", model)
    kind = kind or kind_of(model)
    batch = _batch(model, by, [fields])
    check_new(kind, batch)
    raise_first(batch.errors)
    with _written_together(kind, batch):
        (made,) = batch_create(kind, batch)
    _keep_read(made, fields)
    return made


def row_update(*, instance: M, by: Actor | None, changes: Mapping[str, Any]) -> M:
    """Changes a row. What is not in ``changes`` stays; what is the same is not written."""
    require(by, "change", instance)
    kind = kind_of(type(instance))
    batch = _batch(type(instance), by, [changes], present=[instance])
    check_changes(kind, batch)
    raise_first(batch.errors)
    if batch.rows[0]:
        with _written_together(kind, batch):
            batch_update(kind, batch)
        _keep_read(instance, changes)
    return instance


def rows_create(*, model: type[M], by: Actor | None, rows: Sequence[Mapping[str, Any]]) -> list[M]:
    """Writes several new rows that stand or fall together; raises as ``row_create``."""
    if not rows:
        return []
    require_any(by, "add", model)
    kind = kind_of(model)
    batch = _batch(model, by, rows)
    check_new(kind, batch)
    raise_first(batch.errors)
    with transaction.atomic(savepoint=False):
        return batch_create(kind, batch)


def is_moved(instance: Model, changes: Mapping[str, Any], name: str) -> bool:
    """Returns whether the changes give the field another value; a row that it refers to is not
    read for that."""
    value = changes.get(name)
    present = getattr(instance, instance._meta.get_field(name).attname)  # type: ignore[union-attr]
    return name in changes and getattr(value, "pk", value) != present


def raise_first(errors: Sequence[RowFault]) -> None:
    """Raises what is wrong with a single row as whoever writes one expects it: what the person
    may not do before anything else, then what the state forbids, then all wrong values."""
    for each in errors:
        if each.kind == "forbidden":
            raise permission_error(each.message)
    if errors and errors[0].kind == "conflict":
        raise StateConflictError(errors[0].message, code=errors[0].code)
    found: dict[str, list[ValidationError]] = defaultdict(list)
    for each in errors:
        found[each.field or NON_FIELD_ERRORS].append(ValidationError(each.message, code=each.code))
    if found:
        raise ValidationError(found)


def _batch(
    model: type[Model],
    by: Actor | None,
    rows: Sequence[Mapping[str, Any]],
    present: Sequence[Any] | None = None,
) -> Batch:
    """Returns rows of a form as a batch: other rows by their key, values in the type of their
    field."""
    known: list[Model] = []
    for instance in present or ():
        known += filter(None, instance._state.fields_cache.values())
    keyed = [{name: _key(model, name, row[name], known) for name in row} for row in rows]
    batch = Batch(model, by=by, rows=keyed, present=present, known=known, permitted=True)
    for number, row in enumerate(batch.rows):
        for name, value in row.items():
            field: Any = model._meta.get_field(name)
            if not field.is_relation:
                try:
                    row[name] = field.to_python(value)
                except ValidationError as error:
                    batch.wrong_by(number, name, error, value)
    resolve_references(batch)
    return batch


def _key(model: type[Model], name: str, value: Any, known: list[Model]) -> Any:
    """Returns the keys in place of rows, which are noted among the ``known``."""
    if model._meta.get_field(name).many_to_many:
        known += (related := list(value))
        return [each.pk for each in related]
    if isinstance(value, Model):
        known.append(value)
        return value.pk
    return value


def _written_together(kind: Kind, batch: Batch) -> AbstractContextManager[Any]:
    """Returns a transaction (or the one that runs already) where the row is more than one
    statement; one is all or nothing by itself."""
    many = {relation.name for relation in kind.model._meta.many_to_many}
    alone = (batch.present is not None or kind.is_plain) and not many & batch.rows[0].keys()
    # What goes wrong from here on the database has refused, and nobody goes on after that.
    return nullcontext() if alone else transaction.atomic(savepoint=False)


def _keep_read(instance: Model, fields: Mapping[str, Any]) -> None:
    """Lets the instance know the rows that it was given, so that nobody reads them again."""
    for name, value in fields.items():
        if isinstance(value, Model):
            setattr(instance, name, value)


@transaction.atomic
def row_delete(*, instance: Model, by: Actor | None) -> None:
    """Deletes a row that nothing refers to; raises ``StateConflictError`` naming what does."""
    require(by, "delete", instance)
    # Whoever refers to the row from now on waits, then finds it gone: it takes nothing with it.
    type(instance)._base_manager.select_for_update().filter(pk=instance.pk).first()
    try:
        referring = _find_references(instance)
        if referring:
            raise StateConflictError(_refers_message(instance, referring), code="referred_to")
        instance.delete()
    except ProtectedError as error:
        raise StateConflictError(
            _refers_message(instance, error.protected_objects), code="referred_to"
        ) from error


def _find_references(instance: Model) -> list[Model]:
    """Returns a few rows that would silently go with this one, its own parts aside."""
    own_parts = {
        "projectsupport", "targetsupport", "inspectioncriterion", "inspectionjudge", "judgegroup",
        "planpoint", "subscriptionrecipient",
    }  # fmt: skip
    found: list[Model] = []
    for relation in instance._meta.related_objects:
        name = relation.related_model._meta.model_name or ""
        # History lets go of what it tells of (DO_NOTHING), one such model is not even a table; and
        # so does what goes on without it (SET_NULL).
        if name in own_parts or relation.on_delete in (DO_NOTHING, SET_NULL):
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: instance.pk})
        if name == "stagetransition":
            rows = rows.exclude(from_stage="")  # the first stage is part of the registration
        found += rows[:3]
    return found


def _refers_message(instance: Model, rows: Iterable[Model]) -> str:
    names = "、".join(f"{row._meta.verbose_name} {row.pk}" for row in list(rows)[:5])
    return _("仍被引用, 不能删除: %(rows)s。请先处理这些记录。") % {"rows": names}
