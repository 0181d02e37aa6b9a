"""The uploaded sheet with its errors in place: wrong cells red, with what to do beside them.

    python -m projects.importing.annotate FILE ERRORS.json

runs in a process of its own with bounded memory, as reading does, and knows nothing of Django.
"""

import io
import resource
import sys
from pathlib import Path
from typing import Any

MOST_MEMORY = 2048 * 1024 * 1024
MOST_SECONDS = 120


def annotate_workbook(path: str, told: dict[str, Any]) -> bytes:
    """Returns the workbook with each error in its cell, and all of a row's at the row's end."""
    from openpyxl import Workbook, load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    red = PatternFill("solid", start_color="FFC7CE", end_color="FFC7CE")
    if told["rows"] is None:
        book = load_workbook(path)
        sheet: Any = next(s for s in book.worksheets if s.sheet_state == "visible")
    else:
        book = Workbook()
        sheet = book.active
        for number, cells in told["rows"]:
            for place, cell in enumerate(cells, 1):
                written = sheet.cell(number, place, cell)
                written.data_type = "s"  # never a formula
    last = sheet.max_column + 1
    sheet.cell(told["heading_row"], last, told["heading"])
    by_row: dict[int, list[str]] = {}
    for error in told["errors"]:
        if error["column"]:
            cell = sheet[f"{error['column']}{error['row']}"]
            cell.fill = red
            cell.comment = Comment(error["message"], told["author"])
        words = f"{error['heading']}: {error['message']}" if error["heading"] else error["message"]
        by_row.setdefault(error["row"], []).append(words)
    for row, words in by_row.items():
        cell = sheet.cell(row, last, "\n".join(words))
        cell.fill = red
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import orjson

    sys.stdout.buffer.write(
        annotate_workbook(sys.argv[1], orjson.loads(Path(sys.argv[2]).read_bytes()))
    )
