"""A report as a workbook: typed cells, ready for the printer, with the program's own chart."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from rest_framework.renderers import BaseRenderer
from xlsxwriter.utility import xl_rowcol_to_cell

from portfolio.core.api.renderers import dump
from portfolio.core.api.tables import XLSX, Table, escape_formula, letters, measure_column
from portfolio.core.complete import check_complete
from portfolio.reports.charts.chart import NativeChart, ReportDate
from portfolio.reports.engine.report import NUMERIC, Column, ColumnKind, Report, Row
from portfolio.reports.engine.tables import report_table
from projects.choices import LightColour

# Per cent are written as parts of one, as Excel calculates with them.
NUMBER_FORMATS = {
    ColumnKind.WHOLE: "#,##0",
    ColumnKind.MONEY: "#,##0.00",
    ColumnKind.PERCENT: "0.00%",
    ColumnKind.NUMBER: "General",
    ColumnKind.DATE: "yyyy-mm-dd",
}
HUNDRED = 100
PLAIN_WHOLE = ("year", "quarter", "month")  # 2025 is not 2,025
A4 = 9
# Texts wrap: a page across has to hold all columns in a size that can be read.
WIDEST_TEXT = {ColumnKind.TEXT: 28, ColumnKind.LIST: 48, ColumnKind.DATE: 12}
LINE_HEIGHT, HEADING_HEIGHT = 15, 32  # points; the heading has two lines
# Of a chart, in pixels, and of the cells that lie under it.
CHART_WIDTH, CELL_WIDTH, CELL_HEIGHT = 960, 64, 20
LONGEST_NAME = 31
# Okabe and Ito's colours as in charts/chart.py, patterns for print in grey.
LOOKS = {
    "red": ("#D55E00", "wide_upward_diagonal"),
    "yellow": ("#F0E442", "percent_20"),
    "green": ("#009E73", None),
    "grey": ("#FFFFFF", None),
    "count": ("#0072B2", None),
    "goal": ("#FFFFFF", "wide_downward_diagonal"),
    "points": ("#0072B2", None),
    "result": ("#0072B2", None),
    "reached": ("#0072B2", None),
    "plan_share": ("#FFFFFF", "wide_downward_diagonal"),
}
check_complete("LOOKS", LOOKS, LightColour)
# Lines are told apart in grey by their marks and dashes.
MARKS = ("circle", "square", "diamond", "triangle", "x", "plus", "star")
DASHES = ("solid", "dash", "round_dot", "dash_dot")


@dataclass(frozen=True)
class Workbook:
    """What is written: the report, its columns (of two days, if compared), its rows."""

    report: Report
    columns: Sequence[Column]
    rows: Sequence[Row]
    told: ReportDate


class ReportXlsxRenderer(BaseRenderer):
    """Writes the workbook; a refusal is a problem in JSON."""

    media_type = XLSX
    format = "xlsx"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        if not isinstance(data, Workbook):
            return b"" if data is None else dump(data)
        return workbook_bytes(data)


def workbook_bytes(made: Workbook) -> bytes:
    """Returns the .xlsx: the rows on the first sheet, on the second the chart if there is one.
    The same rows give the same bytes: the file is dated by the day it tells of."""
    file = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        title = str(made.report.title)
        day = dt.datetime.combine(made.told.on, dt.time())
        book.set_properties({"title": title, "created": day})
        sheet = book.add_worksheet(title[:LONGEST_NAME])
        _write(book, sheet, made)
        _set_up_print(sheet, made, title)
        chart = made.report.chart
        native = chart.native if chart else None
        if chart and native and made.rows:
            _shade(sheet, made, native)
            if native.kind and chart.native_rows(made.rows):
                _draw(book, sheet.get_name(), made, native)
    return file.getvalue()


def _write(book: Any, sheet: Any, made: Workbook) -> None:
    table = report_table(str(made.report.title), made.columns, list(made.rows))
    heading = book.add_format(
        {"bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "valign": "top", "border": 1}
    )
    looks = [_format(book, column) for column in made.columns]
    sheet.set_row(0, HEADING_HEIGHT)  # before its cells: rows are written out as they come
    widths = [_width(table, place, each.kind) for place, each in enumerate(made.columns)]
    for place, (text, look) in enumerate(zip(table.headings, looks, strict=True)):
        sheet.set_column(place, place, widths[place], look)
        sheet.write_string(0, place, escape_formula(text), heading)
    for number, row in enumerate(table.rows, 1):
        if (lines := _lines(row, widths)) > 1:
            sheet.set_row(number, LINE_HEIGHT * lines)
        for place, (column, cell) in enumerate(zip(made.columns, row, strict=True)):
            _write_cell(sheet, number, place, column, cell, looks[place])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), max(len(table.headings) - 1, 0))


def _lines(row: Sequence[Any], widths: Sequence[float]) -> int:
    """Returns how many lines the longest text of a row takes: not every program finds out."""
    texts = ((cell, width) for cell, width in zip(row, widths, strict=True) if type(cell) is str)
    return max((ceil(letters(cell) / (width - 1)) for cell, width in texts), default=1)


def _width(table: Table, place: int, kind: ColumnKind) -> float:
    """Returns a width for a column; long headings of figures take two lines."""
    if kind not in NUMERIC:
        return min(measure_column(table, place), WIDEST_TEXT[kind])
    longest = max((len(str(row[place])) for row in table.rows[:200]), default=0)
    half = measure_column(Table("", [table.headings[place]]), 0) / 2 + 2
    return max(longest * 1.35 + 2, half)


def _format(book: Any, column: Column) -> Any:
    if column.name in PLAIN_WHOLE:
        return book.add_format({"num_format": "0", "valign": "top"})
    if column.kind in NUMBER_FORMATS:
        return book.add_format({"num_format": NUMBER_FORMATS[column.kind], "valign": "top"})
    return book.add_format({"text_wrap": True, "valign": "top"})


def _write_cell(sheet: Any, row: int, place: int, column: Column, cell: Any, look: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, dt.date):
        sheet.write_datetime(row, place, cell, look)
    elif isinstance(cell, int | float | Decimal):
        value = Decimal(cell) / HUNDRED if column.kind is ColumnKind.PERCENT else cell
        sheet.write_number(row, place, value, look)
    else:
        sheet.write_string(row, place, escape_formula(str(cell)), look)


def _set_up_print(sheet: Any, made: Workbook, title: str) -> None:
    """A4 on its side, as wide as the page, the heading on every page, day and page numbers."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.5, right=0.5, top=0.9, bottom=0.7)
    day = _("截至 %(on)s") % {"on": made.told.on}
    sheet.set_header(f"&L&B{_escaped(title)}&R{_escaped(day)}")
    sheet.set_footer("&C" + _("第 %(page)s 页 共 %(pages)s 页") % {"page": "&P", "pages": "&N"})


