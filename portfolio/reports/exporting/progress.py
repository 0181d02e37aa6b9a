"""How far a running export has got: told through the cache, so that it is seen at once while the
transaction that reads the rows goes on."""

import logging
import time
from dataclasses import asdict, dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

from portfolio.reports.exporting import files

logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds between two tellings
KEPT = 3600  # seconds; longer than any export may run
# What is left when the last row is written, as a part of the time until then: packing a workbook.
AFTERWARDS = {"xlsx": 0.1}


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """Rows done of all, ``seconds`` after the beginning, told at ``at`` (the real time)."""

    done: int
    total: int
    seconds: float
    at: float

    @property
    def percent(self) -> int:
        """Returns the part that is done; the whole only when there is a file."""
        return min(99, 100 * self.done // self.total) if self.total else 0

    def seconds_left(self, *, format: str, now: float) -> int | None:
        """Returns how long it will still take at the same pace; ``None`` before there is any."""
        if not self.done or not self.total:
            return None
        rows = self.seconds * (self.total - self.done) / self.done
        packing = (self.seconds + rows) * AFTERWARDS.get(format, 0.0)
        return max(1, round(rows + packing - (now - self.at)))


def publish_progress(pk: int, progress: ExportProgress) -> None:
    """Puts the progress into the cache. If Redis is down we log it and go on: the export itself
    must not fail because nobody can see how far it is."""
    try:
        cache.set(_key(pk), asdict(progress), timeout=KEPT)
    except RedisError:
        logger.warning("export %s: progress could not be told", pk)


def read_progress(pks: list[int]) -> dict[int, ExportProgress]:
    """Returns the progress of those of the exports that have told any."""
    keys = {_key(pk): pk for pk in pks}
    try:
        found = cache.get_many(list(keys)) if keys else {}
    except RedisError:
        return {}
    return {keys[key]: ExportProgress(**told) for key, told in found.items()}


def publish_removal(pk: int) -> None:
    """Tells whoever runs the export that nobody wants it any more."""
    try:
        cache.set(_removed_key(pk), True, timeout=KEPT)
    except RedisError:  # then it is written to its end, and found to be gone
        logger.warning("export %s: its removal could not be told", pk)


def is_removed(pk: int) -> bool:
    try:
        return bool(cache.get(_removed_key(pk)))
    except RedisError:
        return False


class Meter:
    """Tells an export's progress twice a second; raises ``ExportRemovedError`` when nobody wants it
    any more, and ``OSError`` when the disk is about to be full."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.began = time.monotonic()
        self.told = float("-inf")
        self.done = self.total = 0

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        seconds = time.monotonic() - self.began
        if done and done < total and seconds - self.told < EVERY:
            return
        self.told = seconds
        files.require_space()
        if is_removed(self.pk):
            raise ExportRemovedError
        publish_progress(self.pk, ExportProgress(done, total, seconds, time.time()))


class ExportRemovedError(Exception):
    """The export was removed while it ran."""


def _key(pk: int) -> str:
    return f"export:{pk}"


def _removed_key(pk: int) -> str:
    return f"export-removed:{pk}"
