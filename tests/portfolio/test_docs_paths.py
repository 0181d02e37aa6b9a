"""Every file and folder that README.md and the pages under docs/ name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("portfolio", "projects", "targets", "notifications")
# What every app may have; the map names it nowhere.
SHARED = ("migrations", "__pycache__", "templates", "static", "data", "management")
TREES = (*APPS, "bench", "docs", "locale", "tests", ".ci")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]

FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)|<img src=\"([^\"]+)\"")
QUOTED = re.compile(r"`([\w.*<>/…-]+)`")
SOURCE = re.compile(r"[\w*<>/.-]+\.(py|md|html|yaml|toml|js|css|sh|conf)")


def files() -> list[str]:
    """Returns the repository's own files, as paths from its root."""
    own = [each for tree in TREES for each in (ROOT / tree).rglob("*")]
    return [str(each.relative_to(ROOT)) for each in (*ROOT.iterdir(), *own)]


FILES = files()


def named_paths(text: str) -> set[str]:
    """Returns what stands in backquotes and looks like a path of the repository.

    A folder counts when it begins at the root; of a file its name or the end of its path is
    enough, as people write it: ``access.py``, ``rules/periods.py``.
    """
    quoted = [each for each in QUOTED.findall(FENCE.sub("", text)) if not each.startswith("/")]
    return {
        name
        for name in quoted
        if SOURCE.fullmatch(name) or ("/" in name and name.split("/")[0] in TREES)
    }


def is_there(name: str) -> bool:
    """Says whether a file or folder ends in this; ``<page>`` and ``*`` stand for any word."""
    words = re.sub(r"<\w+>", "*", name.rstrip("/…"))
    pattern = re.escape(words).replace(r"\*", "[^/]+")
    return any(re.fullmatch(f"(.+/)?{pattern}", file) for file in FILES)


def map_paths(readme: str) -> list[str]:
    """Returns the folders of README's map: a line's names lie in the folder above its indent."""
    drawn = next(block for block in FENCE.findall(readme) if "\nportfolio/ " in block)
    above: list[tuple[int, str]] = []
    found = []
    for line in drawn.splitlines()[1:-1]:
        indent = len(line) - len(line.lstrip())
        names = re.match(r"(?:[\w.]+/ ?)*", line.lstrip())[0].split()
        if not names:
            continue
        above = [(at, folder) for at, folder in above if at < indent]
        base = above[-1][1] if above else ""
        found += [base + name for name in names]
        above.append((indent, base + names[-1]))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    missing = {name for name in named_paths(text) if not is_there(name)}
    links = {one or other for one, other in LINK.findall(FENCE.sub("", text))}
    missing |= {link for link in links if not (page.parent / link).exists()}
    assert not missing


def test_the_map_names_every_room():
    drawn = map_paths((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [path for path in drawn if not (ROOT / path).is_dir()] == []
    rooms = {
        f"{room.relative_to(ROOT)}/"
        for folder in (*APPS, "portfolio/core", "portfolio/pages", "portfolio/reports")
        for room in (ROOT / folder).iterdir()
        if room.is_dir() and room.name not in SHARED
    }
    assert rooms <= set(drawn)


def test_a_path_that_is_gone_is_noticed():
    text = "As `rules/webhook_addresses.py` and `portfolio/dashboard/` say, and `targets/api/`."
    assert named_paths(text) == {
        "rules/webhook_addresses.py",
        "portfolio/dashboard/",
        "targets/api/",
    }
    assert not is_there("rules/webhook_addresses.py")
    assert not is_there("portfolio/dashboard/")
    assert is_there("targets/api/")
    assert is_there("tests/pages/test_<page>.py")