def _escaped(text: str) -> str:
    """Returns the text as the codes of a page's header leave it alone."""
    return text.replace("&", "&&")


def _shade(sheet: Any, made: Workbook, native: NativeChart) -> None:
    """Shades the cells by their values: the lower, the darker; black and white print keeps it."""
    for name in native.scale:
        place = _place(made, name)
        sheet.conditional_format(
            1, place, len(made.rows), place,
            {"type": "2_color_scale", "min_type": "num", "max_type": "num", "min_value": 0,
             "max_value": 1, "min_color": "#6BAED6", "max_color": "#FFFFFF"},
        )  # fmt: skip


def _draw(book: Any, name: str, made: Workbook, native: NativeChart) -> None:
    chart_of: Any = made.report.chart
    rows = chart_of.native_rows(made.rows)
    chart = book.add_chart(
        {"type": native.kind, **({"subtype": native.subtype} if native.subtype else {})}
    )
    lines = _rows_as_lines if native.across else _columns_as_series
    series = lines(name, made, native, rows)
    for each in series:
        chart.add_series(each)
    chart.set_title({"name": chart_of.title(made.rows, made.told), "overlay": False})
    chart.set_legend({"position": "top"} if len(series) > 1 else {"none": True})
    _set_axes(chart, native)
    bars = 1 if native.across else len(native.values)
    height = max(480, 60 + (10 + 12 * bars) * len(rows))
    chart.set_size({"width": CHART_WIDTH, "height": height})
    sheet = book.add_worksheet(_("图表"))
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, height // CELL_HEIGHT + 1, CHART_WIDTH // CELL_WIDTH)
    alt = chart_of.alt(made.rows, made.told)
    sheet.insert_chart("A1", chart, {"description": alt, "object_position": 2})


def _columns_as_series(name: str, made: Workbook, native: NativeChart, rows: range) -> list[dict]:
    first, last = rows.start + 1, rows.stop  # the heading is row 0
    place = _place(made, native.categories)
    found = []
    for value in native.values:
        column = _place(made, value)
        found.append(
            {
                "name": [name, 0, column],
                "categories": [name, first, place, last, place],
                "values": [name, first, column, last, column],
                "data_labels": {"value": True},
                **_look(value),
            }
        )
    return found


def _rows_as_lines(name: str, made: Workbook, native: NativeChart, rows: range) -> list[dict]:
    known = [each for each in native.across if any(row.get(each) is not None for row in made.rows)]
    columns = [_place(made, each) for each in known]
    label = _place(made, native.categories)
    return [
        {
            "name": [name, row, label],
            "categories": _cells(name, 0, columns),
            "values": _cells(name, row, columns),
            "marker": {"type": MARKS[place % len(MARKS)], "size": 8},
            "line": {"dash_type": DASHES[place % len(DASHES)]},
        }
        for place, row in enumerate(range(rows.start + 1, rows.stop + 1))
    ]


def _cells(name: str, row: int, columns: Sequence[int]) -> str:
    """Returns the cells of a row as a reference, of columns that need not be neighbours."""
    sheet = name.replace("'", "''")
    cells = (f"'{sheet}'!{xl_rowcol_to_cell(row, each, True, True)}" for each in columns)
    return f"=({','.join(cells)})"


def _set_axes(chart: Any, native: NativeChart) -> None:
    if native.kind == "bar":
        chart.set_y_axis({"reverse": True, "interval_unit": 1})  # the first on top, all named
        if native.most is not None:
            chart.set_x_axis({"min": 0, "max": native.most, "num_format": "0%"})
    if native.ranks:
        chart.set_y_axis({"reverse": True, "min": 1, "major_unit": 1})
        chart.set_x_axis({"label_position": "high"})  # below: the axis stands on its head


def _look(value: str) -> Mapping[str, Any]:
    colour, pattern = LOOKS[value]
    border = {"color": "#222222", "width": 0.75}
    if pattern is None:
        return {"fill": {"color": colour}, "border": border}
    return {
        "pattern": {"pattern": pattern, "fg_color": "#222222", "bg_color": colour},
        "border": border,
    }


def _place(made: Workbook, name: str) -> int:
    return next(place for place, column in enumerate(made.columns) if column.name == name)
