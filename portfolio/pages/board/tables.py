"""Any report as a page: what a panel of the board, or one of its cells, is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from portfolio.pages.board.question import DEPARTMENT, DISTRICT, Question
from portfolio.pages.kit.page import page
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.engine.answer import Answer, answer
from portfolio.reports.engine.report import NUMERIC, Column, Kind, Row, shaped

PAGE = 50
PLACES = ("page",)
# What people know by another column.
IDS = frozenset({"milestone", "object_id", "code", "group", "target", "stage"})


@dataclass(frozen=True, slots=True)
class Cell:
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
    question = Question.of(parameters, user=request.user)
    found = answer(report, parameters, user=request.user)
    paged = Paginator(found.rows, PAGE).get_page(request.GET.get("page"))
    columns = _shown(found)
    context = {
        "report": report,
        "columns": [(column.title, _kind(column)) for column in columns],
        "rows": [_cells(found, columns, row) for row in paged],
        "paged": paged,
        "query": parameters.urlencode(),
        "found": found,
        "asked": _asked(found, parameters, question),
        "csv": _sheet(name, parameters, "csv"),
        "xlsx": _sheet(name, parameters, "xlsx"),
        "board": _board(question, parameters),
    }
    return render(request, "dashboard/table.html", context)


def _shown(found: Answer) -> list[Column]:
    """Returns the columns without those that another one tells in words."""
    names = {column.name for column in found.columns}
    return [
        column
        for column in found.columns
        if f"{column.name}_display" not in names and column.name not in IDS
    ]


def _cells(found: Answer, columns: Sequence[Column], row: Row) -> list[Cell]:
    told = shaped(found.columns, row)
    return [_cell(column, told) for column in columns]


def _cell(column: Column, row: Row) -> Cell:
    value = row[column.name]
    if column.name == "light_display":
        return Cell(value, "light", colour=row["light"])
    if column.kind in NUMERIC:
        return Cell("" if value is None else f"{value}", "number")
    if column.kind is Kind.LIST:
        return Cell("；".join(str(each) for each in value or ()), "list")
    if column.name == "project":
        return Cell(value, "code")
    return Cell(value, _kind(column), _address(column, row))


def _kind(column: Column) -> str:
    if column.kind in NUMERIC:
        return "number"
    return "date" if column.kind is Kind.DATE else "text"


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


def _asked(found: Answer, parameters: QueryDict, question: Question) -> list[tuple[str, str]]:
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


def _heading(found: Answer, name: str) -> str:
    headings = {column.name: str(column.heading) for column in found.columns}
    return headings.get(f"{name}_display") or headings.get(name) or name


def _sheet(name: str, parameters: QueryDict, format: str) -> str:
    asked = parameters.copy()
    asked["format"] = format
    return f"{reverse('report', kwargs={'name': name})}?{asked.urlencode()}"


def _board(question: Question, parameters: QueryDict) -> str:
    """Returns the board of the same day; from a cell's rows without the cell's own filters."""
    if parameters.keys() & {"light", "state", "due_after"}:
        return question.board(**{DISTRICT: "", DEPARTMENT: ""})
    return question.board()
