"""Lists as sheets: the same rows by the same plan, with headings and words that people read.

What is exported so can be imported again and changes nothing.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO

import xlsxwriter
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer

from portfolio.core.api.renderers import dump
from portfolio.core.api.rows import DisplayField, Row, RowPlan
from portfolio.core.api.words import read_row_labels
from portfolio.core.clock import CITY_TIME

MOST_ROWS = 20_000
FORMATS = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet would run as a formula; the tab and the line's end hide one from a look.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
WIDEST = 48
CHUNK = 2000  # rows of a long sheet in memory at a time
ROWS_A_SHEET = 1_048_575  # beside the heading
LONGEST_NAME = 31


@dataclass
class Table:
    """A sheet: its name, its headings, and rows of plain values."""

    name: str
    headings: list[str]
    rows: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Stream:
    """A sheet of any length: its rows come a chunk at a time, once."""

    name: str
    headings: list[str]
    chunks: Iterable[list[list[Any]]]


@dataclass(frozen=True)
class ListQuery:
    """A list that is to be a sheet: the shape of its rows, the way they are read, and which."""

    shape: type[serializers.ModelSerializer]
    plan: RowPlan
    queryset: models.QuerySet

    @property
    def name(self) -> str:
        return str(self.queryset.model._meta.verbose_name)


def build_table(listed: ListQuery) -> Table:
    """Returns the list as a table; raises 400 when it is longer than a sheet may be."""
    count = listed.queryset.count()
    if count > MOST_ROWS:
        message = _(
            "共 %(count)d 行, 一次最多直接下载 %(most)d 行; 请加筛选条件, 或改用后台导出: "
            "POST /api/v1/exports/, 写明这个地址。"
        )
        told = message % {"count": count, "most": MOST_ROWS}
        raise ValidationError({"format": told}, code="too_many_rows")
    stream = _build_stream(listed, [listed.plan.rows(listed.queryset)])
    return Table(stream.name, stream.headings, [row for rows in stream.chunks for row in rows])


@contextmanager
def stream_table(listed: ListQuery) -> Iterator[Stream]:
    """Gives the list as a table of any length, to be written while it is read: within, and in a
    transaction. The database's cursor is closed at once also when the writing is given up."""
    with closing(listed.plan.chunks(listed.queryset, CHUNK)) as chunks:
        yield _build_stream(listed, chunks)


def _build_stream(listed: ListQuery, chunks: Iterable[list[Row]]) -> Stream:
    columns = _columns(listed)
    return Stream(
        name=listed.name,
        headings=[heading for heading, _cells in columns],
        chunks=(_build_rows([cells(rows) for _heading, cells in columns], rows) for rows in chunks),
    )


Cell = Callable[[Row], Any]
Cells = Callable[[list[Row]], Cell]  # what a column shows of these rows: words are looked up once


def _build_rows(cells: list[Cell], rows: list[Row]) -> list[list[Any]]:
    return [[cell(row) for cell in cells] for row in rows]


def _columns(listed: ListQuery) -> list[tuple[str, Cells]]:
    """Returns heading and cells of each field; a choice is told once, in its words."""
    plan = listed.plan
    displays = {source: name for name, source, _labels in plan.displays}
    told = {*plan.columns, *plan.constants, *(each.name for each in plan.relations)}
    wanted = told - set(plan.hidden)
    found: list[tuple[str, Cells]] = []
    for name, declared in listed.shape().fields.items():
        if isinstance(declared, DisplayField):
            if declared.choice_field in wanted or name not in displays.values():
                continue
        elif name not in wanted:
            continue
        heading = _heading(listed.queryset.model, name, declared)
        found.append((heading, partial(_cell, name, declared, displays)))
    return found


def _heading(model: type[models.Model], name: str, declared: serializers.Field) -> str:
    if isinstance(declared, DisplayField):
        name = declared.choice_field
    path = (declared.source or name).split(".")
    words = []
    for step in path if not isinstance(declared, DisplayField) else [name]:
        try:
            column: Any = model._meta.get_field(step)
        except FieldDoesNotExist:  # computed: what its help text begins with, or its name
            return re.split(r"[;；,，:：]", str(declared.help_text or declared.label or name))[0]
        words.append(str(getattr(column, "verbose_name", step)))
        model = column.related_model or model
    return " ".join(words)


def _cell(name: str, declared: Any, displays: dict[str, str], rows: list[Row]) -> Cell:
    if name in displays:
        shown = displays[name]
        return lambda row: row.get(shown)
    if isinstance(declared, serializers.ManyRelatedField):
        words = read_row_labels(
            _related_to_many(declared), {key for row in rows for key in row[name]}
        )
        return lambda row: "、".join(words.get(key, str(key)) for key in row[name])
    if isinstance(declared, serializers.PrimaryKeyRelatedField):
        words = read_row_labels(_related(declared), {row[name] for row in rows})
        return lambda row: words.get(row[name])
    if isinstance(declared, serializers.DecimalField):
        return lambda row: None if row[name] is None else Decimal(row[name])
    return lambda row: _plain(row.get(name))


