"""The imprint on pages as LibreOffice sets them; run like test_bulletin_layout.py."""

import datetime as dt
import subprocess

import pdfplumber
import pytest

from portfolio.reports.bulletin.docx import write_docx
from portfolio.reports.bulletin.parts import Bulletin, Cover
from tests.reports.test_bulletin_layout import ASKED, LINES

pytestmark = [pytest.mark.bulletin, pytest.mark.timeout(600)]


def test_the_imprint_never_stands_on_a_page_without_text(tmp_path):
    """However many lines come before it: a whole page of bulletins, each a line longer."""
    end = "本通报数据由重大项目督查系统生成。" * 4
    for number in range(LINES + 2):
        cover = Cover(
            issuer="包头市人民政府督查室", number="包府督〔2025〕9号", signer="", recipients="",
            copies=ASKED["copies"], issued_on=dt.date(2025, 10, 10),
        )  # fmt: skip
        made = Bulletin("2025-09", ("督查通报",), cover, [*["正文。"] * number, end])
        (tmp_path / f"{number:02d}.docx").write_bytes(write_docx(made, for_libreoffice=True))
    files = [str(each) for each in sorted(tmp_path.glob("*.docx"))]
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=300)
    counts = set()
    for file in sorted(tmp_path.glob("*.pdf")):
        with pdfplumber.open(file) as pdf:
            counts.add(len(pdf.pages))
            last = "".join(char["text"] for char in pdf.pages[-1].chars)
        assert "印发" in last, file
        assert "生成。" in last, file
    assert len(counts) > 1
