"""Loads the work report's data, again and again without harm."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from portfolio.tools.work_report.load import report_load
from portfolio.tools.work_report.merge import MergeResult
from portfolio.tools.work_report.reader import ReportError, read_report
from projects.lights.services import light_policy_default


class Command(BaseCommand):
    """Prints one line a kind was written or not, and each thing that was left as people made it."""

    help = "装入政府工作报告的数据, 可重复运行"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, default=2025, help=_("报告年份，默认 2025"))
        parser.add_argument(
            "--root", type=Path, default=None, help=_("数据所在的根目录，默认为代码库的根")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes = load(options["root"] or settings.BASE_DIR, options["year"])
        for outcome in outcomes:
            for line in outcome.kept:
                self.stdout.write(line)
        self.stdout.write(summary(options["year"], outcomes))


def load(root: Path, year: int) -> list[MergeResult]:
    """Reads and loads; a fault in the data is the command's one line. What a register needs from
    the first day (the policy of the lights) is made with it."""
    try:
        outcomes = report_load(read_report(root, year))
    except ReportError as error:
        raise CommandError(str(error)) from None
    light_policy_default()
    return outcomes


def summary(year: int, outcomes: list[MergeResult]) -> str:
    """报告 2025：责任单位 新增 40 更改 0 不变 0；…"""
    parts = [
        _("%(kind)s 新增 %(new)d 更改 %(changed)d 不变 %(same)d")
        % {"kind": each.label, "new": each.new, "changed": each.changed, "same": each.same}
        for each in outcomes
    ]
    return _("%(year)d 年报告：%(parts)s。") % {"year": year, "parts": "；".join(parts)}
