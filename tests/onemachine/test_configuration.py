"""Ports, the demo clock, and the file that tells other processes where things are."""

import datetime as dt
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portfolio.tools.onemachine import demo_clock, ports, services_env
from portfolio.tools.onemachine.errors import StartError
from portfolio.tools.onemachine.machine import prepare
from portfolio.tools.onemachine.paths import Paths

pytestmark = pytest.mark.long

NOW = dt.datetime(2026, 11, 24, 3, 4, 5, tzinfo=dt.UTC)


def test_the_first_moment_of_the_demo_is_nine_in_the_morning_of_its_day(tmp_path):
    shift = demo_clock.shift_seconds(tmp_path / "clock", None, NOW)
    shown = (NOW + dt.timedelta(seconds=shift)).astimezone(demo_clock.CITY_TIME)
    assert shown.isoformat() == "2025-09-23T09:00:00+08:00"


def test_the_shift_is_kept_so_the_day_runs_on(tmp_path):
    first = demo_clock.shift_seconds(tmp_path / "clock", "2025-09-23", NOW)
    later = NOW + dt.timedelta(days=3)
    assert demo_clock.shift_seconds(tmp_path / "clock", "2025-09-23", later) == first
    assert demo_clock.shift_seconds(tmp_path / "clock", None, later) == first


def test_off_is_the_real_clock(tmp_path):
    assert demo_clock.shift_seconds(tmp_path / "clock", "off", NOW) == 0
    assert demo_clock.shift_seconds(tmp_path / "clock", None, NOW) == 0


def test_data_recorded_under_one_clock_cannot_be_moved_to_another(tmp_path):
    demo_clock.shift_seconds(tmp_path / "clock", None, NOW)
    with pytest.raises(StartError, match=r"DEMO_DAY=2025-09-23 .*不能改为 2025-06-01"):
        demo_clock.shift_seconds(tmp_path / "clock", "2025-06-01", NOW)


def test_a_day_that_is_none_is_refused_and_not_kept(tmp_path):
    with pytest.raises(StartError, match="DEMO_DAY=2025-02-30 不是日期"):
        demo_clock.shift_seconds(tmp_path / "clock", "2025-02-30", NOW)
    assert not (tmp_path / "clock").exists()


def test_the_ports_follow_one_another_unless_told_otherwise():
    assert ports.read_ports({}) == ports.Ports(8000, 8001, 8002)
    assert ports.read_ports({"PORT": "9000", "SMTP_PORT": "25"}) == ports.Ports(9000, 9001, 25)


@pytest.mark.parametrize("wrong", ["0", "65536", "http", "-1", "8000.0"])
def test_what_is_no_port_is_refused_by_name(wrong):
    with pytest.raises(StartError, match=rf"PORT={wrong} 不是端口"):
        ports.read_ports({"PORT": wrong})


def test_a_port_in_use_stops_the_start_with_one_line_that_names_the_remedy(var_dir):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        environment.pop("PORTFOLIO_TESTING", None)
        ran = subprocess.run(
            [sys.executable, "manage.py", "start"],
            cwd=Path(__file__).parents[2],
            env=environment | {"VAR_DIR": str(var_dir), "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert ran.returncode == 1
    expected = f"端口 {port} (网站) 已被占用: 请换一个, 例如 PORT={port + 10} make run"
    assert ran.stderr.strip() == expected
    assert not (var_dir / "postgres").exists()


def test_the_last_runs_values_are_not_taken_for_the_users(tmp_path):
    file = tmp_path / "services.env"
    services_env.write(file, {"DATABASE_URL": "postgres://a", "BASE_URL": "http://localhost:8000"})
    environment = {
        "DATABASE_URL": "postgres://a",
        "BASE_URL": "https://ducha.example",
        "PATH": "/bin",
    }
    assert services_env.strip_last_run(environment, file) == {
        "BASE_URL": "https://ducha.example",
        "PATH": "/bin",
    }


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path):
    file = tmp_path / "secret_key"
    secret = services_env.secret_key(file)
    assert len(secret) >= 50
    assert services_env.secret_key(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_the_user_gives_is_used_and_not_started(var_dir, free_port):
    given = {
        "DATABASE_URL": "postgres://city@db.example/portfolio",
        "REDIS_URL": "redis://broker.example/0",
        "EMAIL_URL": "smtp://mail.example",
        "PORT": str(free_port),
    }
    paths = Paths(var_dir)
    paths.make()
    machine = prepare(Path(), paths, given)
    assert (machine.home, machine.socket, machine.mailbox_url) == (None, None, None)
    assert machine.environment().items() >= given.items()
    assert not given.keys() & services_env.read(paths.services_env).keys()
    assert not machine.clock_shift, "a demo clock is for the embedded database alone"
