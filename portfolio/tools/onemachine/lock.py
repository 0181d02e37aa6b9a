"""One run a ``VAR_DIR``: a lock that dies with its holder, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portfolio.tools.onemachine.errors import StartError


@contextmanager
def hold_lock(file: Path) -> Iterator[None]:
    """Holds the lock, or says who does."""
    with file.open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.seek(0)
            raise StartError(
                f"{file.parent.parent} 已有一个在运行 (进程 {held.read().strip() or '?'}): "
                "请先用 Ctrl-C 结束它, 或另设 VAR_DIR 和 PORT。"
            ) from error
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield
