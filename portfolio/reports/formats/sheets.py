"""A report as a sheet: a workbook with charts and print set-up, or a plain table for CSV."""

from portfolio.core.api.tables import CsvRenderer, Table
from portfolio.reports.engine.answer import ReportAnswer
from portfolio.reports.engine.report import make_row_shaper
from portfolio.reports.engine.tables import report_table
from portfolio.reports.formats.xlsx import Workbook, workbook_bytes


def build_sheet(found: ReportAnswer, format: str) -> Workbook | Table:
    """Returns what the renderer of the format (``xlsx``, ``csv``) writes."""
    report, columns = found.report, found.columns
    shown = list(map(make_row_shaper(columns), found.rows))
    if format == "xlsx":
        return Workbook(report, list(columns), shown, found.told)
    return report_table(str(report.title), columns, shown)


def sheet_bytes(found: ReportAnswer, format: str) -> bytes:
    """Returns the file."""
    sheet = build_sheet(found, format)
    return workbook_bytes(sheet) if isinstance(sheet, Workbook) else CsvRenderer().render(sheet)
