"""A row's history page: who, when, through which door, from what to what, in words."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import display_for_value
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.api.history import history_page

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


def told(model: type[models.Model], pk: Any, *, page: int) -> dict[str, Any]:
    """Returns ``{count, pages, events}``; each change is ``(label, before, after)`` in words.

    Names of related rows are read once for each related model of the page.
    """
    history = history_page(model, pk, page=page, page_size=PAGE_SIZE)
    names = _names(model, history["results"])
    return {
        "count": history["count"],
        "pages": range(1, -(-history["count"] // PAGE_SIZE) + 1),
        "events": [_event(model, event, names) for event in history["results"]],
    }


def _event(model: type[models.Model], event: dict, names: dict) -> dict[str, Any]:
    changes = [
        (field.verbose_name, _words(field, change["before"], names), after)
        for name, change in event["changes"].items()
        for field in [model._meta.get_field(name)]
        for after in [_words(field, change["after"], names)]
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


def _names(model: type[models.Model], events: list[dict]) -> dict[str, dict[Any, str]]:
    wanted: dict[type[models.Model], set] = defaultdict(set)
    for event in events:
        for name, change in event["changes"].items():
            related = model._meta.get_field(name).related_model
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


def _words(field: models.Field, value: Any, names: dict) -> str:
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
