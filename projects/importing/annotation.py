"""Asks for the annotated copy of a preview's sheet."""

import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import orjson
from django.utils.translation import gettext as _

from portfolio.core.errors import StateConflictError
from projects.importing.plan import ImportPlan
from projects.importing.reader import ROOT, read_sheet

WALL_SECONDS = 180


def annotate_upload(*, plan: ImportPlan, file_name: str, content: bytes) -> bytes:
    """Returns an .xlsx: the uploaded workbook, or the uploaded .csv as one."""
    workbook = content.startswith(b"PK")
    told = {
        "rows": None if workbook else read_sheet(file_name, content).rows,
        "heading_row": plan.headings.row,
        "heading": _("错误"),
        "author": _("导入检查"),
        "errors": [asdict(error) for error in plan.errors],
    }
    with tempfile.TemporaryDirectory() as folder:
        sheet, errors = Path(folder) / "sheet.xlsx", Path(folder) / "errors.json"
        sheet.write_bytes(content)
        errors.write_bytes(orjson.dumps(told, default=str))
        command = [sys.executable, "-m", "projects.importing.annotate", str(sheet), str(errors)]
        try:
            done = subprocess.run(  # noqa: S603  # our own program
                command, capture_output=True, timeout=WALL_SECONDS, cwd=ROOT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _too_much() from error
    if done.returncode:
        raise _too_much()
    return done.stdout


def _too_much() -> StateConflictError:
    message = _("无法在原表上标注 (工作簿过大或含特殊内容); 请按预览中的错误清单修改。")
    return StateConflictError(message, code="cannot_annotate")
