"""The one machine: what runs on it, in which order, and where it can be reached."""

import datetime as dt
import http.client
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from portfolio.tools.onemachine import demo_clock, ports, postgres, services_env, valkey
from portfolio.tools.onemachine.lock import hold_lock
from portfolio.tools.onemachine.paths import Paths
from portfolio.tools.onemachine.postgres_home import PostgresHome, find_home, outside_folder
from portfolio.tools.onemachine.processes import clear_leftovers
from portfolio.tools.onemachine.supervisor import EndRequestedError, Service, Supervisor

LOCAL = "127.0.0.1"
CELERY = (sys.executable, "-m", "celery", "-A", "portfolio")


@dataclass(frozen=True)
class Machine:
    """Holds what was decided before anything runs."""

    base: Path  # the folder of manage.py
    paths: Paths
    given: Mapping[str, str]  # the environment as the user gave it
    ports: ports.Ports
    home: PostgresHome | None = None  # None: the user's own database
    socket: Path | None = None  # None: the user's own broker
    values: dict[str, str] = field(default_factory=dict)  # services.env

    @property
    def host(self) -> str:
        """Where the web server and the mailbox listen."""
        return self.given.get("HOST") or LOCAL

    @property
    def catches_mail(self) -> bool:
        return "EMAIL_URL" not in self.given

    @property
    def mailbox_url(self) -> str | None:
        return f"http://localhost:{self.ports.mailbox}" if self.catches_mail else None

    @property
    def base_url(self) -> str:
        return self.given.get("BASE_URL") or f"http://localhost:{self.ports.web}"

    @property
    def clock_shift(self) -> dt.timedelta:
        return dt.timedelta(seconds=float(self.values.get("CLOCK_SHIFT_SECONDS", 0)))

    def environment(self) -> dict[str, str]:
        """Returns the environment of our own programs."""
        common = {"PYTHONUNBUFFERED": "1", "VAR_DIR": str(self.paths.var)}
        # With the embedded database settings find the rest in services.env, and know by the
        # absence of DATABASE_URL that this is the one machine.
        return {**({} if self.home else self.values), **self.given, **common}


def run(
    base: Path,
    var_dir: Path,
    environment: Mapping[str, str],
    say: Callable[[str], None],
    announce: Callable[[Machine], None],
) -> None:
    """Starts everything, announces it, and looks after it until somebody asks for the end.

    Raises ``StartError`` where something stands in the way; nothing is left running then.
    """
    paths = Paths(var_dir)
    paths.make()
    with hold_lock(paths.run / "lock"):
        record = paths.run / "processes.json"
        left = clear_leftovers(record)
        if left:
            say(f"上次没有正常结束, 已清理遗留进程: {', '.join(left)}")
        machine = prepare(base, paths, environment)
        supervisor = Supervisor(paths.log, record, say)
        with supervisor.signals():
            try:
                _start(machine, supervisor)
                announce(machine)
                supervisor.watch()
            except EndRequestedError:
                pass
            finally:
                say("正在结束 …")
                supervisor.stop_all()
        say(f"已全部结束, 数据保存在 {var_dir}")


def prepare(base: Path, paths: Paths, environment: Mapping[str, str]) -> Machine:
    """Decides everything and writes ``services.env``; nothing runs yet."""
    given = services_env.strip_last_run(environment, paths.services_env)
    plan = Machine(base, paths, given, ports.read_ports(given))
    check_ports(plan)
    embedded = "DATABASE_URL" not in given
    if embedded:
        # Before the first file of a database, so that a wrong DEMO_DAY leaves nothing behind.
        asked = given.get("DEMO_DAY") or None
        shift = demo_clock.shift_seconds(paths.demo_clock, asked, dt.datetime.now(dt.UTC))
        plan.values["CLOCK_SHIFT_SECONDS"] = str(shift)
    machine = replace(
        plan,
        home=find_home(paths.var) if embedded else None,
        socket=None if "REDIS_URL" in given else valkey.socket_path(paths),
    )
    made_up = {
        "SECRET_KEY": services_env.secret_key(paths.secret_key),
        "BASE_URL": machine.base_url,
        "DATABASE_URL": postgres.url(machine.home) if machine.home else None,
        "REDIS_URL": valkey.url(machine.socket) if machine.socket else None,
        "EMAIL_URL": f"smtp://{LOCAL}:{machine.ports.smtp}",
        "MAILBOX_URL": machine.mailbox_url,
    }
    machine.values.update({k: v for k, v in made_up.items() if v and k not in given})
    services_env.write(paths.services_env, machine.values)
    return machine


