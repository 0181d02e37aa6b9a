"""``manage.py start``: the whole system on one machine, under one command."""

import datetime as dt
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.translation import gettext as _

from portfolio.tools.onemachine import machine
from portfolio.tools.onemachine.demo_clock import CITY_TIME
from portfolio.tools.onemachine.errors import StartError


class Command(BaseCommand):
    """Starts database, broker, web server, worker, beat and mailbox, and looks after them."""

    help = _("启动整套系统: 数据库, 消息队列, 网站, 任务进程, 定时进程, 邮箱。按 Ctrl-C 结束。")
    requires_system_checks: list[str] = []  # the database is not there yet
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare",
            action="store_true",
            help=_("只做数据准备 (迁移, 装入报告, 建立演示账号), 数据库须已运行"),
        )
        parser.add_argument(
            "--wipe",
            action="store_true",
            help=_("删除 VAR_DIR 中的全部数据, 不可恢复"),
        )

    def handle(self, *args: Any, prepare: bool, wipe: bool, **options: Any) -> None:
        if prepare:
            prepare_data()
            return
        try:
            if wipe:
                machine.wipe(settings.VAR_DIR)
            else:
                self._run()
        except StartError as error:
            self._fail(str(error))
        except PermissionError as error:
            self._fail(
                _("没有权限使用 %(path)s: 请检查其属主 (是否曾以 root 运行?), 或另设 VAR_DIR。")
                % {"path": error.filename or settings.VAR_DIR}
            )

    def _run(self) -> None:
        machine.run(
            base=settings.BASE_DIR,
            var_dir=settings.VAR_DIR,
            environment=os.environ,
            say=self._say,
            announce=self._announce,
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _fail(self, line: str) -> None:
        self.stderr.write(line)
        raise SystemExit(1)

    def _announce(self, running: machine.Machine) -> None:
        base = running.base_url.rstrip("/")
        rows = [(_("地址"), base + "/"), (_("接口文档"), base + reverse("docs"))]
        rows += [(_("管理后台"), base + reverse("admin:index"))]
        rows += [(_("邮箱"), running.mailbox_url or _("用你给的 EMAIL_URL"))]
        accounts = settings.VAR_DIR / "accounts.txt"
        if accounts.exists():
            rows += [(_("账号"), str(accounts))]
        rows += [(_("数据"), str(settings.VAR_DIR)), (_("日志"), str(running.paths.log))]
        if running.clock_shift:
            now = dt.datetime.now(CITY_TIME) + running.clock_shift
            rows += [(_("演示时钟"), f"{now:%Y-%m-%d %H:%M} (DEMO_DAY)")]
        lines = [f"  {name}: {value}" for name, value in rows]
        self._say("\n".join(["", _("已启动, 按 Ctrl-C 结束。"), *lines, ""]))


def prepare_data() -> None:
    """Migrates, loads the report and makes the accounts; quick when all is done already.

    A database that somebody else runs gets no demo accounts: it may be the city's own.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", database=DEFAULT_DB_ALIAS, interactive=False, verbosity=0)
    call_command("prepare_demo" if settings.ONE_MACHINE else "load_report")
