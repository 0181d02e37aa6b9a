"""Brings rows into line with data, without undoing what people have written since.

Whoever wrote a field last owns it. The history says who that was: a field that the loader itself
wrote last follows the data; any other is kept and reported. So is a row that somebody deleted, and
a field of ``Kind.frozen``.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from portfolio.tools.work_report.fields import ReportError
from projects.core.pinyin import pinyin_key

COMMAND = "load_report"  # how the history knows the loader

Key = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class MergeSpec:
    """What is merged: a model, the file that it comes from, and the columns that identify a row.

    ``frozen`` are columns that are not the loader's to move once the row is there; ``restored``
    rows come back when somebody deleted them, because other entries refer to them; ``complete``
    gives new rows what the data do not say.
    """

    model: type[Model]
    file: str
    key: tuple[str, ...] = ("report_key",)
    frozen: frozenset[str] = frozenset()
    restored: bool = False
    complete: Callable[[list[Any]], None] | None = None

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    def key_of(self, values: dict[str, Any]) -> Key:
        return tuple(values[name] for name in self.key)


@dataclass(frozen=True)
class WantedRow:
    """A row as the data say that it should be; ``values`` by column (``lead_department_id``)."""

    entry: str
    values: dict[str, Any]


@dataclass
class MergeResult:
    """What became of one kind: how many rows, and line by line what was left as it is."""

    label: str
    new: int = 0
    changed: int = 0
    same: int = 0
    kept: list[str] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        return bool(self.new or self.changed)


def merge(
    kind: MergeSpec, wanted: Sequence[WantedRow]
) -> tuple[MergeResult, dict[Key, Any], list[Any]]:
    """Gives what happened, the rows by key as they now stand, and those of them that are new.

    Raises ReportError for a value that the model or the database refuses.
    """
    outcome = MergeResult(kind.label)
    present = _present(kind, wanted)
    missing = [row for row in wanted if kind.key_of(row.values) not in present]
    deleted = set() if kind.restored else _deleted_by_people(kind, missing)
    outcome.kept += [
        _("%(kind)s %(entry)s：已被人删除，不再装入") % {"kind": kind.label, "entry": row.entry}
        for row in missing
        if kind.key_of(row.values) in deleted
    ]
    differing = {}
    for row in wanted:
        row_present = present.get(kind.key_of(row.values))
        if row_present is not None:
            names = [n for n, value in row.values.items() if getattr(row_present, n) != value]
            if names:
                differing[row_present.pk] = (row_present, row, names)
            else:
                outcome.same += 1
    _change(kind, differing, outcome)
    new = _create(kind, [row for row in missing if kind.key_of(row.values) not in deleted])
    outcome.new = len(new)
    present |= {kind.key_of(vars(instance)): instance for instance in new}
    return outcome, present, new


def sort_by_level(
    rows: Iterable[T], *, name: Callable[[T], str], above: Callable[[T], str | None]
) -> list[list[T]]:
    """Sorts rows that refer to each other into levels: what is referred to comes first."""
    levels: list[list[T]] = []
    waiting, placed = list(rows), set[str]()
    while waiting:
        level = [row for row in waiting if above(row) is None or above(row) in placed]
        if not level:  # they refer to each other in a circle; the database says the rest
            return [*levels, waiting]
        levels.append(level)
        placed |= {name(row) for row in level}
        waiting = [row for row in waiting if name(row) not in placed]
    return levels


def _present(kind: MergeSpec, wanted: Collection[WantedRow]) -> dict[Key, Any]:
    first = kind.key[0]
    rows = kind.model._base_manager.filter(
        **{f"{first}__in": {row.values[first] for row in wanted}}
    )
    return {kind.key_of(vars(row)): row for row in rows}


def events_of(model: type[Model]) -> Any:
    """The manager of the model's history table."""
    return model._meta.get_field("events").related_model._base_manager  # type: ignore[union-attr]


def is_by_loader(event: dict[str, Any]) -> bool:
    """Whether the loader wrote this event."""
    return (event["pgh_context"] or {}).get("command") == COMMAND


