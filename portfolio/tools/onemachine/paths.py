"""Where everything lies under ``VAR_DIR``."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from portfolio.tools.onemachine.accounts import ProcessUser
from portfolio.tools.onemachine.errors import StartError

# A Unix socket's path holds 107 bytes on Linux and 103 on macOS; ".s.PGSQL.5432" goes behind it.
LONGEST_SOCKET_FOLDER = 85


@dataclass(frozen=True)
class Paths:
    """Names the files of one machine, all below its ``VAR_DIR``."""

    var: Path

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def mail(self) -> Path:
        return self.var / "mail"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def services_env(self) -> Path:
        return self.var / "services.env"

    @property
    def secret_key(self) -> Path:
        return self.var / "secret_key"

    @property
    def demo_clock(self) -> Path:
        return self.var / "demo_clock.json"

    def make(self) -> None:
        """Makes the folders; those with letters and logs in them are for the owner alone."""
        self.var.mkdir(parents=True, exist_ok=True)
        for private in (self.log, self.run, self.mail, self.valkey):
            private.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def socket_folder(preferred: Path, account: ProcessUser | None = None) -> Path:
    """Makes a folder for sockets that only its owner can enter, and returns it.

    It is ``preferred``, or, where that path is too long for a socket, one under ``/tmp``.
    """
    owner = account.uid if account else os.geteuid()
    folder = preferred
    if len(os.fsencode(preferred)) > LONGEST_SOCKET_FOLDER:
        folder = _short_folder(preferred, owner)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
        raise StartError(f"{folder} 属于其他用户: 请删除它, 或改用较短的 VAR_DIR。")
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def _short_folder(preferred: Path, owner: int) -> Path:
    # Not $TMPDIR: on macOS that alone is 50 bytes long.
    shared = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108 - the folder in it is checked
    mark = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:10]
    return shared / f"portfolio-{owner}-{mark}"