def wipe(var_dir: Path) -> None:
    """Removes all data of ``var_dir``, those in a system folder too; refuses while it runs."""
    paths = Paths(var_dir)
    if not paths.services_env.exists():
        return  # nothing of ours: whatever lies there is not ours to remove
    paths.make()
    with hold_lock(paths.run / "lock"):
        clear_leftovers(paths.run / "processes.json")
        outside = outside_folder(var_dir)
        if outside:
            shutil.rmtree(outside)
        shutil.rmtree(var_dir)


def check_ports(machine: Machine) -> None:
    """Refuses a port in use before anything is started."""
    ports.check_free(machine.host, machine.ports.web, "PORT", "网站")
    if machine.catches_mail:
        ports.check_free(machine.host, machine.ports.mailbox, "MAILBOX_PORT", "邮箱网页")
        ports.check_free(LOCAL, machine.ports.smtp, "SMTP_PORT", "邮件接收")


def _start(machine: Machine, supervisor: Supervisor) -> None:
    foundations = []
    if machine.home:
        postgres.make_cluster(machine.home)
        foundations.append(postgres.service(machine.home))
    if machine.socket:
        foundations.append(valkey.service(machine.paths.valkey, machine.socket))
    for service in foundations:
        supervisor.launch(service)
    for service in foundations:
        supervisor.await_ready(service)
        supervisor.say(f"{service.label} 已就绪")
    if machine.home:
        postgres.make_database(machine.home)
    _start_programs(machine, supervisor)


def _start_programs(machine: Machine, supervisor: Supervisor) -> None:
    """Starts our own programs; what needs the data to be there waits for their preparation.

    The web server may come up meanwhile: /readyz says that migrations are waiting, and it takes
    as long to load as the preparation itself.
    """
    preparation = _preparation(machine)
    at_once = [_web(machine), *([_mailbox(machine)] if machine.catches_mail else [])]
    after = [_worker(machine), _beat(machine)]
    for service in (preparation, *at_once):
        supervisor.launch(service)
    supervisor.await_end(preparation)
    for service in after:
        supervisor.launch(service)
    for service in (*at_once, *after):
        supervisor.await_ready(service)


def _preparation(machine: Machine) -> Service:
    return Service(
        name="prepare",
        label="数据准备",
        command=(sys.executable, "manage.py", "start", "--prepare"),
        environment=machine.environment(),
        folder=machine.base,
        to_console=True,
    )


def _web(machine: Machine) -> Service:
    return Service(
        name="web",
        label="网站",
        command=(
            *(sys.executable, "-m", "granian", "--interface", "wsgi"),
            "portfolio.wsgi:application",
            *("--host", machine.host, "--port", str(machine.ports.web), "--no-ws"),
            *("--workers", machine.given.get("WEB_WORKERS") or "1", "--blocking-threads", "4"),
            *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
        ),
        environment=machine.environment(),
        folder=machine.base,
        ready=lambda: _web_answers(ports.reachable_host(machine.host), machine.ports.web),
    )


def _worker(machine: Machine) -> Service:
    return Service(
        name="worker",
        label="任务进程",
        command=(
            *(*CELERY, "worker", "--loglevel", "INFO"),
            *("--concurrency", machine.given.get("WORKER_CONCURRENCY") or "2"),
            # One worker has nobody to gossip with; looking for others would cost a second.
            *("--without-gossip", "--without-mingle"),
        ),
        environment=machine.environment(),
        folder=machine.base,
        # Warm: what it is doing is finished. Cold: it goes back to the queue.
        stop_signals=(signal.SIGTERM, signal.SIGQUIT),
    )


def _beat(machine: Machine) -> Service:
    schedule = str(machine.paths.run / "beat-schedule")
    return Service(
        name="beat",
        label="定时进程",
        command=(*CELERY, "beat", "--loglevel", "INFO", "--schedule", schedule, "--pidfile="),
        environment=machine.environment(),
        folder=machine.base,
    )


def _mailbox(machine: Machine) -> Service:
    return Service(
        name="mailbox",
        label="邮箱",
        command=(
            *(sys.executable, "-m", "portfolio.tools.onemachine.mailbox", str(machine.paths.mail)),
            *("--host", machine.host, "--page-port", str(machine.ports.mailbox)),
            *("--smtp-port", str(machine.ports.smtp)),
            *("--clock-shift", str(machine.clock_shift.total_seconds())),
        ),
        environment=machine.environment(),
        folder=machine.base,
        ready=lambda: (
            _listens(ports.reachable_host(machine.host), machine.ports.mailbox)
            and _listens(LOCAL, machine.ports.smtp)
        ),
    )


def _web_answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        # Whether it serves at all: /readyz also waits for the first beat, which comes later.
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
