"""The grid in which a clerk fills in a month's returns: rows, cells, and what became of them.

What a clerk may expect:

- Each row is written as a whole or not at all. Saving saves every row that is right; one that is
  wrong stays on the page as it was typed, with what is wrong beside the cell.
- Handing in is for all or none first: when a row is wrong, the right ones are saved, nothing is
  handed in, and the page offers to hand in the right ones without the others. A return that has
  been handed in can only be sent back by the head, so half of them never goes by surprise.
- Rows in which nothing of the month stands (no money, no word of what was done) are not filled in
  yet: handing in leaves them alone and says how many there are.
- A cell that nobody touched is not written, so a colleague's change of it stays. Where both
  changed the same cell, both are shown; sent once more, the own one counts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from portfolio.core.errors import RowFault
from portfolio.pages.returns.cells import (
    COLUMNS,
    LONG,
    NUMBERS,
    OF_THE_MONTH,
    UnreadableGridCellError,
    cell_text,
    label_of_column,
    read_cell,
)
from projects.importing.values import cell_to_text
from projects.returns.models import ProgressReturn
from projects.returns.rules import ALLOWED_FROM


@dataclass
class GridCell:
    """A cell as the page shows it: what was typed, or what the row holds."""

    key: str
    name: str
    label: str
    text: str
    error: str = ""

    @property
    def kind(self) -> str:
        return "long" if self.name in LONG else "number" if self.name in NUMBERS else "text"


@dataclass
class GridRow:
    """A return in the grid."""

    row: Any
    cells: list[GridCell]
    editable: bool
    was: str = ""
    errors: list[str] = field(default_factory=list)
    picked: bool = False

    @property
    def wrong(self) -> bool:
        return bool(self.errors) or any(cell.error for cell in self.cells)


@dataclass
class SubmittedRow:
    """A row as it was sent: the texts, those that stood there when the page was made, and the
    version of then."""

    pk: int
    texts: dict[str, str]
    was: dict[str, str]
    version: int | None

    @property
    def touched(self) -> list[str]:
        return [name for name in COLUMNS if self.texts[name] != self.was.get(name, "")]


def keys_of(texts: Iterable[str]) -> list[int]:
    """Returns the keys among what was sent; what cannot be one is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]


def parse_rows(sent: Mapping[str, Any]) -> dict[int, SubmittedRow]:
    """Returns id → what was sent of the row."""
    found = {}
    for key in sent:
        number, _dash, what = key.partition("-")
        if what != "was" or not keys_of([number]):
            continue
        texts = {name: cell_to_text(sent.get(f"{number}-{name}", "")) for name in COLUMNS}
        version, was = _parse_shown_texts(sent[key])
        found[int(number)] = SubmittedRow(int(number), texts, was, version)
    return found


def _parse_shown_texts(text: str) -> tuple[int | None, dict[str, str]]:
    """Reads what the page has kept of a row; who sends something else has seen no version."""
    try:
        version, *texts = json.loads(text)
        was = dict(zip(COLUMNS, map(str, texts), strict=True))
    except (ValueError, TypeError):
        return None, {}
    return (version if type(version) is int else None), was


class GridReader:
    """Reads what was typed into changes, row by row, against the rows as they are now."""

    def __init__(
        self, typed: Sequence[SubmittedRow], present: Mapping[int, ProgressReturn]
    ) -> None:
        self.typed = typed
        self.present = present
        self.errors: list[RowFault] = []
        self.rows = [self._row(number, row) for number, row in enumerate(typed)]

    def _row(self, number: int, typed: SubmittedRow) -> dict[str, Any]:
        row = self.present.get(typed.pk)
        if row is None:
            return {"id": typed.pk, "version": typed.version}
        # What was merged with a colleague's change was merged with this version.
        values: dict[str, Any] = {"id": typed.pk, "version": row.version}
        if typed.version is None:
            values["version"] = None
        for name in typed.touched:
            try:
                value = read_cell(name, typed.texts[name], row.period)
            except UnreadableGridCellError as error:
                self._wrong(number, name, str(error), "unreadable")
                continue
            now = getattr(row, name)
            if value != now and cell_text(name, now) != typed.was.get(name, ""):
                message = _("他人已改为“%(value)s”; 再次保存则以您填的为准。")
                self._wrong(number, name, message % {"value": cell_text(name, now)}, "stale")
            else:
                values[name] = value
        return values

    def _wrong(self, number: int, name: str, message: str, code: str) -> None:
        self.errors.append(RowFault(number, name, message, code))

    def filled_in(self) -> list[int]:
        """Returns the ids of the rows in which something of the month stands."""
        return [
            typed.pk
            for typed in self.typed
            if any(typed.texts[name] for name in OF_THE_MONTH) or self._no_change(typed)
        ]

    def _no_change(self, typed: SubmittedRow) -> bool:
        row = self.present.get(typed.pk)
        return row is not None and row.no_change


def build_grid_rows(
    rows: Iterable[Any],
    *,
    typed: Mapping[int, SubmittedRow] | None = None,
    errors: Mapping[int, Sequence[RowFault]] | None = None,
    picked: Iterable[int] = (),
) -> list[GridRow]:
    """Returns the rows of a page; with what was typed, and what was wrong, where that is given."""
    typed, errors, picks = typed or {}, errors or {}, set(picked)
    return [
        _grid_row(row, typed.get(row.pk), errors.get(row.pk, ()), row.pk in picks) for row in rows
    ]


def _grid_row(
    row: Any, typed: SubmittedRow | None, errors: Sequence[RowFault], picked: bool
) -> GridRow:
    now = {name: cell_text(name, getattr(row, name)) for name in COLUMNS}
    # What was saved shows as it was read; what was not, as it was typed.
    shown = {**now, **{name: typed.texts[name] for name in typed.touched}} if typed else now
    told = {error.field: error.message for error in errors if error.field in COLUMNS}
    if not errors:
        shown = now
    return GridRow(
        row=row,
        cells=[
            GridCell(
                f"{row.pk}-{name}", name, label_of_column(name), shown[name], told.get(name, "")
            )
            for name in COLUMNS
        ],
        editable=row.state in ALLOWED_FROM["change"],
        was=json.dumps([row.version, *now.values()], ensure_ascii=False),
        errors=[_row_words(error) for error in errors if error.field not in COLUMNS],
        picked=picked,
    )


def _row_words(error: RowFault) -> str:
    if error.code == "stale":
        return _("这一行刚被他人修改过, 其余各格已是最新内容, 请核对后再试。")
    return error.message
