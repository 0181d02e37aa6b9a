"""Reads one workbook in a process of its own, whose memory and time are bounded.

A hostile workbook can make any reader ask for half a terabyte (two cells at opposite corners) or
unpack for hours; then this process ends and the server goes on. It knows nothing of Django.

    python -m projects.importing.sheet_process FILE MOST_ROWS
"""

import re
import resource
import sys
import zipfile
from typing import Any

MOST_MEMORY = 1536 * 1024 * 1024
MOST_SECONDS = 30
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 2000
MOST_COLUMNS = 200
MOST_FORMULAS = 1000
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f')


def main(path: str, most_rows: int) -> dict[str, Any]:
    """Returns ``{"sheet", "rows", "formulas"}`` or ``{"error"}``."""
    try:
        with zipfile.ZipFile(path) as parts:
            problem = _problem_of(parts)
            if problem:
                return {"error": problem}
            return _read(path, parts, most_rows)
    except zipfile.BadZipFile:
        return {"error": "unreadable"}


def _problem_of(parts: zipfile.ZipFile) -> str | None:
    members = parts.infolist()
    if "xl/workbook.xml" not in parts.namelist():
        return "no_workbook"
    if any(member.flag_bits & 1 for member in members):
        return "password"
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_PARTS or unpacked > MOST_UNPACKED:
        return "too_big"
    return None


def _read(path: str, parts: zipfile.ZipFile, most_rows: int) -> dict[str, Any]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        name = _first_visible(book)
        if name is None:
            return {"error": "empty"}
        sheet = book.get_sheet_by_name(name)
        start = sheet.start or (0, 0)
        if sheet.width > MOST_COLUMNS:
            return {"error": "too_wide"}
        rows = []
        for number, cells in enumerate(sheet.iter_rows()):
            if any(cell != "" for cell in cells):
                rows.append([number + start[0] + 1, [""] * start[1] + list(cells)])
            if len(rows) > most_rows:
                return {"error": "too_many_rows"}
    except python_calamine.PasswordError:
        return {"error": "password"}
    except Exception:  # whatever the reader stumbles over, the file is at fault
        return {"error": "unreadable"}
    return {"sheet": name, "rows": rows, "formulas": _formulas(parts, name)}


def _first_visible(book: Any) -> str | None:
    for sheet in book.sheets_metadata:
        if str(sheet.typ).endswith("WorkSheet") and str(sheet.visible).endswith("Visible"):
            return str(sheet.name)
    return None


def _formulas(parts: zipfile.ZipFile, name: str) -> list[tuple[int, str]]:
    """Returns row and column letters of the sheet's formulas, as many as anyone would read."""
    part = _part_of(parts, name)
    found = []
    if part:
        for match in _FORMULA.finditer(parts.read(part)):
            found.append((int(match[2]), match[1].decode()))
            if len(found) >= MOST_FORMULAS:
                break
    return found


def _part_of(parts: zipfile.ZipFile, name: str) -> str | None:
    """Returns where in the workbook the sheet lies."""
    import html

    book = parts.read("xl/workbook.xml").decode("utf-8", "replace")
    links = parts.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    for sheet in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", book):
        title = re.search(r'\sname="([^"]*)"', sheet)
        key = re.search(r'\s\w+:id="([^"]*)"', sheet)
        if title and key and html.unescape(title[1]) == name:
            for link in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", links):
                target = re.search(r'\sTarget="([^"]*)"', link)
                if f'Id="{key[1]}"' in link and target:
                    part = target[1].removeprefix("/").removeprefix("xl/")
                    return f"xl/{part}" if f"xl/{part}" in parts.namelist() else None
    return None


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import orjson

    try:
        answer = main(sys.argv[1], int(sys.argv[2]))
    except MemoryError:
        answer = {"error": "too_big"}
    sys.stdout.buffer.write(orjson.dumps(answer, default=str))
