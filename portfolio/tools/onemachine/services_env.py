"""``VAR_DIR/services.env``: how every other process on the machine finds what ``start`` runs.

``KEY=VALUE`` lines, read by ``portfolio/settings.py``; real environment variables win over it. It
holds only what we made up ourselves, never what the user gave.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from portfolio.tools.onemachine.paths import write_private


def read(path: Path) -> dict[str, str]:
    """Returns the values, none if there is no file."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return dict(pairs)


def write(path: Path, values: Mapping[str, str]) -> None:
    """Writes the values, whole or not at all, for the owner's eyes only."""
    lines = ["# 由 manage.py start 写入, 每次启动都会重写: 请勿编辑"]
    lines += [f"{key}={value}" for key, value in values.items()]
    write_private(path, "\n".join(lines) + "\n")


def strip_last_run(environment: Mapping[str, str], path: Path) -> dict[str, str]:
    """Returns the environment as the user gave it.

    Settings read the last run's file *into* the environment before any command runs; what stands
    there word for word is that run's, not the user's.
    """
    last = read(path)
    return {key: value for key, value in environment.items() if last.get(key) != value}


def secret_key(path: Path) -> str:
    """Returns the random key that signs sessions: made once, kept."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text(encoding="utf-8").strip()
