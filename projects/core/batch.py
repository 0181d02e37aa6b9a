"""A batch of rows on its way to the database: what each holds, and what is wrong with it.

Every check goes on after the first wrong row, so that a person corrects a sheet once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model

from portfolio.core.errors import BatchRefusedError, RowFault, permission_error
from projects.permissions import Actor, may_act, may_act_on

Values = dict[str, Any]


class Batch:
    """Rows of one model that are written together or not at all.

    ``rows`` hold values by field name, rows of other models by their key; ``known`` are rows of
    other models that somebody has read already. ``present`` holds, for changes, the rows as the
    database has them; ``permitted`` says that the person's right to change these was asked.
    ``errors`` may come with the batch: what whoever read it found wrong.
    """

    def __init__(
        self,
        model: type[Model],
        *,
        by: Actor | None,
        rows: Sequence[Mapping[str, Any]],
        present: Sequence[Any] | None = None,
        errors: Iterable[RowFault] = (),
        known: Iterable[Model] = (),
        permitted: bool = False,
    ) -> None:
        self.model = model
        self.by = by
        self.rows: list[Values] = [dict(row) for row in rows]
        self.present = present
        self.permitted = permitted
        self.errors: list[RowFault] = list(errors)
        self.bad: set[int] = {error.row for error in self.errors}
        self._known: dict[type[Model], dict[int, Any]] = {}
        for row in known:
            self._known.setdefault(row._meta.model, {})[row.pk] = row
        # What hangs on each present row by a relation with a table of its own, once it is read.
        self.pairs: dict[str, dict[int, dict[int, int]]] = {}

    def wrong(
        self,
        row: int,
        field: str,
        message: Any,
        code: str = "invalid",
        value: Any = None,
        kind: str = "invalid",
    ) -> None:
        """Notes that a row is wrong in a field (``""``: as a whole)."""
        shown = value if isinstance(value, str | int | float | bool | None) else str(value)
        self.errors.append(RowFault(row, field, str(message), code, shown, kind))
        self.bad.add(row)

    def wrong_by(self, row: int, field: str, error: ValidationError, value: Any = None) -> None:
        """Notes what a validator said of a value."""
        for each in error.error_list:
            self.wrong(row, field, "".join(each.messages), each.code or "invalid", value)

    def sound(self) -> Iterator[tuple[int, Values]]:
        """Yields the rows in which nothing was found wrong so far."""
        for number, row in enumerate(self.rows):
            if number not in self.bad:
                yield number, row

    def value(self, number: int, name: str) -> Any:
        """Returns what a field will hold once the row is written."""
        row = self.rows[number]
        if name in row:
            return row[name]
        field = self.model._meta.get_field(name)
        if self.present is not None:
            return getattr(self.present[number], field.attname)  # type: ignore[union-attr]
        return default_of(field)  # type: ignore[arg-type]

    def known(self, model: type[Model]) -> Mapping[int, Any]:
        """Returns the rows of another model that have been read, by key."""
        return self._known.get(model, {})

    def related(self, model: type[Model], keys: Iterable[Any], *joined: str) -> dict[int, Any]:
        """Returns rows of another model by key; what has been read is not read again, and all
        others (with the rows that ``joined`` names) are by one query."""
        wanted = set(keys) - {None}
        known = self._known.setdefault(model, {})
        missing = wanted - known.keys()
        if missing:
            known |= model._base_manager.select_related(*joined).in_bulk(missing)
        return {key: known[key] for key in wanted if key in known}

    def refuse_wrong(self) -> None:
        """Raises ``BatchRefusedError`` when a row is wrong."""
        if self.errors:
            raise BatchRefusedError(self.errors)


def default_of(field: Field) -> Any:
    """Returns what the field holds in a new row that does not name it."""
    return None if field.is_relation else field.get_default()


def label_of(model: type[Model], field: str) -> str:
    """Returns the field's name as people read it."""
    return str(getattr(model._meta.get_field(field), "verbose_name", field))


def require(by: Actor | None, action: str, instance: Model) -> None:
    """Raises ``PermissionDenied`` unless the person may do this to the saved row."""
    if by is not None and not may_act_on(by, action, instance):
        raise permission_error()


def require_any(by: Actor | None, action: str, model: type[Model]) -> None:
    """Raises ``PermissionDenied`` when the person may do this to no row of the model."""
    if by is not None and not may_act(by, action, model._meta.label):
        raise permission_error()
