"""What a sheet is about: its columns, and by what a row is known again."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.bulk import Kind

Found = list[Any]


@dataclass(frozen=True)
class Subject:
    """A sheet's subject. ``keys``: fields by which a row is known again, the first that a row
    fills in decides. ``extra``: columns that are no field of the model (``name → heading``) and
    become some in ``fill``."""

    kind: Kind
    columns: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    known_only: tuple[str, ...] = ()  # columns that find a row and are never written
    aliases: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    fill: Callable[[Batch], None] | None = None
    money: tuple[str, ...] = ()
    newest_counts: bool = False  # of several rows with one key the newest is meant

    @property
    def model(self) -> Any:
        return self.kind.model

    def find(self, batch: Batch, *, lock: bool = False) -> Found:
        """Returns the row that each row of the batch means, or ``None`` (a query a key)."""
        by = batch.by
        visible = self.model.objects.all() if by is None else self.model.objects.visible_to(by)
        rows_of = self.model._base_manager.filter(pk__in=visible.order_by().values("pk"))
        if lock:
            rows_of = rows_of.select_for_update(no_key=True, of=("self",))
        found: Found = [None] * len(batch.rows)
        waiting = set(range(len(batch.rows)))
        for names in self.keys:
            asked = {n: tuple(batch.rows[n].get(name) for name in names) for n in waiting}
            asked = {n: key for n, key in asked.items() if None not in key and "" not in key}
            rows = _rows_by(rows_of, names, set(asked.values()))
            for number, key in asked.items():
                meant = rows.get(key, [])
                if len(meant) > 1 and not self.newest_counts:
                    message = _("有 %(count)d 行与此相符, 请补上编号。") % {"count": len(meant)}
                    batch.wrong(number, names[-1], message, "ambiguous", key[-1])
                if meant:
                    found[number] = meant[-1]
                elif set(names) <= set(self.known_only):
                    message = _("没有这个编号的记录; 新增请留空。")
                    batch.wrong(number, names[0], message, "does_not_exist", key[0])
                if meant or not set(names).isdisjoint(self.known_only):
                    waiting.discard(number)
        return found


def _rows_by(rows: Any, names: tuple[str, ...], keys: set[tuple]) -> dict[tuple, list[Any]]:
    found: dict[tuple, list[Any]] = defaultdict(list)
    if not keys:
        return found
    condition = Q()
    for place, name in enumerate(names):
        condition &= Q(**{f"{name}__in": {key[place] for key in keys}})
    attnames = [rows.model._meta.get_field(name).attname for name in names]
    for row in rows.filter(condition).order_by("pk"):
        key = tuple(getattr(row, name) for name in attnames)
        if key in keys:
            found[key].append(row)
    return found
