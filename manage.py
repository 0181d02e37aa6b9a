#!/usr/bin/env python3
"""Runs the management commands, and says in one line what stands in their way."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        print("未安装依赖: 请先运行 make run, 它会建立 .venv 并安装依赖。", file=sys.stderr)
        return 1
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        print(
            f"数据库无法连接 ({reason})。单机使用请先运行 make run; "
            "使用外部数据库请检查 DATABASE_URL。",
            file=sys.stderr,
        )
        return 1
    except ImproperlyConfigured as error:
        print(f"配置有误: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
