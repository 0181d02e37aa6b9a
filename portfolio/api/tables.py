"""Lists as sheets: the same rows by the same plan, with headings and words that people read.

What is exported so can be imported again and changes nothing.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer

from portfolio.api.renderers import dump
from portfolio.api.rows import DisplayField, Row, RowPlan
from portfolio.api.words import words_of
from portfolio.clock import CITY_TIME

MOST_ROWS = 20_000
FORMATS = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet would run as a formula; the tab and the line's end hide one from a look.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
WIDEST = 48


@dataclass
class Table:
    """A sheet: its name, its headings, and rows of plain values."""

    name: str
    headings: list[str]
    rows: list[list[Any]] = field(default_factory=list)


def table_of(
    shape: type[serializers.ModelSerializer], plan: RowPlan, queryset: models.QuerySet
) -> Table:
    """Returns the queryset as a table; raises 400 when it is longer than a sheet may be."""
    count = queryset.count()
    if count > MOST_ROWS:
        message = _("共 %(count)d 行, 一次最多导出 %(most)d 行; 请加筛选条件分次导出。")
        told = message % {"count": count, "most": MOST_ROWS}
        raise ValidationError({"format": told}, code="too_many_rows")
    rows = plan.rows(queryset)
    columns = _columns(shape, plan, rows)
    model = shape.Meta.model
    return Table(
        name=str(model._meta.verbose_name),
        headings=[heading for heading, _cell in columns],
        rows=[[cell(row) for _heading, cell in columns] for row in rows],
    )


Cell = Callable[[Row], Any]


def _columns(
    shape: type[serializers.ModelSerializer], plan: RowPlan, rows: list[Row]
) -> list[tuple[str, Cell]]:
    """Returns heading and cell of each field; a choice is told once, in its words."""
    present = set(rows[0]) if rows else None
    displays = {source: name for name, source, _labels in plan.displays}
    wanted = {*plan.columns, *plan.constants, *(each.name for each in plan.relations)}
    found = []
    for name, declared in shape().fields.items():
        if isinstance(declared, DisplayField):
            if declared.choice_field in wanted - set(plan.hidden):
                continue
        elif name not in wanted or name in plan.hidden:
            continue
        if present is not None and name not in present:
            continue
        heading = _heading(shape.Meta.model, name, declared)
        found.append((heading, _cell(name, declared, displays, rows)))
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
        words = words_of(
            declared.child_relation.queryset.model
            if declared.child_relation.queryset is not None
            else declared.parent.Meta.model._meta.get_field(declared.source).related_model,
            {key for row in rows for key in row[name]},
        )
        return lambda row: "、".join(words.get(key, str(key)) for key in row[name])
    if isinstance(declared, serializers.PrimaryKeyRelatedField):
        words = words_of(_related(declared), {row[name] for row in rows})
        return lambda row: words.get(row[name])
    if isinstance(declared, serializers.DecimalField):
        return lambda row: None if row[name] is None else Decimal(row[name])
    return lambda row: _plain(row.get(name))


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


def defused(text: str) -> str:
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
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(data.headings)
        for row in data.rows:
            writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
        return text.getvalue().encode("utf-8-sig")


class XlsxRenderer(BaseRenderer):
    """Typed cells, a frozen heading, columns as wide as what they hold; constant memory."""

    media_type = XLSX
    format = "xlsx"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        if not isinstance(data, Table):
            return b"" if data is None else dump(data)
        return workbook_of(data)


def workbook_of(table: Table) -> bytes:
    """Returns the table as an .xlsx."""
    file = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(table.name[:31])
        bold = book.add_format({"bold": True, "bg_color": "#DCE6F1"})
        writers = _Writers(sheet, book)
        for place in range(len(table.headings)):
            sheet.set_column(place, place, width_of(table, place))
        for place, heading in enumerate(table.headings):
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(table.rows, 1):
            for place, cell in enumerate(row):
                writers.write(number, place, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(table.rows), max(len(table.headings) - 1, 0))
    return file.getvalue()


class _Writers:
    def __init__(self, sheet: Any, book: Any) -> None:
        self.sheet = sheet
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write(self, row: int, place: int, cell: Any) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            self.sheet.write_string(row, place, defused(cell))
        elif isinstance(cell, dt.datetime):
            self.sheet.write_datetime(row, place, cell, self.moment)
        elif isinstance(cell, dt.date):
            self.sheet.write_datetime(row, place, cell, self.date)
        else:
            self.sheet.write_number(row, place, cell)


def width_of(table: Table, place: int) -> int:
    """Returns what shows most cells whole; a Chinese character is two letters wide."""
    texts = [table.headings[place], *(str(row[place] or "") for row in table.rows[:200])]
    return min(WIDEST, 2 + max(map(letters, texts)))


def letters(text: str) -> int:
    """Returns how many letters wide a text is."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)
