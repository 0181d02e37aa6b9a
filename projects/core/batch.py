"""A batch of rows on its way to the database: what each holds, and what is wrong with it.

Every check goes on after the first wrong row, so that a person corrects a sheet once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model

from portfolio.core.errors import RowError, RowErrors

Values = dict[str, Any]


class Batch:
    """Rows of one model that are written together or not at all.

    ``rows`` hold values by field name, rows of other models by their key; ``present`` holds, for
    changes, the rows as the database has them. ``errors`` may come with the batch: what whoever
    read it found wrong.
    """

    def __init__(
        self,
        model: type[Model],
        *,
        by: Any,
        rows: Sequence[Mapping[str, Any]],
        present: Sequence[Any] | None = None,
        errors: Iterable[RowError] = (),
    ) -> None:
        self.model = model
        self.by = by
        self.rows: list[Values] = [dict(row) for row in rows]
        self.present = present
        self.errors: list[RowError] = list(errors)
        self.bad: set[int] = {error.row for error in self.errors}

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
        self.errors.append(RowError(row, field, str(message), code, shown, kind))
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

    def refuse_wrong(self) -> None:
        """Raises ``RowErrors`` when a row is wrong."""
        if self.errors:
            raise RowErrors(self.errors)


def default_of(field: Field) -> Any:
    """Returns what the field holds in a new row that does not name it."""
    return None if field.is_relation else field.get_default()
