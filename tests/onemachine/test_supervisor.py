"""Supervision, shown on small processes; and the whole start, shown on the real ones."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from portfolio.tools.onemachine.errors import StartError
from portfolio.tools.onemachine.lock import hold_lock
from portfolio.tools.onemachine.processes import clear_leftovers
from portfolio.tools.onemachine.supervisor import Service, Supervisor

pytestmark = pytest.mark.long

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
# It starts a child of its own and ignores the polite signal.
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, subprocess, time; signal.signal(15, signal.SIG_IGN);"
    "subprocess.Popen(['sleep', '60']); print('ready', flush=True); time.sleep(60)",
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]):
    made = Supervisor(tmp_path, tmp_path / "processes.json", said.append)
    yield made
    made.stop_all()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def watching(supervisor: Supervisor) -> threading.Thread:
    thread = threading.Thread(target=supervisor.watch, daemon=True)
    thread.start()
    return thread


def test_a_killed_child_is_restarted_and_one_line_says_so(supervisor, said):
    supervisor.start(Service("worker", "任务进程", SLEEPER))
    first = supervisor.running["worker"].process.pid
    thread = watching(supervisor)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: supervisor.running["worker"].process.pid != first)
    supervisor.asked_to_end = True
    thread.join(timeout=5)
    assert len(said) == 2
    assert said[0].startswith("任务进程 意外结束 (代码 -9), 0.5 秒后重启")
    assert said[1].startswith("任务进程 已重启")


def test_what_keeps_dying_is_restarted_ever_more_slowly(supervisor, said):
    supervisor.launch(Service("worker", "任务进程", (sys.executable, "-c", "")))
    entry = supervisor.running["worker"]
    pauses = []
    for _ in range(8):
        entry.process.wait()
        supervisor._look_after(entry)
        pauses.append(round(entry.restart_at - time.monotonic()))
        entry.restart_at = None
    assert pauses == sorted(pauses)
    assert pauses[0] <= 1
    assert pauses[-1] == 30


def test_a_group_that_does_not_listen_is_ended_all_the_same(supervisor, tmp_path):
    log = tmp_path / "stubborn.log"
    service = Service(
        "stubborn", "", STUBBORN, patience=0.2, ready=lambda: "ready" in log.read_text()
    )
    supervisor.start(service)
    family = psutil.Process(supervisor.running["stubborn"].process.pid).children()
    assert family
    supervisor.stop_all()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def test_a_service_that_ends_instead_of_getting_ready_says_its_last_line(supervisor):
    program = (sys.executable, "-c", "raise SystemExit('no space left')")
    with pytest.raises(StartError, match=r"网站 意外结束 \(代码 1\): no space left"):
        supervisor.start(Service("web", "网站", program, ready=lambda: False))


def test_what_a_killed_supervisor_left_is_cleared_by_the_next(supervisor, tmp_path):
    supervisor.start(Service("worker", "任务进程", SLEEPER))
    left = supervisor.running.pop("worker").process
    # Somebody has to wait for it, or it stays a zombie. Who gets its code is a race: ask for none.
    waiter = threading.Thread(target=left.wait, daemon=True)
    waiter.start()
    assert clear_leftovers(tmp_path / "processes.json") == ["worker"]
    waiter.join(timeout=5)
    assert not psutil.pid_exists(left.pid)
    assert clear_leftovers(tmp_path / "processes.json") == []


def test_a_number_that_belongs_to_somebody_else_by_now_is_let_be(tmp_path):
    record = tmp_path / "processes.json"
    record.write_text(f'{{"worker": [{os.getpid()}, 1.0]}}')
    assert clear_leftovers(record) == []


def test_a_second_start_on_the_same_folder_is_told_who_has_it(tmp_path):
    (tmp_path / "run").mkdir()
    lock = tmp_path / "run" / "lock"
    refused = pytest.raises(StartError, match=rf"{tmp_path} 已有一个在运行")
    with hold_lock(lock), refused, hold_lock(lock):
        pass
    with hold_lock(lock):
        pass


def test_the_whole_starts_restarts_its_worker_and_ends_on_sigterm(var_dir, free_port):
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PORTFOLIO_TESTING"}
        and not key.startswith(("PYTEST", "COV"))
    }
    environment |= {"VAR_DIR": str(var_dir), "PORT": str(free_port)}
    output = var_dir / "output"
    with output.open("w") as file:
        start = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=Path(__file__).parents[2],
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: "已启动" in output.read_text() or start.poll() is not None, 60)
        text = output.read_text()
        assert f"http://localhost:{free_port + 1}" in text, text
        assert (var_dir / "services.env").stat().st_mode & 0o777 == 0o600
        family = psutil.Process(start.pid).children(recursive=True)
        worker = next(each for each in family if "worker" in each.cmdline())
        worker.kill()
        wait_for(lambda: "任务进程 已重启" in output.read_text())
        family += psutil.Process(start.pid).children(recursive=True)
        start.terminate()
        assert start.wait(timeout=40) == 0
        _, alive = psutil.wait_procs(set(family), timeout=5)
        assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]
    finally:
        if start.poll() is None:
            start.terminate()
            start.wait(timeout=40)
