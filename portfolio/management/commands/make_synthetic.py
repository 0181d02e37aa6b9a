"""Makes a full programme of synthetic projects from a number, or removes them all."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from portfolio.core.errors import StateConflictError
from portfolio.tools.synthetic.remove import synthetic_remove
from portfolio.tools.synthetic.write import synthetic_make
from projects.programmes.models import Programme
from projects.register.models import Project

YEAR = 2025


class Command(BaseCommand):
    """The same seed makes the same projects, ids and codes aside."""

    help = "生成或删除模拟项目 (均标明为模拟数据)"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--projects", type=int, default=650, help=_("项目数，默认 650"))
        parser.add_argument("--seed", type=int, default=1, help=_("种子：相同的种子生成相同的项目"))
        parser.add_argument(
            "--remove", action="store_true", help=_("删除全部模拟项目及其历史 (编号不再重用)")
        )

    def handle(self, *args: Any, projects: int, seed: int, remove: bool, **options: Any) -> None:
        if remove:
            count = synthetic_remove()
            self.stdout.write(_("已删除 %(count)d 个模拟项目及其历史。") % {"count": count})
            return
        if projects < 1:
            raise CommandError(_("--projects 应为正整数。"))
        present = Project.objects.filter(synthetic=True).count()
        if present != projects:
            self._make(projects, seed)
            present = projects
        programme = Programme.objects.get(year=YEAR)
        self.stdout.write(
            _("现有 %(count)d 个模拟项目；%(title)s：计划 %(planned)d 个，登记 %(registered)d 个。")
            % {
                "count": present,
                "title": programme.title,
                "planned": programme.planned_count,
                "registered": programme.entries.count(),
            }
        )

    def _make(self, projects: int, seed: int) -> None:
        try:
            synthetic_make(count=projects, seed=seed, year=YEAR)
        except StateConflictError as conflict:
            raise CommandError(conflict.message) from None
