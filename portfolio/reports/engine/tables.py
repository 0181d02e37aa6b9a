"""A report as a sheet: the same rows with headings and units that people read."""

from collections.abc import Sequence
from typing import Any

from portfolio.core.api.tables import Table
from portfolio.reports.engine.report import Column, ColumnKind, Row


def report_table(title: str, columns: Sequence[Column], rows: list[Row]) -> Table:
    """Returns the report as a table; lists become one cell."""
    return Table(
        name=title,
        headings=[column.title for column in columns],
        rows=[[_cell(column, row.get(column.name)) for column in columns] for row in rows],
    )


def _cell(column: Column, value: Any) -> Any:
    if column.kind is ColumnKind.LIST and value is not None:
        return "；".join(str(each) for each in value)
    return value
