"""What these tests share: a folder that is short enough for sockets, and free ports."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A folder that nobody but its owner can look into, like a clone in root's own home."""
    folder = Path(tempfile.mkdtemp(prefix="onemachine-"))
    yield folder
    pointer = folder / "postgres.location"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def free_port() -> int:
    """The first of three ports that are free one after the other."""
    for _ in range(50):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port < 65000 and all(_is_free(port + step) for step in range(3)):
            return port
    raise RuntimeError("no three ports in a row are free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
