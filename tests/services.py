"""A pytest plugin: the suite's own PostgreSQL and Valkey, unless addresses are given.

Loaded by ``-p tests.services`` and run before pytest-django reads the settings. With
``DATABASE_URL`` or ``REDIS_URL`` in the environment that service is used as it is. xdist's workers
inherit the environment of the one that started the services, and start nothing.
"""

import contextlib
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from portfolio.tools.onemachine import postgres, valkey
from portfolio.tools.onemachine.paths import Paths
from portfolio.tools.onemachine.postgres_home import find_home, outside_folder
from portfolio.tools.onemachine.processes import clear_leftovers
from portfolio.tools.onemachine.supervisor import Supervisor

PREFIX = "portfolio-tests-"
# Nothing here outlives the run, so nothing needs to reach the disk.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_senders=0")
CARELESS_OPTIONS = tuple(word for setting in CARELESS for word in ("-c", setting))


class TestServices:
    """The services of one run, in a throw-away folder that bears the number of its process."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        # As root PostgreSQL runs as nobody, who has to pass through here.
        self.folder.chmod(0o711)
        self.paths = Paths(self.folder / "var")
        self.paths.make()
        record = self.paths.run / "processes.json"
        self.supervisor = Supervisor(self.paths.log, record, say=lambda line: None)

    def start(self) -> None:
        """Starts what is not given, and says in the environment where it is."""
        if "DATABASE_URL" not in os.environ:
            home = find_home(self.paths.var)
            postgres.make_cluster(home, sync=False)
            self.supervisor.start(postgres.service(home, *CARELESS_OPTIONS))
            postgres.make_database(home)
            os.environ["DATABASE_URL"] = postgres.url(home)
        if "REDIS_URL" not in os.environ:
            socket = valkey.socket_path(self.paths)
            self.supervisor.start(valkey.service(self.paths.valkey, socket))
            os.environ["REDIS_URL"] = valkey.url(socket)

    def stop(self) -> None:
        """Ends them and removes all that they wrote."""
        self.supervisor.stop_all()
        remove(self.folder)


def remove(folder: Path) -> None:
    outside = outside_folder(folder / "var")
    for each in filter(None, (outside, folder)):
        shutil.rmtree(each, ignore_errors=True)


def clear_earlier_runs() -> None:
    """Ends and removes what a run that was killed outright has left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(ValueError, OSError):
            owner = int(folder.name.removeprefix(PREFIX).split("-")[0])
            if folder.stat().st_uid == os.geteuid() and not psutil.pid_exists(owner):
                clear_leftovers(folder / "var" / "run" / "processes.json")
                remove(folder)


_services: list[TestServices] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Starts the services ahead of every other plugin's part of this hook, pytest-django's too."""
    os.environ["PORTFOLIO_TESTING"] = "1"
    os.environ.setdefault("EMAIL_URL", "memorymail://")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _start()
    return (yield)


def _start() -> None:
    # `timeout` and CI systems end a run by SIGTERM; taken as Ctrl-C, pytest cleans up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    clear_earlier_runs()
    services = TestServices()
    _services.append(services)
    os.environ.setdefault("VAR_DIR", str(services.paths.var))
    try:
        services.start()
    except BaseException:
        _stop()
        raise


def _stop() -> None:
    while _services:
        _services.pop().stop()


def pytest_collection_finish() -> None:
    """Keeps what was imported and collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    _stop()
