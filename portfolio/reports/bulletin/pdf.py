"""Makes a PDF of a .docx by LibreOffice, without a screen and with a profile of its own."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from portfolio.reports.bulletin import docx
from portfolio.reports.bulletin.parts import Bulletin

SECONDS = 120


class PdfError(Exception):
    """No PDF can be made; the message tells a person what to do."""


def write_pdf(bulletin: Bulletin) -> bytes:
    """Returns the bulletin as PDF; raises :class:`NoPdf` when LibreOffice is missing or fails."""
    program = shutil.which(settings.SOFFICE)
    if program is None:
        raise PdfError(
            _(
                "未找到 LibreOffice (%(program)s), 不能生成 PDF: 请管理员运行"
                " portfolio/reports/bulletin/fonts/install.sh, 或在 SOFFICE 中写明它的路径;"
                " DOCX 不受影响。"
            )
            % {"program": settings.SOFFICE}
        )
    with tempfile.TemporaryDirectory(prefix="bulletin-") as folder:
        place = Path(folder)
        (place / "bulletin.docx").write_bytes(docx.write_docx(bulletin, for_libreoffice=True))
        _convert(program, place)
        made = place / "bulletin.pdf"
        if not made.is_file():
            raise _conversion_error()
        return made.read_bytes()


def _convert(program: str, place: Path) -> None:
    command = [
        program,
        f"-env:UserInstallation={(place / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "pdf:writer_pdf_Export",
        "--outdir",
        str(place),
        str(place / "bulletin.docx"),
    ]
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise _conversion_error() from error


def _conversion_error() -> PdfError:
    return PdfError(
        _("LibreOffice 未能生成 PDF: 请稍后再试; 再次失败时请先取 DOCX, 并告知管理员。")
    )
