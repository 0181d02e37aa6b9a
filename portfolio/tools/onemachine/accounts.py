"""Which user a process runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portfolio.tools.onemachine.errors import StartError


@dataclass(frozen=True)
class ProcessUser:
    """A user and its main group, by number."""

    uid: int
    gid: int


def account_for(data: Path) -> ProcessUser | None:
    """Returns whom PostgreSQL runs as, ``None`` for whoever we are.

    As root that is the owner of the data that is there already, and ``nobody`` otherwise.
    """
    if os.geteuid() != 0:
        _check_that_we_have_a_name()
        return None
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return ProcessUser(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise StartError("本机没有 nobody 用户: 请以普通用户运行 make run。") from error
    return ProcessUser(nobody.pw_uid, nobody.pw_gid)


def _check_that_we_have_a_name() -> None:
    # A container may run under a bare number; PostgreSQL wants to know its user by name.
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise StartError(
            f"当前用户 (编号 {os.geteuid()}) 在本机没有用户名, 数据库无法以其身份运行: "
            "请以有用户名的用户或 root 运行 make run。"
        ) from error


def become(account: ProcessUser | None) -> dict[str, Any]:
    """Returns what ``subprocess`` needs to start a process as ``account``, with no other group."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_enter(account: ProcessUser | None, path: Path) -> bool:
    """Tells whether ``account`` can reach ``path`` and enter (or execute) it, by trying."""
    try:
        tried = subprocess.run(  # noqa: S603 - fixed words and a path of ours
            ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(path)],
            cwd="/",
            check=False,
            **become(account),
        )
    except PermissionError as error:
        raise StartError(
            "以 root 运行, 但此环境不允许切换用户 (数据库不能以 root 运行): 请以普通用户运行。"
        ) from error
    return tried.returncode == 0
