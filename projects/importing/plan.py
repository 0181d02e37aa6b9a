"""What a sheet would do: which rows are new, which change from what to what, which are wrong.

The plan is made anew when it is committed; its digest says whether it is still the one that was
shown.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from portfolio.core.api.words import read_row_labels
from portfolio.core.errors import RowFault, field_error
from projects.core.batch import Batch
from projects.core.batch_checks import resolve_references
from projects.core.bulk import UnchangedCheck, batch_create, batch_update, check_changes, check_new
from projects.core.sheets import Subject
from projects.importing import values
from projects.importing.cells import describe_remedy, empty_value, find_reader, may_be_cleared
from projects.importing.headings import Headings, find_headings, heading_of
from projects.importing.reader import MOST_ROWS, UploadedSheet, column_letters
from projects.permissions import Actor

NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


@dataclass
class CellFault:
    """A wrong cell (or row, without a column): where, what stands there, what to do."""

    row: int
    column: str
    heading: str
    field: str
    value: Any
    code: str
    message: str


@dataclass
class ImportPlan:
    """The sheet's rows, each by its number in the sheet."""

    subject: Subject
    headings: Headings
    numbers: list[int]
    new: Batch
    changed: Batch
    places_new: list[int]
    places_changed: list[int]
    before: list[dict[str, Any]]
    errors: list[CellFault] = field(default_factory=list)

    @property
    def states(self) -> dict[int, str]:
        """Returns the sheet's row number → what would become of it."""
        bad = {error.row for error in self.errors}
        found = {self.numbers[place]: NEW for place in self.places_new}
        for place, row in zip(self.places_changed, self.changed.rows, strict=True):
            found[self.numbers[place]] = CHANGED if row else SAME
        return {number: WRONG if number in bad else found[number] for number in self.numbers}

    def counts(self) -> dict[str, int]:
        counted = Counter(self.states.values())
        return {state: counted.get(state, 0) for state in (NEW, CHANGED, SAME, WRONG)}

    def digest(self) -> str:
        """Returns a hash of everything the import would write. If it differs at the commit, the
        data have changed since the person saw the preview, and the import is refused."""
        told = hashlib.sha256()
        for row in self.new.rows:
            told.update(repr(sorted(row.items())).encode())
        for present, row in zip(self.changed.present or (), self.changed.rows, strict=True):
            version = getattr(present, "version", 0) if row else 0
            told.update(repr((present.pk, version, sorted(row.items()))).encode())
        told.update(repr(self.states).encode())
        return told.hexdigest()

    def write(self) -> None:
        """Writes new and changed rows; whoever calls has seen that none is wrong."""
        kind = self.subject.kind
        if self.new.rows:
            batch_create(kind, self.new)
        kept = [number for number, row in enumerate(self.changed.rows) if row]
        present: Any = self.changed.present
        changes = Batch(
            self.subject.model,
            by=self.changed.by,
            rows=[self.changed.rows[number] for number in kept],
            present=[present[number] for number in kept],
        )
        if kept:
            batch_update(kind, changes)

    def told_rows(self, most: int) -> list[dict[str, Any]]:
        """Returns the first rows that would be written, with old → new in words."""
        states, told = self.states, []
        for place, row, old in zip(
            [*self.places_new, *self.places_changed],
            [*self.new.rows, *self.changed.rows],
            [*({} for _row in self.new.rows), *self.before],
            strict=True,
        ):
            number = self.numbers[place]
            if states[number] in (NEW, CHANGED):
                told.append((number, states[number], row, old))
        told.sort(key=lambda each: each[0])
        told = told[:most]
        words = _ValueWords(self.subject, [values for each in told for values in each[2:]])
        return [
            {
                "row": number,
                "state": state,
                "changes": {
                    name: {"before": words.of(name, old.get(name)), "after": words.of(name, value)}
                    for name, value in row.items()
                },
            }
            for number, state, row, old in told
        ]

    def told_keys(self, numbers: Collection[int]) -> dict[int, str]:
        """Returns, of rows that would be written, the sheet's row number → by what people know
        the row: its name, or its project and month."""
        wanted = set(numbers)
        of_new = zip(self.places_new, self.new.rows, strict=True)
        of_changed = zip(self.places_changed, self.changed.present or (), strict=True)
        rows = {
            self.numbers[place]: self._key(row.get)
            for place, row in of_new
            if self.numbers[place] in wanted
        } | {
            self.numbers[place]: self._key(partial(_attribute, present))
            for place, present in of_changed
            if self.numbers[place] in wanted
        }
        words = _ValueWords(self.subject, list(rows.values()))
        return {
            number: " · ".join(str(words.of(name, value)) for name, value in row.items())
            for number, row in rows.items()
        }

    def _key(self, value_of: Callable[[str], Any]) -> dict[str, Any]:
        """Returns the values of the last key that the row has: the one that people read."""
        for names in reversed(self.subject.keys):
            found = {name: value_of(name) for name in names}
            if all(value not in (None, "") for value in found.values()):
                return found
        return {}


