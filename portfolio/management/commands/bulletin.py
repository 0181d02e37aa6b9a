"""Writes the month's supervision bulletin to a file, as .docx or .pdf."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from portfolio.core.api.problems import iter_messages
from portfolio.reports.bulletin import docx, pdf
from portfolio.reports.bulletin.asking import parse_bulletin_month, write_bulletin
from projects.people.models import User

COVER = ("issuer", "number", "signer", "recipients", "copies")


class Command(BaseCommand):
    """The same bulletin as the API's, of the whole city."""

    help = "生成一个月的督查通报 (docx 或 pdf)"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help=_("月份，如 2025-09"))
        parser.add_argument(
            "--out", required=True, type=Path, help=_("写到哪个文件，以 .docx 或 .pdf 结尾")
        )
        parser.add_argument("--as-of", help=_("按当日所知，默认该月最后一天；最晚到次月末"))
        parser.add_argument("--issuer", help=_("发文机关"))
        parser.add_argument("--number", help=_("发文字号，如 包府督〔2025〕9号"))
        parser.add_argument("--signer", help=_("签发人"))
        parser.add_argument("--recipients", help=_("主送机关"))
        parser.add_argument("--copies", help=_("抄送机关"))
        parser.add_argument(
            "--issued-on", type=dt.date.fromisoformat, help=_("成文日期，默认同 --as-of")
        )
        parser.add_argument(
            "--answer",
            action="append",
            default=[],
            type=_answer,
            metavar="CODE=TEXT",
            help=_("项目编号=单位的申辩，可重复"),
        )

    def handle(self, *args: Any, month: str, out: Path, **options: Any) -> None:
        if out.suffix not in (".docx", ".pdf"):
            raise CommandError(_("--out 应以 .docx 或 .pdf 结尾。"))
        given = {name: options[name] for name in (*COVER, "issued_on") if options[name] is not None}
        try:
            made = write_bulletin(
                user=User(is_superuser=True),
                days=parse_bulletin_month(month, options["as_of"]),
                around=given,
                answers=dict(options["answer"]),
            )
            out.write_bytes(docx.write_docx(made) if out.suffix == ".docx" else pdf.write_pdf(made))
        except ValidationError as error:
            raise CommandError(" ".join(iter_messages(error.detail))) from None
        except (pdf.PdfError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_("已写入 %(path)s") % {"path": out})


def _answer(text: str) -> tuple[str, str]:
    code, separator, words = text.partition("=")
    if not (code and separator and words):
        raise argparse.ArgumentTypeError(_("申辩应写作 项目编号=文字, 文字最多 300 字。"))
    return code, words
