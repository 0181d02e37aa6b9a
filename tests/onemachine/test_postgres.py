"""The embedded PostgreSQL, as root and as an ordinary user."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portfolio.tools.onemachine import postgres, postgres_home
from portfolio.tools.onemachine.paths import Paths
from portfolio.tools.onemachine.postgres_home import PostgresHome, find_home
from portfolio.tools.onemachine.supervisor import Supervisor

pytestmark = pytest.mark.long

REPOSITORY = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


class Server:
    """A server that the test can start, stop and ask."""

    def __init__(self, var_dir: Path) -> None:
        self.paths = Paths(var_dir)
        self.paths.make()
        self.home: PostgresHome = find_home(var_dir)
        record = self.paths.run / "processes.json"
        self.supervisor = Supervisor(self.paths.log, record, say=lambda line: None)

    def start(self) -> None:
        postgres.make_cluster(self.home, sync=False)
        self.supervisor.start(postgres.service(self.home, "-c", "fsync=off"))
        postgres.make_database(self.home)

    def ask(self, query: str) -> object:
        with psycopg.connect(postgres.url(self.home), autocommit=True) as connection:
            cursor = connection.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None


@pytest.fixture
def server(var_dir: Path) -> Iterator[Server]:
    made = Server(var_dir)
    yield made
    made.supervisor.stop_all()


def modes_of_parents(*paths: Path) -> dict[Path, int]:
    return {each: each.stat().st_mode for path in paths for each in (path, *path.parents)}


def test_it_knows_chinese_trigrams_and_gist_and_sorts_by_code_point(server: Server):
    server.start()
    server.ask("CREATE EXTENSION pg_trgm")
    server.ask("CREATE EXTENSION btree_gist")
    assert server.ask("SELECT similarity('林南平房区安置房', '林南安置房') > 0.3")
    assert server.ask("SELECT 'a' > 'B'"), "the order must not depend on the machine"
    assert server.ask("SHOW server_encoding") == "UTF8"
    assert server.ask("SHOW listen_addresses") == ""


def test_data_survive_a_stop_and_a_second_start(server: Server):
    server.start()
    server.ask("CREATE TABLE kept AS SELECT 7 AS number")
    server.supervisor.stop_all()
    assert not (server.home.data / "postmaster.pid").exists()
    server.start()
    assert server.ask("SELECT number FROM kept") == 7


def test_a_lock_file_left_by_a_power_cut_does_not_stop_it(server: Server):
    postgres.make_cluster(server.home, sync=False)
    # This test's own process has that number now: PostgreSQL by itself would refuse.
    (server.home.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.home.data}\n")
    server.start()
    assert server.ask("SELECT 1") == 1


def test_a_server_left_running_by_a_killed_run_is_stopped_first(server: Server):
    server.start()
    server.ask("CREATE TABLE kept AS SELECT 7 AS number")
    left = server.supervisor.running.pop("postgres").process
    server.start()
    assert left.wait(timeout=10) == 0
    assert server.ask("SELECT number FROM kept") == 7


@as_root
def test_as_root_it_runs_as_nobody_and_no_mode_of_a_folder_changes(tmp_path_factory):
    closed = Path(tempfile.mkdtemp(prefix="closed-"))
    try:
        var_dir = closed / "clone" / "var"
        var_dir.parent.mkdir()
        package = postgres_home._package_folder()
        before = modes_of_parents(var_dir.parent, package, Path("/var/lib"), Path("/root"))
        server = Server(var_dir)
        try:
            server.start()
            assert server.home.account is not None
            assert server.home.account.uid == pwd.getpwnam("nobody").pw_uid
            assert server.ask("SELECT 1") == 1
            assert var_dir not in server.home.data.parents, "nobody cannot get there"
            assert find_home(var_dir) == server.home, "the second start finds the same place"
        finally:
            server.supervisor.stop_all()
            shutil.rmtree(server.home.data.parent)
        assert modes_of_parents(*before) == before
    finally:
        shutil.rmtree(closed)


@as_root
def test_as_root_a_closed_environment_has_its_binaries_copied_once(server: Server, monkeypatch):
    package = postgres_home._package_folder()
    monkeypatch.setattr(
        postgres_home,
        "can_enter",
        lambda account, path: package not in path.parents and path != server.paths.var,
    )
    home = find_home(server.paths.var)
    assert package not in home.binaries.parents
    made = home.binaries.stat().st_mtime_ns
    assert find_home(server.paths.var).binaries.stat().st_mtime_ns == made
    server.home = home
    server.start()
    server.ask("CREATE EXTENSION pg_trgm")
    assert server.ask("SELECT 1") == 1


@as_root
def test_an_ordinary_user_has_it_all_in_the_own_folder():
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    program = (
        "import sys; from pathlib import Path; from tests.onemachine.test_postgres import Server\n"
        "server = Server(Path(sys.argv[1])); server.start()\n"
        "print(server.ask('SELECT 6 * 7'), server.home.account, server.home.data)\n"
        "server.supervisor.stop_all()\n"
    )
    try:
        ran = subprocess.run(
            [_python_for_anybody(), "-B", "-c", program, str(folder)],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": sysconfig.get_path("purelib")},
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.stdout.split() == ["42", "None", str(folder / "postgres")], ran.stderr
    finally:
        shutil.rmtree(folder)


def _python_for_anybody() -> str:
    """Returns an interpreter of this version that other users can run, with what they need."""
    account = postgres_home.account_for(Path("/nonexistent"))
    needed = [REPOSITORY, Path(sysconfig.get_path("purelib"))]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if all(postgres_home.can_enter(account, path) for path in (*needed, Path(found))):
            return found
    pytest.skip("this clone, its environment or its Python is closed to other users")