def _attribute(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)


def make_plan(
    *, subject: Subject, by: Actor | None, sheet: UploadedSheet, lock: bool = False
) -> ImportPlan:
    """Returns what the sheet would do for this person; writes nothing."""
    headings = find_headings(sheet, subject)
    lines = [(number, cells) for number, cells in sheet.rows if number > headings.row]
    if not lines:
        raise field_error("file", _("表头下没有数据行。"), "empty")
    if len(lines) > MOST_ROWS:
        message = _("共 %(count)d 行, 上限 %(most)d 行; 请分成几个文件上传。")
        told = message % {"count": len(lines), "most": MOST_ROWS}
        raise field_error("file", told, "too_many_rows")
    rows, errors = _read(subject, headings, lines, sheet.formulas)
    whole = Batch(subject.model, by=by, rows=rows, errors=errors)
    if subject.fill:
        subject.fill(whole)
    resolve_references(whole, names=True)
    found = subject.find(whole, lock=lock)
    _refuse_twice(whole, found, lines)
    return _split(subject, headings, lines, whole, found)


def _read(
    subject: Subject,
    headings: Headings,
    lines: list[tuple[int, list[Any]]],
    formulas: set[tuple[int, int]],
) -> tuple[list[dict[str, Any]], list[RowFault]]:
    errors: list[RowFault] = []
    rows: list[dict[str, Any]] = [{} for _line in lines]
    for place, name in headings.columns.items():
        read = find_reader(subject, name, headings.units.get(name))
        seen: dict[Any, Any] = {}
        for number, (line, cells) in enumerate(lines):
            cell = cells[place] if place < len(cells) else ""
            if (line, place) in formulas:
                message = _("单元格是公式; 请复制后“选择性粘贴为数值”。")
                errors.append(RowFault(number, name, message, "formula", str(cell)))
            elif cell == values.CLEAR and may_be_cleared(subject, name):
                rows[number][name] = empty_value(subject, name)
            elif cell != "" and not (isinstance(cell, str) and not cell.strip()):
                key = (type(cell), cell)
                if key not in seen:
                    try:
                        seen[key] = read(cell)
                    except values.UnreadableCellError as error:
                        seen[key] = error
                if isinstance(seen[key], values.UnreadableCellError):
                    told = describe_remedy(seen[key])
                    errors.append(RowFault(number, name, told, "unreadable", cell))
                else:
                    rows[number][name] = seen[key]
    return rows, errors


def _refuse_twice(whole: Batch, found: list[Any], lines: list[tuple[int, list[Any]]]) -> None:
    seen: dict[int, int] = {}
    for number, instance in enumerate(found):
        if instance is None:
            continue
        if instance.pk in seen:
            message = _("与第 %(row)d 行是同一条记录。") % {"row": lines[seen[instance.pk]][0]}
            whole.wrong(number, "", message, "unique")
        else:
            seen[instance.pk] = number


