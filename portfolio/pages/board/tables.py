"""Any report as a page: what a panel of the board, or one of its cells, is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from portfolio.pages.board.question import DEPARTMENT, DISTRICT, BoardQuery
from portfolio.pages.kit.page import page
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.engine.answer import ReportAnswer, answer_report
from portfolio.reports.engine.report import NUMERIC, Column, ColumnKind, Row, shape_row

PAGE = 50
PLACES = ("page",)
# What people know by another column.
IDS = frozenset({"milestone", "object_id", "code", "group", "target", "stage"})


@dataclass(frozen=True, slots=True)
class TableCell:
    """What a cell shows; ``kind`` says how: ``text``, ``number``, ``date``, ``list``,
    ``code``, ``light``."""

    value: Any
    kind: str = "text"
    address: str = ""
    colour: str = ""


@page
def table_page(request: HttpRequest, name: str) -> HttpResponse:
    """Shows a report's rows as they are asked for in the address, page by page."""
    report = REPORTS.get(name)
    if report is None:
        raise Http404
    parameters = request.GET.copy()
    for each in [key for key, value in parameters.items() if not value or key in PLACES]:
        del parameters[each]
    question = BoardQuery.of(parameters, user=request.user)
    found = answer_report(report, parameters, user=request.user)
    paged = Paginator(found.rows, PAGE).get_page(request.GET.get("page"))
    columns = _visible_columns(found)
    context = {
        "report": report,
        "columns": [(column.title, _kind(column)) for column in columns],
        "rows": [_cells(found, columns, row) for row in paged],
        "paged": paged,
        "query": parameters.urlencode(),
        "found": found,
        "asked": _describe_filters(found, parameters, question),
        "csv": _sheet_address(name, parameters, "csv"),
        "xlsx": _sheet_address(name, parameters, "xlsx"),
        "board": _board_address(question, parameters),
    }
    return render(request, "dashboard/table.html", context)


def _visible_columns(found: ReportAnswer) -> list[Column]:
    """Returns the columns without those that another one tells in words."""
    names = {column.name for column in found.columns}
    return [
        column
        for column in found.columns
        if f"{column.name}_display" not in names and column.name not in IDS
    ]


def _cells(found: ReportAnswer, columns: Sequence[Column], row: Row) -> list[TableCell]:
    told = shape_row(found.columns, row)
    return [_cell(column, told) for column in columns]


def _cell(column: Column, row: Row) -> TableCell:
    value = row[column.name]
    if column.name == "light_display":
        return TableCell(value, "light", colour=row["light"])
    if column.kind in NUMERIC:
        return TableCell("" if value is None else f"{value}", "number")
    if column.kind is ColumnKind.LIST:
        return TableCell("；".join(str(each) for each in value or ()), "list")
    if column.name == "project":
        return TableCell(value, "code")
    return TableCell(value, _kind(column), _address(column, row))


def _kind(column: Column) -> str:
    if column.kind in NUMERIC:
        return "number"
    return "date" if column.kind is ColumnKind.DATE else "text"


def _address(column: Column, row: Row) -> str:
    """Returns the page of what the cell names."""
    if column.name == "project_name" and row.get("project"):
        return reverse("board-project", args=[row["project"]])
    if column.name == "name" and "milestone" in row:
        return reverse("go", args=["milestone", row["milestone"]])
    if column.name == "name" and "target" in row:
        return reverse("go", args=["target", row["target"]])
    if column.name == "title" and "object_id" in row:
        return reverse("go", args=[row["kind"], row["object_id"]])
    return ""


def _describe_filters(
    found: ReportAnswer, parameters: QueryDict, question: BoardQuery
) -> list[tuple[str, str]]:
    """Returns the filters that are set, in words."""
    filters = found.report.filterset.base_filters
    told = []
    for name in filters:
        if name not in parameters:
            continue
        words = dict(filters[name].extra.get("choices", ()))
        if name in (DISTRICT, DEPARTMENT):
            words = {code: short for _pk, code, short, _kind in question.departments}
        values = [str(words.get(each, each)) for each in str(parameters[name]).split(",")]
        told.append((_heading(found, name), "、".join(values)))
    return told


def _heading(found: ReportAnswer, name: str) -> str:
    headings = {column.name: str(column.heading) for column in found.columns}
    return headings.get(f"{name}_display") or headings.get(name) or name


def _sheet_address(name: str, parameters: QueryDict, format: str) -> str:
    asked = parameters.copy()
    asked["format"] = format
    return f"{reverse('report', kwargs={'name': name})}?{asked.urlencode()}"


def _board_address(question: BoardQuery, parameters: QueryDict) -> str:
    """Returns the board of the same day; from a cell's rows without the cell's own filters."""
    if parameters.keys() & {"light", "state", "due_after"}:
        return question.board(**{DISTRICT: "", DEPARTMENT: ""})
    return question.board()
