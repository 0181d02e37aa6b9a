"""pre-commit runs what `make lint` runs, step by step."""

import os
import re
import subprocess

import yaml
from django.conf import settings

STEP = re.compile(r"(\w+=\S+ )*\.venv/bin/")


def steps_of_make() -> set[str]:
    environment = {name: v for name, v in os.environ.items() if name not in ("MAKEFLAGS", "PYTHON")}
    shown = subprocess.run(
        ["make", "-n", "lint"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {line for line in shown.splitlines() if STEP.match(line)}


def steps_of_pre_commit() -> set[str]:
    path = settings.BASE_DIR / ".pre-commit-config.yaml"
    (repository,) = yaml.safe_load(path.read_text(encoding="utf-8"))["repos"]
    return {hook["entry"].removeprefix("env ") for hook in repository["hooks"]}


def test_pre_commit_runs_the_steps_of_make_lint():
    assert steps_of_make() == steps_of_pre_commit()
