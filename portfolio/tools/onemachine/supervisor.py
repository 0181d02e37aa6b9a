"""Starts processes in order, restarts what dies, ends all of them.

One thread, one loop. Each process leads a group of its own, so that Ctrl-C reaches the supervisor
alone, which then ends the others in the reverse of the order that they were started in.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from portfolio.tools.onemachine.accounts import ProcessUser, become
from portfolio.tools.onemachine.errors import StartError
from portfolio.tools.onemachine.processes import ProcessRecord, signal_group

TICK = 0.05  # seconds between two looks at a process that is being waited for
WATCH_TICK = 0.25
LONGEST_PAUSE = 30.0  # seconds before a process that keeps dying is started again
STEADY = 60.0  # seconds after which a process counts as recovered
LARGEST_LOG = 10 * 1024 * 1024


class EndRequestedError(Exception):
    """Says that somebody asked for the end (Ctrl-C, SIGTERM, the terminal closed)."""


@dataclass(frozen=True)
class Service:
    """Says how one process is run, when it is ready, and how it is ended."""

    name: str  # also its log's
    label: str  # for people
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    account: ProcessUser | None = None
    before: Callable[[], None] = lambda: None
    ready: Callable[[], bool] = lambda: True
    ready_within: float = 60  # seconds
    stop_signals: Sequence[int] = (signal.SIGTERM,)
    patience: float = 10  # seconds for each of the signals
    foundation: bool = False  # the others stand on it: it ends last
    to_console: bool = False  # what it prints is for the user; its errors still go to the log


@dataclass
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    failures: int = 0
    restart_at: float | None = None  # set while it is down


class Supervisor:
    """Runs services until :meth:`stop_all`; ``say`` tells the user, one line at a time."""

    def __init__(self, log_folder: Path, record_file: Path, say: Callable[[str], None]) -> None:
        self.log_folder = log_folder
        self.record = ProcessRecord(record_file)
        self.say = say
        self.running: dict[str, _Running] = {}
        self.asked_to_end = False

    # Starting -------------------------------------------------------------------------------------
    def start(self, service: Service) -> None:
        """Starts a service and waits until it is ready."""
        self.launch(service)
        self.await_ready(service)

    def launch(self, service: Service) -> None:
        """Starts a service without waiting."""
        self._raise_if_asked()
        service.before()
        self.running[service.name] = _Running(service, self._spawn(service))

    def await_ready(self, service: Service) -> None:
        """Waits until a launched service is ready; one that ends instead stops the whole start."""
        entry = self.running[service.name]
        deadline = time.monotonic() + service.ready_within
        while True:
            if entry.process.poll() is not None:
                raise StartError(self._obituary(entry))
            if service.ready():
                return
            if time.monotonic() > deadline:
                raise StartError(
                    f"{service.label} {service.ready_within:.0f} 秒内没有就绪: "
                    f"请看日志 {self.log_of(service)}"
                )
            self._pause(TICK)

    def await_end(self, service: Service) -> None:
        """Waits for a launched step that must succeed, for instance the migrations."""
        entry = self.running[service.name]
        while entry.process.poll() is None:
            self._pause(TICK)
        self._forget(service.name)
        if entry.process.returncode != 0:
            raise StartError(self._obituary(entry))

    # Watching -------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Restarts what dies, until somebody asks for the end."""
        while not self.asked_to_end:
            for entry in self.running.values():
                self._look_after(entry)
            time.sleep(WATCH_TICK)

    def _look_after(self, entry: _Running) -> None:
        now = time.monotonic()
        if entry.restart_at is not None:
            if now >= entry.restart_at:
                self._restart(entry)
        elif entry.process.poll() is not None:
            self._note_death(entry, now)

    def _note_death(self, entry: _Running, now: float) -> None:
        if now - entry.began > STEADY:
            entry.failures = 0
        pause = min(2.0**entry.failures - 0.5, LONGEST_PAUSE)
        entry.failures += 1
        entry.restart_at = now + pause
        # Its children, if it was killed, must not go on beside their successors.
        signal_group(entry.process.pid, signal.SIGKILL)
        self.record.remove(entry.service.name)
        code, log = entry.process.returncode, self.log_of(entry.service)
        self.say(f"{entry.service.label} 意外结束 (代码 {code}), {pause:.1f} 秒后重启; 日志 {log}")

    def _restart(self, entry: _Running) -> None:
        try:
            entry.service.before()
            entry.process = self._spawn(entry.service)
        except (StartError, OSError) as error:
            self.say(f"{entry.service.label} 重启失败: {error}")
            entry.failures += 1
            entry.restart_at = time.monotonic() + LONGEST_PAUSE
            return
        entry.began, entry.restart_at = time.monotonic(), None
        self.say(f"{entry.service.label} 已重启 (进程 {entry.process.pid})")

    # Ending ---------------------------------------------------------------------------------------
    def stop_all(self) -> None:
        """Ends everything: first, all at once, what stands on the databases, then those."""
        for foundation in (False, True):
            chosen = [e for e in self.running.values() if e.service.foundation is foundation]
            for entry in chosen:
                entry.process.send_signal(entry.service.stop_signals[0])
            for entry in chosen:
                self.stop(entry.service.name)

    def stop(self, name: str) -> None:
        """Ends one service with its whole group."""
        entry = self.running[name]
        for number in (*entry.service.stop_signals, signal.SIGKILL):
            if entry.process.poll() is not None:
                break
            # The process itself: its children are its own to end. What is left is killed below.
            entry.process.send_signal(number)
            try:
                entry.process.wait(timeout=entry.service.patience)
            except subprocess.TimeoutExpired:
                continue
        signal_group(entry.process.pid, signal.SIGKILL)
        self._forget(name)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Takes Ctrl-C and SIGTERM as the wish to end, and puts the old handlers back after it."""
        wishes = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._ask_to_end) for number in wishes}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask_to_end(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_end = True

    # Details --------------------------------------------------------------------------------------
    def log_of(self, service: Service) -> Path:
        """Returns the file that takes what a service writes."""
        return self.log_folder / f"{service.name}.log"

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with _open_log(self.log_of(service)) as log:
            try:
                process = subprocess.Popen(  # noqa: S603 - our own list of commands
                    list(service.command),
                    cwd=service.folder,
                    env=None if service.environment is None else dict(service.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=None if service.to_console else log,
                    stderr=log,
                    start_new_session=True,
                    **become(service.account),
                )
            except OSError as error:
                raise StartError(f"{service.label} 无法启动: {error}") from error
        self.record.add(service.name, process.pid)
        return process

    def _pause(self, seconds: float) -> None:
        self._raise_if_asked()
        time.sleep(seconds)

    def _raise_if_asked(self) -> None:
        if self.asked_to_end:
            raise EndRequestedError

    def _forget(self, name: str) -> None:
        del self.running[name]
        self.record.remove(name)

    def _obituary(self, entry: _Running) -> str:
        service, log = entry.service, self.log_of(entry.service)
        return (
            f"{service.label} 意外结束 (代码 {entry.process.returncode}): "
            f"{_last_line(log)} - 日志 {log}"
        )


def _open_log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab")


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4096))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else "无输出"
