"""A row's history, or that of several rows as one, in words: who, when, through which door, from
what to what."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import display_for_value
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.core.history.events import history_page, joint_history_page

PAGE_SIZE = 50
WHAT = {
    "insert": gettext_lazy("新增"),
    "update": gettext_lazy("修改"),
    "delete": gettext_lazy("删除"),
}
DOORS = {
    "admin": gettext_lazy("管理后台"),
    "api": gettext_lazy("接口"),
    "page": gettext_lazy("网页"),
    "import": gettext_lazy("导入"),
    "mail": gettext_lazy("邮件链接"),
    "command": gettext_lazy("命令"),
    "task": gettext_lazy("后台任务"),
    "system": gettext_lazy("系统"),
}
NOTHING = "—"


def has_history(model: type[models.Model]) -> bool:
    return any(field.name == "events" for field in model._meta.get_fields())


def describe_history(model: type[models.Model], pk: Any, *, page: int) -> dict[str, Any]:
    """Returns ``{count, pages, events}``; each change is ``(label, before, after)`` in words.

    Names of related rows are read once for each related model of the page.
    """
    history = history_page(model, pk, page=page, page_size=PAGE_SIZE)
    events = [{**event, "model": model} for event in history["results"]]
    names = _read_names(events)
    return {
        "count": history["count"],
        "pages": range(1, -(-history["count"] // PAGE_SIZE) + 1),
        "events": [_event(event, names) for event in events],
    }


def describe_joint_history(
    parts: Iterable[models.QuerySet], *, page: int, page_size: int = PAGE_SIZE
) -> dict[str, Any]:
    """Returns the same of the rows of several models, as one time line.

    ``page`` is told back. Each event also says whose it is: ``kind`` in words, ``title``,
    ``model`` and ``object_id``.
    """
    history = joint_history_page(parts, page=page, page_size=page_size)
    events = history["results"]
    names, titles = _read_names(events), _read_titles(events)
    return {
        "count": history["count"],
        "page": page,
        "pages": range(1, -(-history["count"] // page_size) + 1),
        "events": [
            {
                **_event(event, names, untold=_hidden_fields(event)),
                "model": event["model"]._meta.label,
                "object_id": event["object_id"],
                "kind": event["model"]._meta.verbose_name,
                "title": titles.get((event["model"], event["object_id"]), ""),
            }
            for event in events
        ],
    }


# Keys, digests, and what the whole story is of: no part of what happened.
UNTOLD = frozenset(
    {
        "report_key", "recorded_at", "synthetic", "assigned", "sha256", "content_type", "file",
        "size", "uploaded_by", "subject_kind", "subject_id", "project", "milestone",
        "work_item", "target",
    }
)  # fmt: skip


def _hidden_fields(event: dict) -> Collection[str]:
    """Returns the fields that are not told; of a new row its name stands at the head already."""
    return UNTOLD | set(TITLES) if event["label"] == "insert" else UNTOLD


def _event(event: dict, names: dict, *, untold: Collection[str] = ()) -> dict[str, Any]:
    model = event["model"]
    changes = [
        (field.verbose_name, _format_value(field, change["before"], names), after)
        for name, change in event["changes"].items()
        if name not in untold
        for field in [model._meta.get_field(name)]
        for after in [_format_value(field, change["after"], names)]
        if event["label"] != "insert" or after != NOTHING
    ]
    return {
        "at": event["at"],
        "who": event["user_name"] or _("系统"),
        "what": WHAT[event["label"]],
        "door": DOORS.get(event["door"], event["door"]),
        "inserted": event["label"] == "insert",
        "changes": changes,
    }


# What a row is called where it stands among others of its project or target: the first of these
# that its model has. What has none of them is called by what it belongs to.
TITLES = ("name", "title", "period")
BELONGING = ("period", "milestone", "work_item")


def _read_titles(events: list[dict]) -> dict[tuple[type[models.Model], Any], str]:
    """Returns what the rows are called by themselves, without what all of them belong to."""
    wanted: dict[type[models.Model], set] = defaultdict(set)
    for event in events:
        wanted[event["model"]].add(event["object_id"])
    return {
        (model, pk): title
        for model, keys in wanted.items()
        for pk, title in _titles_of(model, keys).items()
    }


def _titles_of(model: type[models.Model], keys: set) -> Mapping[Any, str]:
    fields = model._meta.concrete_fields
    plain = {field.name for field in fields if not field.is_relation}
    links = {field.name for field in fields if field.is_relation}
    rows = model._base_manager.filter(pk__in=keys)
    own = next((name for name in TITLES if name in plain), None)
    if own:
        return dict(rows.values_list("pk", own))
    link = next((name for name in BELONGING if name in links), None)
    if link is None:
        return {}
    found = rows.select_related(link)
    return {row.pk: getattr(getattr(row, link), "name", str(getattr(row, link))) for row in found}


def _read_names(events: list[dict]) -> dict[str, dict[Any, str]]:
    wanted: dict[type[models.Model], set] = defaultdict(set)
    for event in events:
        for name, change in event["changes"].items():
            related = event["model"]._meta.get_field(name).related_model
            if related is not None:
                wanted[related] |= {change["before"], change["after"]} - {None}
    return {
        related._meta.label: {row.pk: str(row) for row in _with_parents(related).filter(pk__in=ids)}
        for related, ids in wanted.items()
    }


def _with_parents(model: type[models.Model]) -> models.QuerySet:
    """Returns the rows with what their names are made of (a milestone's bears its project's)."""
    links = [f.name for f in model._meta.fields if isinstance(f, models.ForeignKey) and not f.null]
    return model._base_manager.select_related(*links) if links else model._base_manager.all()


def _format_value(field: models.Field, value: Any, names: dict) -> str:
    if value is None or value == "":
        return NOTHING
    if field.related_model is not None:
        found = names.get(field.related_model._meta.label, {}).get(value)
        return found or _("(已删除, 编号 %(id)s)") % {"id": value}
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(display_for_value(value, NOTHING))
