"""Imports point one way; the contracts stand in pyproject.toml."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from bench.locality import LEAST_PERCENT, count_imports, percent_local

ROOT = Path(__file__).resolve().parents[2]
APPS = ("portfolio", "projects", "targets", "notifications")
# A new file → an import of what stands above it, and the contract that must say so.
WRONG = {
    "projects/core/intruder.py": ("targets.choices", "The apps point one way"),
    "projects/people/intruder.py": (
        "projects.lights.rules", "The subjects of projects point one way",
    ),
    "targets/rules/intruder.py": ("targets.services.parts", "The layers of targets point one way"),
    "notifications/outbox/intruder.py": (
        "notifications.webhooks.models", "The subjects of notifications point one way",
    ),
    "portfolio/reports/engine/intruder.py": (
        "portfolio.reports.catalogue.registry", "The parts of reports point one way",
    ),
    "portfolio/pages/kit/intruder.py": ("portfolio.pages.desk.due", "The pages point one way"),
    "portfolio/core/history/intruder.py": ("portfolio.core.api.rows", "The ground points one way"),
    "portfolio/pages/board/intruder.py": (
        "portfolio.tools.demo", "The running system does without its tools",
    ),
}  # fmt: skip


def test_every_import_contract_is_kept():
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    """What is said of a copy of the code with one wrong import for each contract."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", root)
    for app in APPS:
        shutil.copytree(ROOT / app, root / app, ignore=shutil.ignore_patterns("__pycache__"))
    for file, (wrong, _contract) in WRONG.items():
        (root / file).write_text(f"import {wrong}\n", encoding="utf-8")
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    ended = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode != EXIT_STATUS_SUCCESS, ended.stdout
    return ended.stdout


@pytest.mark.parametrize(("file", "wrong", "contract"), [(f, *w) for f, w in WRONG.items()])
def test_a_wrong_import_of_a_new_file_breaks_its_contract(verdict, file, wrong, contract):
    module = file.removesuffix(".py").replace("/", ".")
    assert f"{contract} BROKEN" in verdict
    assert f"{module} -> {wrong}" in verdict


def test_most_imports_within_a_subject_stay_in_its_folder():
    assert percent_local(count_imports(ROOT)) >= LEAST_PERCENT
