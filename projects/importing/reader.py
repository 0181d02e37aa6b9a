"""Reads what was uploaded: a workbook (.xlsx) or a .csv, told by its content, not by its name."""

import csv
import io
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.utils.translation import gettext_lazy

from portfolio.core.errors import field_error

ROOT = Path(__file__).resolve().parents[2]
MOST_ROWS = 20_000
MOST_BYTES = 10 * 1024 * 1024
TITLE_ROWS = 20  # above the headings
WALL_SECONDS = 60
_WORKBOOK, _OLD_OR_LOCKED = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")

PROBLEMS = {
    "empty": gettext_lazy("文件是空的。"),
    "unreadable": gettext_lazy("文件已损坏或不是 Excel 工作簿; 请用 Excel 另存为 .xlsx 后再上传。"),
    "no_workbook": gettext_lazy("这不是 Excel 工作簿 (可能改过扩展名); 请上传 .xlsx 或 .csv。"),
    "renamed": gettext_lazy("文件内容与扩展名不符; 请上传未改名的 .xlsx 或 .csv。"),
    "password": gettext_lazy("文件有密码保护; 请在 Excel 中取消密码后再上传。"),
    "old_format": gettext_lazy("这是旧版 .xls 文件; 请用 Excel 另存为 .xlsx 后再上传。"),
    "too_big": gettext_lazy(
        "工作簿展开后过大或单元格散布过远; 请把数据复制到新工作簿 (只粘贴数值) 后再上传。"
    ),
    "too_wide": gettext_lazy("列数超过 200; 请删去多余的列。"),
    "too_many_rows": gettext_lazy("超过 20000 行; 请分成几个文件上传。"),
    "too_large": gettext_lazy("文件超过 10 MB; 请分成几个文件上传。"),
    "encoding": gettext_lazy("无法识别文字编码; 请另存为 UTF-8 的 .csv 或 .xlsx。"),
}


@dataclass
class UploadedSheet:
    """The non-empty rows of a sheet, each with its number as people see it, from 1."""

    rows: list[tuple[int, list[Any]]]
    formulas: set[tuple[int, int]] = field(default_factory=set)  # row number, column from 0


def read_sheet(name: str, content: bytes) -> UploadedSheet:
    """Returns the first visible sheet; raises ``ValidationError`` that says what to do."""
    if not content.strip():
        raise _file_error("empty")
    if len(content) > MOST_BYTES:
        raise _file_error("too_large")
    text_name = name.lower().endswith((".csv", ".txt"))
    if content.startswith(_OLD_OR_LOCKED):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise _file_error("password" if locked else "old_format")
    if content.startswith(_WORKBOOK):
        if text_name:
            raise _file_error("renamed")
        return _read_workbook(content)
    if not text_name:
        raise _file_error("no_workbook")
    return _read_text(content)


def _file_error(code: str) -> Any:
    return field_error("file", str(PROBLEMS[code]), code)


def _read_workbook(content: bytes) -> UploadedSheet:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(content)
        file.flush()
        answer = _ask_reader(file.name)
    if "error" in answer:
        raise _file_error(answer["error"])
    formulas = {(row, column_number(letters)) for row, letters in answer["formulas"]}
    return _check_not_empty(
        UploadedSheet([(number, cells) for number, cells in answer["rows"]], formulas)
    )


def _ask_reader(path: str) -> dict[str, Any]:
    command = [
        sys.executable, "-m", "projects.importing.sheet_process", path,
        str(MOST_ROWS + TITLE_ROWS),
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            command, capture_output=True, timeout=WALL_SECONDS, cwd=ROOT, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": "too_big"}
    # Killed for its memory or time: the answer is missing, the reason is not.
    return orjson.loads(done.stdout) if done.returncode == 0 else {"error": "too_big"}


def _read_text(content: bytes) -> UploadedSheet:
    text = _decode(content)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows: list[tuple[int, list[Any]]] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
            if any(cell.strip() for cell in cells):
                rows.append((number, cells))
            if len(rows) > MOST_ROWS + TITLE_ROWS:
                raise _file_error("too_many_rows")
    except csv.Error as error:
        raise _file_error("unreadable") from error
    return _check_not_empty(UploadedSheet(rows))


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        raise _file_error("renamed")
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _file_error("encoding")


def _check_not_empty(sheet: UploadedSheet) -> UploadedSheet:
    if not sheet.rows:
        raise _file_error("empty")
    return sheet


def column_number(letters: str) -> int:
    """Returns the column's place from 0: ``A`` → 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """Returns the column's letters: 0 → ``A``."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
