"""Where exports lie: in one folder, under names that nobody can guess, whole or not at all."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

SCRATCH = "unfinished"
# A file that no row names may be one whose transaction is about to end.
SPARED = 3600
LEAST_FREE = 1024**3  # bytes of the disk that an export leaves to the others


def folder() -> Path:
    """Returns the folder, made if need be."""
    found = Path(settings.MEDIA_ROOT) / "exports"
    found.mkdir(mode=0o750, parents=True, exist_ok=True)
    return found


def path_of(stored_as: str) -> Path:
    return folder() / stored_as


@contextmanager
def open_scratch_folder() -> Iterator[Path]:
    """Gives an empty folder for what is being written, and removes it afterwards."""
    remove_scratch_folder()
    place = folder() / SCRATCH
    place.mkdir(mode=0o750)
    try:
        yield place
    finally:
        remove_scratch_folder()


def remove_scratch_folder() -> None:
    """Removes what a worker that was killed has left; only one export is written at a time."""
    shutil.rmtree(folder() / SCRATCH, ignore_errors=True)


def require_space() -> None:
    """Raises what a full disk raises, before it is full: the database may stand on the same. What
    is written so far may take its place once more: a workbook is packed out of its rows."""
    unfinished = sum(each.stat().st_size for each in (folder() / SCRATCH).glob("*"))
    if shutil.disk_usage(folder()).free < LEAST_FREE + unfinished:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def store_file(written: Path, format: str) -> str:
    """Gives a file that is whole its place; returns the name that it is stored under."""
    stored_as = f"{secrets.token_urlsafe(32)}.{format}"
    written.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    written.rename(path_of(stored_as))
    return stored_as


def remove_file(stored_as: str) -> None:
    """Removes a file, if it is there."""
    if stored_as:
        path_of(stored_as).unlink(missing_ok=True)


def remove_orphans(known: Collection[str]) -> list[str]:
    """Removes the files that no row names any more, unless they are new; returns their names."""
    old = time.time() - SPARED
    found = []
    for path in folder().iterdir():
        if path.is_file() and path.name not in known and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            found.append(path.name)
    if _is_forsaken(folder() / SCRATCH, old):
        remove_scratch_folder()
    return found


def _is_forsaken(place: Path, old: float) -> bool:
    """Returns whether nothing has been written there for longer than an export may run: its worker
    was killed, and its owner has removed it since."""
    try:
        times = [each.stat().st_mtime for each in (place, *place.iterdir())]
    except FileNotFoundError:  # there is none, or it is in use
        return False
    return max(times) < old
