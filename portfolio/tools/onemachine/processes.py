"""The processes that a run has started, on record, so that the next run can clear what is left.

A supervisor that is killed outright (``kill -9``) leaves its processes behind. Each is on record
with its number and the moment that it began: a number alone may belong to somebody else by now.
"""

import contextlib
import json
import os
import signal
from pathlib import Path

import psutil

from portfolio.tools.onemachine.paths import write_private


class ProcessRecord:
    """Keeps name → (number, beginning) in a file, rewritten at each change."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.entries: dict[str, tuple[int, float]] = {}

    def add(self, name: str, pid: int) -> None:
        """Notes a process that has just been started."""
        try:
            self.entries[name] = (pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return
        self._write()

    def remove(self, name: str) -> None:
        """Forgets a process that has ended."""
        if self.entries.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        write_private(self.file, json.dumps(self.entries) + "\n")


def clear_leftovers(file: Path, *, patience: float = 10) -> list[str]:
    """Ends what an earlier run has left behind, group by group; returns the names."""
    entries = _read(file)
    left = {name: process for name, entry in entries.items() if (process := _same(*entry))}
    # The servers go last: the others may still have something to write.
    for names in (left.keys() - {"postgres", "valkey"}, left.keys() & {"postgres", "valkey"}):
        group = [left[name] for name in names]
        for process in group:
            signal_group(process.pid, _gentle(process))
        _, alive = psutil.wait_procs(group, timeout=patience)
        for process in alive:
            signal_group(process.pid, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=5)
    file.unlink(missing_ok=True)
    return sorted(left)


def signal_group(pid: int, number: int) -> None:
    """Signals a process and all its children: each of ours leads a group of its own."""
    # It may have ended meanwhile (macOS says that in the second way).
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _gentle(process: psutil.Process) -> int:
    # PostgreSQL takes SIGTERM as "wait until every session has ended by itself".
    try:
        return signal.SIGINT if process.name().startswith("postgres") else signal.SIGTERM
    except psutil.NoSuchProcess:
        return signal.SIGTERM


def _read(file: Path) -> dict[str, tuple[int, float]]:
    try:
        return {name: (pid, began) for name, (pid, began) in json.loads(file.read_text()).items()}
    except (FileNotFoundError, ValueError):
        return {}


def _same(pid: int, began: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - began) < 1 else None
    except psutil.NoSuchProcess:
        return None