def _related_to_many(declared: Any) -> type[models.Model]:
    rows = declared.child_relation.queryset
    return _related(declared) if rows is None else rows.model


def _related(declared: Any) -> type[models.Model]:
    model = declared.parent.Meta.model
    for step in declared.source.split("."):
        model = model._meta.get_field(step).related_model
    return model


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dt.datetime):
        return value.astimezone(CITY_TIME).replace(tzinfo=None)
    if isinstance(value, dict):
        return " ".join(str(each) for each in value.values() if each is not None)
    if isinstance(value, list):
        return "；".join(str(_plain(each)) for each in value)
    if value is None or isinstance(value, int | float | Decimal | dt.date):
        return value
    return str(value)


def escape_formula(text: str) -> str:
    """Returns the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


class CsvRenderer(BaseRenderer):
    """UTF-8 with a byte order mark, so that Excel opens it as what it is."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"
    render_style = "binary"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        if not isinstance(data, Table):
            return b"" if data is None else dump(data)
        file = io.BytesIO()
        write_csv(Stream(data.name, data.headings, [data.rows]), file)
        return file.getvalue()


class XlsxRenderer(BaseRenderer):
    """Typed cells, a frozen heading, columns as wide as what they hold; constant memory."""

    media_type = XLSX
    format = "xlsx"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        if not isinstance(data, Table):
            return b"" if data is None else dump(data)
        file = io.BytesIO()
        write_workbook(Stream(data.name, data.headings, [data.rows]), file)
        return file.getvalue()


def write_csv(stream: Stream, file: BinaryIO) -> None:
    """Writes the sheet as CSV, chunk by chunk."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(stream.headings)
    for rows in stream.chunks:
        writer.writerows(
            [escape_formula(cell) if isinstance(cell, str) else cell for cell in row]
            for row in rows
        )
    text.detach()  # writes out what it holds and leaves the file open


def write_workbook(stream: Stream, file: BinaryIO, *, scratch: str | None = None) -> None:
    """Writes the sheet as .xlsx, chunk by chunk; beyond what a sheet holds, on several. What is
    to be packed at the end lies in the folder ``scratch`` (the system's own by default)."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "tmpdir": scratch, "use_zip64": True,
    }  # fmt: skip
    book = xlsxwriter.Workbook(file, options)
    sheets = _SheetWriter(book, stream)
    for rows in stream.chunks:
        sheets.write(rows)
    sheets.end()
    book.close()  # not in ``with``: what is given up midway need not be packed


class _SheetWriter:
    """Writes rows, and begins another sheet where one is full."""

    def __init__(self, book: Any, stream: Stream) -> None:
        self.book, self.stream = book, stream
        self.bold = book.add_format({"bold": True, "bg_color": "#DCE6F1"})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.sheet: Any = None
        self.widths: list[int] = []
        self.written = 0  # rows on the present sheet
        self.sheets = 0

    def write(self, rows: list[list[Any]]) -> None:
        if not self.widths:
            table = Table(self.stream.name, self.stream.headings, rows)
            self.widths = [measure_column(table, place) for place in range(len(table.headings))]
        for row in rows:
            if self.sheet is None or self.written == ROWS_A_SHEET:
                self._begin()
            self.written += 1
            for place, cell in enumerate(row):
                if cell is not None and cell != "":
                    self._cell(self.written, place, cell)

    def end(self) -> None:
        """Ends the last sheet; one without rows has its headings."""
        if self.sheet is None:
            self.write([])
            self._begin()
        self._filter()

    def _begin(self) -> None:
        if self.sheet is not None:
            self._filter()
        self.sheets += 1
        self.written = 0
        number = f" ({self.sheets})" if self.sheets > 1 else ""
        self.sheet = self.book.add_worksheet(
            self.stream.name[: LONGEST_NAME - len(number)] + number
        )
        for place, width in enumerate(self.widths):
            self.sheet.set_column(place, place, width)
        for place, heading in enumerate(self.stream.headings):
            self.sheet.write_string(0, place, heading, self.bold)
        self.sheet.freeze_panes(1, 0)

    def _filter(self) -> None:
        self.sheet.autofilter(0, 0, self.written, max(len(self.stream.headings) - 1, 0))

    def _cell(self, row: int, place: int, cell: Any) -> None:
        if isinstance(cell, str):
            self.sheet.write_string(row, place, _escape_markup(escape_formula(cell)))
        elif isinstance(cell, dt.datetime):
            self.sheet.write_datetime(row, place, cell, self.moment)
        elif isinstance(cell, dt.date):
            self.sheet.write_datetime(row, place, cell, self.date)
        else:
            self.sheet.write_number(row, place, cell)


def _escape_markup(text: str) -> str:
    """Returns the text so that the writer of workbooks takes it for text: one from <r> to </r> it
    would put into the file as it is."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def measure_column(table: Table, place: int) -> int:
    """Returns what shows most cells whole; a Chinese character is two letters wide."""
    texts = [table.headings[place], *(str(row[place] or "") for row in table.rows[:200])]
    return min(WIDEST, 2 + max(map(letters, texts)))


def letters(text: str) -> int:
    """Returns how many letters wide a text is."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)
