"""Whoever adds a stage, a status or a light is told of every table that has to know it."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portfolio.core.complete import check_complete
from projects.choices import LightColour, Stage
from targets.choices import Status

ROOT = Path(__file__).parents[2]
APPS = ("portfolio", "projects", "targets", "notifications")
LISTS = {each.__name__: {*each.names, *each.values} for each in (Stage, Status, LightColour)}
# A member that each list gets in a copy of the code, before its first one.
ADDED = {
    "projects/choices.py": ("RESERVE = ", "RED = "),
    "targets/choices.py": ("ACHIEVED = ",),
}
# Imports all modules there, and notes each table instead of stopping at the first wrong one.
READ_ALL = f"""
import importlib, json, pkgutil, sys
import django
from portfolio.core import complete
strict, told = complete.check_complete, {{}}
def check(name, table, codes, *, aside=()):
    try:
        strict(name, table, codes, aside=aside)
        error = ""
    except complete.ImproperlyConfigured as refused:
        error = str(refused)
    told[sys._getframe(1).f_globals["__name__"] + ":" + name] = error
complete.check_complete = check
django.setup()
for app in {APPS}:
    package = importlib.import_module(app)
    for module in pkgutil.walk_packages(package.__path__, app + "."):
        if "__main__" not in module.name and ".migrations" not in module.name:
            importlib.import_module(module.name)
print(json.dumps(told))
"""
# What follows from another table, whose own line is the one to change.
FOLLOWS = {
    "portfolio.reports.catalogue.four_batches:GOALS",
    "projects.programmes.stage_counts:NAMES",
    "portfolio.tools.work_report.coverage:STAGE_WORDS",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, str]:
    """What each table says in a copy of the code whose lists have a member more."""
    root = tmp_path_factory.mktemp("copy")
    for app in APPS:
        ignored = shutil.ignore_patterns("__pycache__", "static")
        shutil.copytree(ROOT / app, root / app, ignore=ignored)
    for file, firsts in ADDED.items():
        text = (root / file).read_text(encoding="utf-8")
        for first in firsts:
            assert text.count(f"    {first}") == 1
            text = text.replace(f"    {first}", f'    MADE_UP = "made_up", "虚构"\n    {first}')
        (root / file).write_text(text, encoding="utf-8")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portfolio.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        cwd=root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_every_table_complains_of_a_code_that_is_new(told):
    silent = {place for place, error in told.items() if "made_up" not in error}
    assert silent == FOLLOWS
    assert len(told) > len(FOLLOWS)


def tables(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Yields the dicts of a file that are keyed by one of the lists, and what the file checks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = {
        word
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if getattr(node.value.func, "id", "") == "check_complete"
        for word in ast.unparse(node.value.args[1]).split(" + ")
    }
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Dict):
            continue
        keys = [key for key in node.value.keys if key is not None]
        names = {getattr(key, "attr", getattr(key, "value", None)) for key in keys}
        if any(len(names & codes) > 2 for codes in LISTS.values()):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield target.id, checked


def test_every_table_keyed_by_such_a_code_is_checked():
    found = [
        (str(path.relative_to(ROOT)), name, name in checked)
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        for name, checked in tables(path)
    ]
    assert [each for each in found if not each[2]] == []
    assert ("projects/register/rules.py", "MOVES", True) in found


def test_a_table_is_refused_by_its_name_and_with_what_it_lacks():
    with pytest.raises(ImproperlyConfigured, match=r"WORDS says nothing of suspended, cancelled"):
        check_complete("WORDS", dict.fromkeys(Stage.values[:5], ""), Stage)
    check_complete("WORDS", Stage.values[:5], Stage, aside={Stage.SUSPENDED, Stage.CANCELLED})
