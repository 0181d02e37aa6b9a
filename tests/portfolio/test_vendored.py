"""Scripts of others lie here as their makers published them, with version and licence."""

import hashlib
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "portfolio/static/portfolio/vendor"
LINES = re.findall(
    r"^\| (\S+) \| (\S+) \| (\S+) \| (.+?) \| ([0-9a-f]{64}) \|$",
    (VENDOR / "README.md").read_text(),
    re.MULTILINE,
)


def test_every_script_has_its_line():
    assert {line[0] for line in LINES} == {path.name for path in VENDOR.glob("*.js")}
    assert LINES


@pytest.mark.parametrize(("file", "package", "version", "licence", "digest"), LINES)
def test_a_script_is_what_its_line_says(file, package, version, licence, digest):
    text = (VENDOR / file).read_bytes()
    assert hashlib.sha256(text).hexdigest() == digest
    assert version.encode() in text
    kept = re.findall(r"[\w.]+\.(?:LICENSE|NOTICE)", licence)
    assert kept
    assert all((VENDOR / name).stat().st_size for name in kept)