def _split(
    subject: Subject,
    headings: Headings,
    lines: list[tuple[int, list[Any]]],
    whole: Batch,
    found: list[Any],
) -> ImportPlan:
    places_new = [place for place, instance in enumerate(found) if instance is None]
    places_changed = [place for place, instance in enumerate(found) if instance is not None]
    by_row: dict[int, list[RowFault]] = {}
    for error in whole.errors:
        by_row.setdefault(error.row, []).append(error)

    def part(places: list[int], present: list[Any] | None) -> Batch:
        rows = [
            {n: v for n, v in whole.rows[place].items() if n not in subject.known_only}
            for place in places
        ]
        errors = [
            RowFault(number, e.field, e.message, e.code, e.value, e.kind)
            for number, place in enumerate(places)
            for e in by_row.get(place, ())
        ]
        return Batch(subject.model, by=whole.by, rows=rows, present=present, errors=errors)

    new = part(places_new, None)
    unknown = {e.row for e in new.errors if e.field in subject.known_only}
    changed = part(places_changed, [found[place] for place in places_changed])
    check_new(subject.kind, new)
    # A row with a wrong number is not a new one that lacks the rest.
    new.errors = [e for e in new.errors if e.row not in unknown or e.code != "required"]
    same = UnchangedCheck(changed)
    before = [_present_values(changed, number, same) for number in range(len(changed.rows))]
    check_changes(subject.kind, changed)
    numbers = [line for line, _cells in lines]
    plan = ImportPlan(
        subject, headings, numbers, new, changed, places_new, places_changed, before
    )  # fmt: skip
    for batch, places in ((new, places_new), (changed, places_changed)):
        plan.errors += [
            _to_cell_fault(plan, lines, places[error.row], error) for error in batch.errors
        ]
    plan.errors.sort(key=lambda error: (error.row, error.column))
    return plan


def _present_values(batch: Batch, number: int, same: UnchangedCheck) -> dict[str, Any]:
    """Returns the present values of what the row would change."""
    instance: Any = batch.present[number]  # type: ignore[index]
    found = {}
    for name, value in batch.rows[number].items():
        if same(number, name, value):
            continue
        column = batch.model._meta.get_field(name)
        found[name] = (
            sorted(same.present(number, name))
            if column.many_to_many
            else getattr(instance, column.attname)  # type: ignore[union-attr]
        )
    return found


def _to_cell_fault(
    plan: ImportPlan, lines: list[tuple[int, list[Any]]], place: int, error: RowFault
) -> CellFault:
    line, cells = lines[place]
    columns = {name: column for column, name in plan.headings.columns.items()}
    column = columns.get(error.field)
    value = error.value
    if column is not None:
        value = cells[column] if column < len(cells) else ""
    heading = plan.headings.texts.get(column, "") if column is not None else ""
    if not heading and error.field:
        heading = _heading(plan.subject, error.field)
    return CellFault(
        row=line,
        column=column_letters(column) if column is not None else "",
        heading=heading,
        field=error.field,
        value=value,
        code=error.code,
        message=error.message,
    )


def _heading(subject: Subject, name: str) -> str:
    try:
        return heading_of(subject, name)
    except FieldDoesNotExist:
        return name


class _ValueWords:
    """Values as people read them: choices by label, rows of other tables by their words."""

    def __init__(self, subject: Subject, rows: list[Mapping[str, Any]]) -> None:
        self.labels: dict[str, dict[Any, str]] = {}
        self.model = subject.model
        names = {name for row in rows for name in row}
        for name in names:
            column = subject.model._meta.get_field(name)
            if column.is_relation:
                given = [row[name] for row in rows if row.get(name) is not None]
                keys = {k for each in given for k in (each if isinstance(each, list) else [each])}
                self.labels[name] = read_row_labels(column.related_model, keys)
            elif column.choices:
                self.labels[name] = {code: str(label) for code, label in column.flatchoices}

    def of(self, name: str, value: Any) -> Any:
        labels = self.labels.get(name)
        if isinstance(value, Decimal):
            places = getattr(self.model._meta.get_field(name), "decimal_places", None)
            return str(value) if places is None else f"{value:.{places}f}"
        if labels is None or value is None:
            return value if value is None or isinstance(value, bool | int | str) else str(value)
        if isinstance(value, list):
            return "、".join(labels.get(key, str(key)) for key in value)
        return labels.get(value, value)
