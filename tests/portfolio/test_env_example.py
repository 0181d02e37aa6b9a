""".env.example lists every variable that is read, with the default that it has."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from django.conf import settings

PACKAGES = ("portfolio", "projects", "targets", "notifications")
# The ways in which a variable is read: django-environ, the environment itself, the mapping of it
# that the one machine hands around, and make's `?=`.
READ = [
    re.compile(r'\benv(?:\.\w+)?\(\s*"([A-Z][A-Z_]+)"'),
    re.compile(r'\b(?:environ|environment|given)(?:\.get\(|\[)\s*"([A-Z][A-Z_]+)"'),
    re.compile(r'"([A-Z][A-Z_]+)" (?:not )?in (?:\w+\.)*(?:environ|environment|given)\b'),
    re.compile(r'\b_number\(environment, "([A-Z_]+)"'),
    re.compile(r"^([A-Z]+) \?=", re.MULTILINE),
]
# Django itself is told by this one; nobody sets it.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def read_by_the_code() -> set[str]:
    root = settings.BASE_DIR
    files = [root / "Makefile", root / "manage.py"]
    files += [file for package in PACKAGES for file in (root / package).rglob("*.py")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    return {name for text in texts for way in READ for name in way.findall(text)} - NOT_OURS


def listed() -> dict[str, str]:
    lines = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = (re.fullmatch(r"#?([A-Z][A-Z_]+)=(.*)", line) for line in lines)
    return {pair[1]: pair[2] for pair in pairs if pair}


def literal_defaults() -> Iterator[tuple[str, str]]:
    """Yields the variables of settings.py whose default stands there as a plain value."""
    source = Path(settings.BASE_DIR, "portfolio", "settings.py").read_text(encoding="utf-8")
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        if ast.unparse(call.func).split(".")[0] != "env" or not call.args:
            continue
        for keyword in call.keywords:
            try:
                default = ast.literal_eval(keyword.value)
            except ValueError:
                continue
            text = ",".join(default) if isinstance(default, list) else str(default)
            yield ast.literal_eval(call.args[0]), text


def test_every_variable_that_is_read_is_listed_and_no_other():
    assert set(listed()) == read_by_the_code()


def test_the_listed_defaults_are_those_of_the_settings():
    shown = listed()
    # Two are placeholders for "nothing yet", which no person would write.
    placeholders = {"DATABASE_URL", "CLOCK_SHIFT_SECONDS", "REDIS_URL"}
    defaults = {name: d for name, d in literal_defaults() if name not in placeholders}
    assert defaults
    assert {name: shown[name] for name in defaults} == defaults


def test_a_copy_of_the_example_changes_nothing():
    lines = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or not line for line in lines)


def test_each_variable_has_a_comment():
    lines = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if re.fullmatch(r"#[A-Z][A-Z_]+=.*", line):
            assert above.startswith("# "), line
