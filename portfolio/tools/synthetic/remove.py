"""Removes synthetic projects with all that hangs on them, history included.

The one exception to a history that cannot be deleted (domain §7). Every row to go is named by its
id before anything is touched, and only the triggers of deletion of the tables concerned are lifted.
Codes stay used: a code is never given out twice.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import pghistory
import pgtrigger
from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey, Model

from notifications.outbox.models import Message, Reminder
from portfolio.core.locks import acquire_transaction_lock
from portfolio.tools.synthetic.write import COMMAND
from projects import deadlines
from projects.register.models import Project

CHUNK = 5000
Ids = dict[type[Model], set[int]]


@transaction.atomic
def synthetic_remove() -> int:
    """Gives how many projects went."""
    acquire_transaction_lock(COMMAND)
    ids = _all_that_hangs_on(_synthetic_projects())
    count = Project.objects.filter(synthetic=True).count()
    _add_reminders(ids)
    with pgtrigger.ignore(*_triggers_of_deletion(ids)):
        # What was found last hangs on what was found first.
        for model, gone in reversed(ids.items()):
            _delete(model, "pk", gone)
            events = _events(model)
            if events:
                _delete(events, "pgh_obj_id", gone)
    return count


def _synthetic_projects() -> set[int]:
    """Those that are there, and those that somebody deleted: their history is still there."""
    deleted = _events(Project)._base_manager.filter(pgh_label="delete", synthetic=True)  # type: ignore[union-attr]
    return set(Project.objects.filter(synthetic=True).values_list("pk", flat=True)) | set(
        deleted.values_list("pgh_obj_id", flat=True)
    )


def _all_that_hangs_on(projects: set[int]) -> Ids:
    """Walks down the references, so that a kind of row that is added later goes as well."""
    ids: Ids = {Project: projects}
    waiting: list[type[Model]] = [Project]
    while waiting:
        above = waiting.pop(0)
        for key in _references_to(above):
            below = key.model
            found = _rows_below(key, ids[above]) - ids.get(below, set())
            if found:
                known = ids.pop(below, set())  # to the end: it hangs on this one too
                ids[below] = known | found
                waiting.append(below)
    return ids


def _references_to(model: type[Model]) -> list[ForeignKey]:
    """The foreign keys that point to the model, those of history tables aside."""
    return [
        key
        for other in apps.get_models()
        if not issubclass(other, pghistory.models.Event)
        for key in other._meta.concrete_fields
        if isinstance(key, ForeignKey) and key.related_model is model
    ]


def _rows_below(key: ForeignKey, above: Collection[int]) -> set[int]:
    """Rows that refer to those above, and rows that did when they were deleted."""
    found: set[int] = set()
    events = _events(key.model)
    for chunk in _chunks(above):
        condition = {f"{key.name}__in": chunk}
        found |= set(key.model._base_manager.filter(**condition).values_list("pk", flat=True))
        if events:
            deleted = events._base_manager.filter(pgh_label="delete", **condition)
            found |= set(deleted.values_list("pgh_obj_id", flat=True))
    return found


def _add_reminders(ids: Ids) -> None:
    """Reminders name their deadline by kind and id; a mail goes when it carried nothing else."""
    reminders: set[int] = set()
    for source in deadlines.sources():
        for chunk in _chunks(ids.get(source.queryset().model, ())):
            rows = Reminder._base_manager.filter(deadline_kind=source.kind, object_id__in=chunk)
            reminders |= set(rows.values_list("pk", flat=True))
    messages: set[int] = set()
    for chunk in _chunks(reminders):
        messages |= set(
            Message._base_manager.filter(reminders__in=chunk).values_list("pk", flat=True)
        )
    others: set[int] = set()
    for chunk in _chunks(messages):
        carried = Reminder._base_manager.filter(message__in=chunk)
        others |= {row.message_id for row in carried if row.pk not in reminders}
    ids[Message] = messages - others
    ids[Reminder] = reminders


def _triggers_of_deletion(ids: Iterable[type[Model]]) -> list[str]:
    concerned = set(ids) | {_events(model) for model in ids}
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if model in concerned and "DELETE" in str(trigger.operation)
    ]


def _events(model: type[Model]) -> type[Model] | None:
    """The model's history table, if it has one."""
    for relation in model._meta.related_objects:
        if relation.name == "events" and issubclass(relation.related_model, pghistory.models.Event):
            return relation.related_model
    return None


def _delete(model: type[Model], column: str, gone: Collection[int]) -> None:
    for chunk in _chunks(gone):
        rows: Any = model._base_manager.filter(**{f"{column}__in": chunk})
        rows._raw_delete(rows.db)


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(sorted(ids))
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