def _deleted_by_people(kind: MergeSpec, missing: Collection[WantedRow]) -> set[Key]:
    if not missing:
        return set()
    first = kind.key[0]
    events = events_of(kind.model).filter(
        **{f"{first}__in": {row.values[first] for row in missing}}, pgh_label="delete"
    )
    return {kind.key_of(event) for event in events.values() if not is_by_loader(event)}


def find_fields_of_people(model: type[Model], ids: Collection[int]) -> dict[int, set[str]]:
    """Gives for each row the columns that somebody else than the loader wrote last."""
    theirs: dict[int, set[str]] = {pk: set() for pk in ids}
    before: dict[int, dict[str, Any]] = {}
    for event in events_of(model).filter(pgh_obj_id__in=ids).order_by("pgh_id").values():
        pk = event["pgh_obj_id"]
        previous = before.get(pk)
        written = {n for n in event if previous is None or previous.get(n) != event[n]}
        if is_by_loader(event):
            theirs[pk] -= written
        else:
            theirs[pk] |= written
        before[pk] = event
    return theirs


def _change(
    kind: MergeSpec, differing: dict[int, tuple[Any, WantedRow, list[str]]], outcome: MergeResult
) -> None:
    theirs = find_fields_of_people(kind.model, differing) if differing else {}
    for pk, (instance, row, names) in differing.items():
        kept = (theirs[pk] | kind.frozen) & set(names)
        outcome.kept += [
            _describe_kept(kind, instance, row, name) for name in names if name in kept
        ]
        changed = [name for name in names if name not in kept]
        if not changed:
            outcome.same += 1
            continue
        for name in changed:
            setattr(instance, name, row.values[name])
        if "name" in changed:
            changed += _set_pinyin(instance)
        _check_shape(kind, instance, row)
        _save(kind, instance, row, update_fields=[_field_name(kind, name) for name in changed])
        outcome.changed += 1


def _describe_kept(kind: MergeSpec, instance: Any, row: WantedRow, name: str) -> str:
    return _("%(kind)s %(entry)s 的%(field)s：系统里是 %(here)s，数据是 %(data)s，保留系统里的") % {
        "kind": kind.label,
        "entry": row.entry,
        "field": kind.model._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
        "here": getattr(instance, name),
        "data": row.values[name],
    }


def _create(kind: MergeSpec, rows: list[WantedRow]) -> list[Any]:
    instances = [kind.model(**row.values) for row in rows]
    if kind.complete and instances:
        kind.complete(instances)
    for instance, row in zip(instances, rows, strict=True):
        _set_pinyin(instance)
        _check_shape(kind, instance, row)
    try:
        with transaction.atomic():
            kind.model._base_manager.bulk_create(instances)
    except IntegrityError:
        # One by one is slow, but it tells which entry the database refuses.
        for instance, row in zip(instances, rows, strict=True):
            instance.pk = None
            _save(kind, instance, row, force_insert=True)
    return instances


def _set_pinyin(instance: Any) -> list[str]:
    if not hasattr(instance, "pinyin"):
        return []
    instance.pinyin = pinyin_key(instance.name)
    return ["pinyin"]


def _field_name(kind: MergeSpec, column: str) -> str:
    return kind.model._meta.get_field(column).name


def _check_shape(kind: MergeSpec, instance: Any, row: WantedRow) -> None:
    """Checks each field but not the references: those were resolved to rows already."""
    references = {field.name for field in kind.model._meta.concrete_fields if field.is_relation}
    try:
        instance.clean_fields(exclude=references)
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise ReportError(
            kind.file,
            "".join(messages),
            entry=row.entry,
            field=name,
            value=getattr(instance, name),
        ) from None


def _save(kind: MergeSpec, instance: Any, row: WantedRow, **options: Any) -> None:
    try:
        with transaction.atomic():
            instance.save(**options)
    except IntegrityError as error:
        raise ReportError(kind.file, _refusal(kind, error), entry=row.entry) from error


def _refusal(kind: MergeSpec, error: IntegrityError) -> str:
    name = error.__cause__.diag.constraint_name  # type: ignore[union-attr]
    for constraint in kind.model._meta.constraints:
        if constraint.name == name:
            return str(constraint.get_violation_error_message())
    return _("数据库不接受 (%(constraint)s)；请与系统里已有的数据核对。") % {"constraint": name}
