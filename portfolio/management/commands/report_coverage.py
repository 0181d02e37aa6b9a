"""Writes docs/report-coverage.md from the report's data, or checks that it is up to date."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from portfolio.tools.work_report import coverage
from portfolio.tools.work_report.reader import ReportError, read_report


class Command(BaseCommand):
    """Needs no database: the data are files, and so is the document."""

    help = "生成报告覆盖表 docs/report-coverage.md"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help=_("只检查文件是否与数据一致，不一致时以非零退出"),
        )
        parser.add_argument(
            "--root",
            type=Path,
            default=None,
            help=_("数据和文档所在的根目录，默认为代码库的根"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["root"] or settings.BASE_DIR
        try:
            document = coverage.render(read_report(root))
        except ReportError as error:
            raise CommandError(str(error)) from None
        path = root / coverage.PATH
        if options["check"]:
            if not path.is_file() or path.read_text(encoding="utf-8") != document:
                raise CommandError(
                    _("%(path)s 与数据不一致；请运行 manage.py report_coverage 并提交它。")
                    % {"path": coverage.PATH}
                )
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")
        self.stdout.write(_("已写入 %(path)s") % {"path": coverage.PATH})
