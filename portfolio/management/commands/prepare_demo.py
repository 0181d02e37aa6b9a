"""Makes a new system ready to be tried: the report loaded, an account for every role."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from portfolio.management.commands.load_report import load, summary
from portfolio.tools.demo import accounts_create

YEAR = 2025


class Command(BaseCommand):
    """Runs at every ``make run``; says nothing when there is nothing new to say."""

    help = "装入报告并建立演示账号, 可重复运行"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new-passwords",
            action="store_true",
            help=_("为全部演示账号重设密码 (密码文件遗失时用)"),
        )

    def handle(self, *args: Any, new_passwords: bool, **options: Any) -> None:
        outcomes = load(settings.BASE_DIR, YEAR)
        if any(outcome.wrote for outcome in outcomes):
            self.stdout.write(summary(YEAR, outcomes))
        path = settings.VAR_DIR / "accounts.txt"
        made = accounts_create(path, new_passwords=new_passwords)
        if made.lines:
            self.stdout.write(_("演示账号 (用户名, 密码, 角色, 单位)，密码只显示这一次："))
            self.stdout.write("\n".join(made.lines))
            self.stdout.write(_("已保存到 %(path)s，只有文件属主可读。") % {"path": path})
        if made.without_password:
            self.stdout.write(
                _(
                    "%(count)d 个账号的密码不在 %(path)s 中，也无法找回。"
                    "重设单个：manage.py changepassword 用户名；"
                    "重设全部演示账号：manage.py prepare_demo --new-passwords。"
                )
                % {"count": len(made.without_password), "path": path}
            )
