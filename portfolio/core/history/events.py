"""A row's history as people read it: who, when, through which door, from what to what."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, OuterRef, Subquery, Value

from portfolio.core.clock import CITY_TIME

_SILENT = frozenset({"version", "pinyin", "digest", "stored_as"})


def history_page(model: type[models.Model], pk: Any, *, page: int, page_size: int) -> dict:
    """Returns ``{count, results}`` of a row's events, the newest first (three queries).

    Each: ``id at label user user_name door request_id changes``, where ``changes`` is
    ``{field: {before, after}}``.
    """
    events = _events(model).filter(pgh_obj_id=pk)
    newest_first = events.order_by("-pgh_id")
    start = (page - 1) * page_size
    # One more: what the oldest on this page is compared with.
    rows = list(newest_first.values()[start : start + page_size + 1])
    names = _user_names(rows)
    results = [
        _describe_event(row, older, names, model)
        for row, older in zip(rows, [*rows[1:], None], strict=False)
    ][:page_size]
    return {"count": events.count(), "results": results}


def joint_history_page(
    parts: Iterable[models.QuerySet], *, page: int, page_size: int
) -> dict[str, Any]:
    """Returns ``{count, results}`` of the events of several models' rows as one, the newest first.

    Each as in ``history_page``, with ``model`` and ``object_id`` besides. Two queries, one for each
    model on the page, one for the names.
    """
    first, *others = [_event_keys(rows) for rows in parts]
    everything = first.union(*others, all=True)
    start = (page - 1) * page_size
    order = everything.order_by("-at_moment", "-of_model", "-event")[start : start + page_size]
    listed = [(row["of_model"], row["event"], row["event_before"]) for row in order]
    found = _read_events(listed)
    names = _user_names(list(found.values()))
    results = []
    for label, key, before in listed:
        row, model = found[label, key], apps.get_model(label)
        told = _describe_event(row, found.get((label, before)), names, model)
        results.append({**told, "model": model, "object_id": row["pgh_obj_id"]})
    return {"count": everything.count(), "results": results}


def _user_names(rows: list[dict]) -> dict[int, str]:
    users_asked = ((row["pgh_context"] or {}).get("user") for row in rows)
    ids = {user for user in users_asked if user is not None}
    users = get_user_model()._base_manager.filter(pk__in=ids)
    return dict(users.values_list("pk", "name")) if ids else {}


def _describe_event(
    row: dict, older: dict | None, names: dict[int, str], model: type[models.Model]
) -> dict:
    context = row["pgh_context"] or {}
    user = context.get("user")
    return {
        "id": row["pgh_id"],
        "at": row["pgh_created_at"].astimezone(CITY_TIME),
        "label": row["pgh_label"],
        "user": user,
        "user_name": names.get(user) if user else None,
        "door": context.get("door", "system"),
        "request_id": context.get("request_id"),
        "changes": _changes(row, older if row["pgh_label"] != "insert" else None, model),
    }


def _changes(row: dict, older: dict | None, model: type[models.Model]) -> dict[str, dict]:
    if row["pgh_label"] == "delete":
        return {}
    changes = {}
    for field in model._meta.concrete_fields:
        name, column = field.name, field.attname
        if column not in row or name in _SILENT or field.primary_key:
            continue
        before = older[column] if older else None
        if before != row[column]:
            changes[name] = {"before": before, "after": row[column]}
    return changes


def _events(model: type[models.Model]) -> models.QuerySet:
    events: Any = model._meta.get_field("events").related_model
    return events._base_manager.all()


def _event_keys(rows: models.QuerySet) -> models.QuerySet:
    """Returns label, key, moment, and key of the event before, of the events of these rows."""
    events = _events(rows.model)
    before = events.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    return events.filter(pgh_obj_id__in=rows.order_by().values("pk")).values(
        of_model=Value(rows.model._meta.label),
        event=F("pgh_id"),
        at_moment=F("pgh_created_at"),
        event_before=Subquery(before.order_by("-pgh_id").values("pgh_id")[:1]),
    )


def _read_events(listed: list[tuple[str, int, int | None]]) -> dict[tuple[str, int], dict]:
    """Returns the events, and those before them, by label and key; one query a model."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for label, key, before in listed:
        wanted[label] |= {key} if before is None else {key, before}
    return {
        (label, row["pgh_id"]): row
        for label, keys in wanted.items()
        for row in _events(apps.get_model(label)).filter(pgh_id__in=keys).values()
    }
