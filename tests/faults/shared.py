"""What the processes of the simulated year share, in files of one folder that all of them map.

``page``: the clock, who may work, what is to be stopped, which mails have been in trouble.
``steps/<pid>``: where a worker's child is at this moment.
"""

import datetime as dt
import mmap
import os
import struct
import time
from enum import IntEnum
from pathlib import Path

PAGE = 4096
MAILS = 1 << 20
SHIFT, HOLD, ORDER, TICKED = 0, 8, 16, 32
ZONE = dt.timezone(dt.timedelta(hours=8))  # Asia/Shanghai


class Step(IntEnum):
    """Where a child is; the five windows in which it is killed are those from BEFORE_CLAIM on."""

    IDLE = 0
    HELD = 1  # has a task, and waits until the clock has been moved
    TICK = 2
    HANDING = 3  # from the statement that commits that a mail leaves to its first byte
    BEFORE_CLAIM = 4
    AFTER_CLAIM = 5
    IN_DATA = 6
    AFTER_DATA = 7
    BEFORE_MARK = 8


WINDOWS = (
    Step.BEFORE_CLAIM,
    Step.AFTER_CLAIM,
    Step.IN_DATA,
    Step.AFTER_DATA,
    Step.BEFORE_MARK,
)
# What a kill leaves behind in these is of unknown fate.
DOUBTFUL = (Step.HANDING, Step.IN_DATA, Step.AFTER_DATA, Step.BEFORE_MARK)


class Page:
    """The page that all share. One writer a field, but for marks that are only ever set."""

    def __init__(self, folder: Path, *, make: bool = False) -> None:
        self.folder = folder
        file = folder / "page"
        if make:
            (folder / "steps").mkdir()
            file.write_bytes(b"")
            os.truncate(file, PAGE + MAILS)
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), PAGE + MAILS)

    # The clock ------------------------------------------------------------------------------------
    @property
    def shift(self) -> float:
        """Seconds that are added to the real time."""
        return float(struct.unpack_from("d", self._map, SHIFT)[0])

    def set_clock(self, moment: dt.datetime) -> None:
        struct.pack_into("d", self._map, SHIFT, moment.timestamp() - time.time())

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(time.time() + self.shift, ZONE)

    # Who may work ---------------------------------------------------------------------------------
    @property
    def hold(self) -> bool:
        return bool(self._map[HOLD])

    @hold.setter
    def hold(self, value: bool) -> None:
        self._map[HOLD] = value

    # A step at which the next child that comes to it waits, to be killed
    @property
    def order(self) -> int:
        return self._map[ORDER]

    @order.setter
    def order(self, step: int) -> None:
        self._map[ORDER] = step

    # Whether a tick that began on this day has ended
    @property
    def ticked(self) -> int:
        """The ordinal of the last day of which a whole tick has run."""
        return int(struct.unpack_from("q", self._map, TICKED)[0])

    @ticked.setter
    def ticked(self, day: int) -> None:
        struct.pack_into("q", self._map, TICKED, day)

    # Mails whose fate is in doubt already: policy sends such a mail again once, so nothing more may
    # happen to it, or it would stay unknown for good
    def doubt(self, number: int) -> None:
        self._map[PAGE + number % MAILS] = 1

    def in_doubt(self, number: int) -> bool:
        return bool(self._map[PAGE + number % MAILS])

    def steps_of(self, pid: int) -> tuple[Step, int]:
        """Returns where a child is, and the number of the mail that it is about."""
        try:
            data = (self.folder / "steps" / str(pid)).read_bytes()
            step, mail = struct.unpack_from("qq", data)
        except (FileNotFoundError, struct.error):
            return Step.IDLE, 0
        return Step(step), mail


class Own:
    """A child's own file, in which it says where it is."""

    def __init__(self, folder: Path) -> None:
        file = folder / "steps" / str(os.getpid())
        draft = file.with_suffix(".new")
        draft.write_bytes(bytes(16))
        draft.rename(file)
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), 16)

    def say(self, step: int, mail: int = 0) -> None:
        struct.pack_into("qq", self._map, 0, step, mail)
