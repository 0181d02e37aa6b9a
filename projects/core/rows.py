"""How a row is written: permission, rule, constraint, history, in one transaction.

The services of each subject call these; so do views and admin for rows that have no rule of
their own. ``by`` is the person who writes, or ``None`` for the system itself (loading the
report, making synthetic data), which the permission table does not bind.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import DO_NOTHING, SET_NULL, F, Model, ProtectedError
from django.utils.translation import gettext as _

from portfolio.core.errors import StateConflict, not_allowed
from projects.core.pinyin import pinyin_key
from projects.permissions import action_allowed, object_allowed, protected_fields

M = TypeVar("M", bound=Model)


def require(by: Any, action: str, instance: Model) -> None:
    """Raises ``PermissionDenied`` unless the person may do this to the saved row."""
    if by is not None and not object_allowed(by, action, instance):
        raise not_allowed()


def require_any(by: Any, action: str, model: type[Model]) -> None:
    """Raises ``PermissionDenied`` when the person may do this to no row of the model."""
    if by is not None and not action_allowed(by, action, model._meta.label):
        raise not_allowed()


@transaction.atomic
def row_create(*, model: type[M], by: Any, fields: Mapping[str, Any]) -> M:
    """Writes a new row. ``fields`` may name many-to-many relations with lists of rows.

    Raises ``ValidationError`` keyed by field, or ``PermissionDenied``.
    """
    require_any(by, "add", model)
    plain, many = _split(model, fields)
    instance = model(**plain)
    _refuse_protected(by, instance, plain)
    _write(instance, force_insert=True)
    _set_many(instance, many)
    require(by, "add", instance)
    return instance


@transaction.atomic
def row_update(*, instance: M, by: Any, changes: Mapping[str, Any]) -> M:
    """Changes a row. What is not in ``changes`` stays; what is the same is not written."""
    require(by, "change", instance)
    _refuse_protected(by, instance, changes)
    plain, many = _split(type(instance), changes)
    changed = [name for name, value in plain.items() if getattr(instance, name) != value]
    for name in changed:
        setattr(instance, name, plain[name])
    if changed:
        _write(instance, changed=changed)
    _set_many(instance, many)
    require(by, "change", instance)  # nobody hands a row out of his own reach
    return instance


@transaction.atomic
def row_delete(*, instance: Model, by: Any) -> None:
    """Deletes a row that nothing refers to; raises ``StateConflict`` naming what does."""
    require(by, "delete", instance)
    # Whoever refers to the row from now on waits, then finds it gone: it takes nothing with it.
    type(instance)._base_manager.select_for_update().filter(pk=instance.pk).first()
    try:
        referring = _referring(instance)
        if referring:
            raise StateConflict(_refers_message(instance, referring), code="referred_to")
        instance.delete()
    except ProtectedError as error:
        raise StateConflict(
            _refers_message(instance, error.protected_objects), code="referred_to"
        ) from error


def label_of(model: type[Model], field: str) -> str:
    """Returns the field's name as people read it."""
    return str(getattr(model._meta.get_field(field), "verbose_name", field))


def _split(model: type[Model], fields: Mapping[str, Any]) -> tuple[dict, dict]:
    many_names = {field.name for field in model._meta.many_to_many}
    plain = {name: value for name, value in fields.items() if name not in many_names}
    return plain, {name: fields[name] for name in fields.keys() & many_names}


def _write(instance: Model, *, changed: list[str] | None = None, **options: Any) -> None:
    names = {field.name for field in instance._meta.concrete_fields}
    if "pinyin" in names and (changed is None or "name" in changed):
        instance.pinyin = pinyin_key(instance.name)  # type: ignore[attr-defined]
        changed = None if changed is None else [*changed, "pinyin"]
    instance.full_clean()
    instance.save(update_fields=changed, **options)


def _set_many(instance: Model, many: Mapping[str, Iterable[Model]]) -> None:
    touched = False
    for name, rows in many.items():
        relation = getattr(instance, name)
        wanted = list(rows)
        if {row.pk for row in wanted} != set(relation.values_list("pk", flat=True)):
            relation.set(wanted)
            touched = True
    if touched:
        # The row's version stands for its relations too, or a stale PATCH would pass.
        type(instance)._base_manager.filter(pk=instance.pk).update(version=F("version") + 1)


def _refuse_protected(by: Any, instance: Model, changes: Mapping[str, Any]) -> None:
    """Refuses what the person may not write; a new row (no key yet) has no values to keep."""
    if by is None:
        return
    creating = instance._state.adding
    protected = protected_fields(by, instance._meta.label, creating=creating)
    touched = [
        name
        for name in protected & changes.keys()
        if changes[name] != (None if creating else getattr(instance, name))
    ]
    if touched:
        labels = "、".join(label_of(type(instance), name) for name in sorted(touched))
        raise not_allowed(
            _("%(fields)s 只能由督查员修改。需要调整请联系督查室; 节点期限请提交延期申请。")
            % {"fields": labels}
        )


def _referring(instance: Model) -> list[Model]:
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
