"""docs/dependencies.md: every requirement is pinned and explained, and nothing else is."""

import re

import pytest
from django.conf import settings

DOCUMENT = settings.BASE_DIR / "docs" / "dependencies.md"
FILES = {"requirements.txt": "What it runs on", "requirements-dev.txt": "What tests and lints it"}
PINNED = re.compile(r"([A-Za-z0-9_.-]+)(\[[a-z,]+\])?==[0-9][A-Za-z0-9.]*")


def requirements(file: str) -> list[str]:
    lines = (settings.BASE_DIR / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def explained_under(heading: str) -> list[str]:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


@pytest.mark.parametrize("file", FILES)
def test_each_requirement_is_pinned(file):
    assert [line for line in requirements(file) if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize(("file", "heading"), FILES.items())
def test_each_requirement_is_explained_and_nothing_else_is(file, heading):
    names = [PINNED.match(line)[1] for line in requirements(file)]
    assert sorted(explained_under(heading)) == sorted(names)
