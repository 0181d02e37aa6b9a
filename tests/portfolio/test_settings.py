"""What the settings refuse to start with."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import execute_from_command_line

ROOT = Path(__file__).parents[2]


def check(tmp_path, **environment) -> subprocess.CompletedProcess:
    plain = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=plain | {"VAR_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DATABASE_URL": "postgres://x@/x", "DEMO_DAY": "2025-09-23"}, "DEMO_DAY"),
        ({"DATABASE_URL": "postgres://x@/x"}, "SECRET_KEY"),
    ],
)
def test_a_setting_that_cannot_be_is_named_in_one_line(tmp_path, environment, named):
    done = check(tmp_path, **environment)
    assert done.returncode != 0
    assert named in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.long
def test_an_unreachable_database_is_one_line_with_its_remedy(tmp_path):
    plain = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "manage.py", "token", "viewer"],
        cwd=ROOT,
        env=plain | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "make run" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.long
def test_one_machine_needs_no_setting_at_all(tmp_path):
    done = check(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "load_report",
        "make_synthetic",
        "permission_table",
        "prepare_demo",
        "remind",
        "report_coverage",
        "start",
        "token",
    ],
)
def test_each_command_of_ours_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", command, "--help"])
    assert ended.value.code == 0
    assert command in capsys.readouterr().out
