"""A row's history as people read it: who, when, through which door, from what to what."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from portfolio.clock import CITY_TIME

_SILENT = frozenset({"version", "pinyin", "digest"})


def history_page(model: type[models.Model], pk: Any, *, page: int, page_size: int) -> dict:
    """Returns ``{count, results}`` of a row's events, the newest first (three queries).

    Each: ``id at label user user_name door request_id changes``, where ``changes`` is
    ``{field: {before, after}}``.
    """
    events = model._meta.get_field("events").related_model._base_manager.filter(pgh_obj_id=pk)
    newest_first = events.order_by("-pgh_id")
    start = (page - 1) * page_size
    # One more: what the oldest on this page is compared with.
    rows = list(newest_first.values()[start : start + page_size + 1])
    names = _user_names(rows)
    results = [
        _told(row, older, names, model) for row, older in zip(rows, [*rows[1:], None], strict=False)
    ][:page_size]
    return {"count": events.count(), "results": results}


def _user_names(rows: list[dict]) -> dict[int, str]:
    ids = {(row["pgh_context"] or {}).get("user") for row in rows} - {None}
    users = get_user_model()._base_manager.filter(pk__in=ids)
    return dict(users.values_list("pk", "name")) if ids else {}


def _told(row: dict, older: dict | None, names: dict[int, str], model: type[models.Model]) -> dict:
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
