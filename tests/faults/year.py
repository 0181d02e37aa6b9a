"""Runs the simulated year: sets the clock, makes the changes of each morning, and waits until all
mails of the day have met their fate, whatever happens to the processes meanwhile.

The clock moves only while no task runs, and forward within a day only to what is waited for: the
end of a dead worker's lease, or the hour of a next attempt.
"""

import datetime as dt
import json
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from tests.faults.city import City
from tests.faults.kills import Misfortune
from tests.faults.oracle import ONE_DAY, wanted
from tests.faults.processes import Fleet
from tests.faults.shared import ZONE, Page, Step
from tests.faults.world import World

BEFORE_NINE, NINE = dt.time(8, 30, tzinfo=ZONE), dt.time(9, 0, 5, tzinfo=ZONE)
END_OF_DAY = dt.time(23, 0, tzinfo=ZONE)
TOGETHER = dt.timedelta(minutes=2)  # what is waited for within it is gone to at once
LOOK = 0.02  # seconds between two looks
LONGEST_STILL = 45.0  # seconds of a day's mails standing still
STATE = """
    WITH message AS (
        SELECT m.*,
            (m.state = 'queued' OR m.state = 'unknown' AND m.unknowns = 1) AND EXISTS (
                SELECT FROM notifications_reminder r
                WHERE r.message_id = m.id AND r.state = 'queued') AS waits,
            (SELECT min(a.lease_until) FROM notifications_deliveryattempt a
                WHERE a.message_id = m.id AND a.ended_at IS NULL) AS lease
        FROM notifications_message m WHERE m.day >= %(from)s
    )
    SELECT count(*) FILTER (WHERE waits), count(*) FILTER (WHERE lease IS NOT NULL),
        count(*) FILTER (WHERE waits AND lease IS NULL
            AND (retry_at IS NULL OR retry_at <= %(now)s)),
        array_agg(coalesce(lease, retry_at))
            FILTER (WHERE coalesce(lease, retry_at) IS NOT NULL AND (waits OR lease IS NOT NULL)),
        (SELECT count(*) FROM notifications_reminder r JOIN message m ON m.id = r.message_id
            WHERE r.state = 'queued' AND NOT m.waits)
    FROM message
"""


@dataclass(frozen=True)
class State:
    """How far a day's mails are: waiting, held by somebody, waiting for nothing but a worker; when
    the next lease ends or the next attempt begins; reminders whose mail is through, not yet they.
    """

    waiting: int
    held: int
    ready: int
    next_at: dt.datetime | None
    behind: int

    @property
    def settled(self) -> bool:
        return not (self.waiting or self.held or self.behind)


class Year:
    """The year of a world, in real processes."""

    def __init__(
        self, world: World, seed: int, folder: Path, environment: dict[str, str], say
    ) -> None:
        self.world, self.seed, self.folder, self.say = world, seed, folder, say
        self.environment = environment
        self.rows = wanted(world)
        self.mails = len({(row.recipient, row.sent_on) for row in self.rows})
        self.city = City(world)
        self.page = Page(folder, make=True)
        self.log: list[dict] = []
        self.half_a_line = ""
        self.jumps = 0
        self.began = time.monotonic()
        self.day = world.first

    # The processes --------------------------------------------------------------------------------
    def __enter__(self) -> "Year":
        self.page.set_clock(dt.datetime.combine(self.world.first, BEFORE_NINE))
        self.fleet = Fleet(self.folder, self.environment, workers=2)
        self.misfortune = Misfortune(self.fleet, self.page, self.seed, self.mails)
        refused = (self.world.refused, self.world.refused_late)
        self.fleet.start(
            "sink",
            *(self.fleet.environment["PYTHON"], "-m", "tests.faults.sink", str(self.folder)),
            *(str(self.seed), str(self.mails), *(",".join(sorted(each)) for each in refused)),
        )
        self.fleet.wait((self.folder / "port").exists, "the mail server listens")
        port = (self.folder / "port").read_text()
        self.fleet.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        self.sink_log = (self.folder / "sink.log").open(encoding="utf-8")
        self.fleet.start_broker()
        self.fleet.start_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.misfortune.stop()
        self.fleet.kill_all()
        self._read_log()
        self.sink_log.close()

    @property
    def accepted(self) -> int:
        return sum(line["what"] == "accepted" for line in self.log)

    # The days -------------------------------------------------------------------------------------
    def run(self, within: float) -> None:
        """Runs every day, or fails when they take longer than ``within`` seconds."""
        until = time.monotonic() + within
        day = self.world.first
        while day <= self.world.last:
            self.day = day
            out = any(first <= day <= last for first, last in self.world.outages)
            self._morning(day, out=out)
            if not out:
                self._until_settled(day, until)
            if (day + ONE_DAY).day == 1:
                self.tell()
            day += ONE_DAY

    def tell(self) -> None:
        """Says how far it has come."""
        tally = self.misfortune.tally
        self.say(
            f"{self.day}: {self.accepted} of {self.mails} mails, {len(tally.kills)} kills, "
            f"{tally.broker_restarts} broker restarts, {time.monotonic() - self.began:.0f} s"
        )

    def _morning(self, day: dt.date, *, out: bool) -> None:
        """Moves the clock to the day and makes its changes; in an outage nothing runs."""
        if out:
            self.fleet.kill_all(*self.fleet.commands)
        elif "beat1" not in self.fleet.running:
            self.fleet.start_all()
        self.page.hold = True
        self._until_quiet()
        self.page.set_clock(dt.datetime.combine(day, BEFORE_NINE))
        self.city.change(day)
        self.page.set_clock(dt.datetime.combine(day, NINE))
        self.page.hold = False

    def _read_log(self) -> None:
        """Takes in what the mail server has written since; half a line is left for later."""
        *lines, self.half_a_line = (self.half_a_line + self.sink_log.read()).split("\n")
        self.log += [json.loads(line) for line in lines]

    def _until_quiet(self) -> None:
        """Waits until no task runs: whoever takes one now waits with it."""
        until = time.monotonic() + LONGEST_STILL
        while self._working(Step.TICK):
            self._attend()
            if time.monotonic() > until:
                raise AssertionError(f"{self.day}: a task does not end")

    def _working(self, least: Step = Step.HANDING) -> list[int]:
        steps = ((pid, self.page.steps_of(pid)[0]) for pid in self.fleet.stepping())
        return [pid for pid, step in steps if step >= least]

    def _attend(self) -> None:
        """Looks after everything once."""
        time.sleep(LOOK)
        self._read_log()
        self.misfortune.attend(self.accepted)
        self.fleet.keep()
        for name in ("sink", "broker"):
            if self.fleet.has_ended(name):
                raise AssertionError(f"{name} has ended")

    def _until_settled(self, day: dt.date, until: float) -> None:
        seen, since = None, time.monotonic()
        while True:
            self._attend()
            # Asked in this order: a tick that ends in between has put mails there.
            ticked = self.page.ticked == day.toordinal()
            state = self._state()
            if ticked and state.settled and self._is_over():
                return
            if state != seen:
                seen, since = state, time.monotonic()
            if time.monotonic() > since + LONGEST_STILL:
                raise AssertionError(f"{day}: nothing moves: {state}, clock {self.page.now()}")
            if time.monotonic() > until:
                raise AssertionError(f"out of time on {day}: {state}")
            if state.next_at and not (state.ready or state.behind or self._working()):
                self._jump(day)

    def _is_over(self) -> bool:
        """Says whether the day is settled also when no task runs; then none begins any more."""
        self.page.hold = True
        self._until_quiet()
        over = self._state().settled
        self.page.hold = over
        return over

    def _jump(self, day: dt.date) -> None:
        """Moves the clock to what is waited for, unless somebody has begun to work meanwhile."""
        self.page.hold = True
        self._until_quiet()
        state = self._state()
        if state.next_at and not (state.ready or state.behind):
            moment = max(state.next_at + dt.timedelta(seconds=1), self.page.now())
            if moment > dt.datetime.combine(day, END_OF_DAY):
                raise AssertionError(f"{day}: a mail waits until {moment}: {state}")
            self.page.set_clock(moment)
            self.jumps += 1
        self.page.hold = False

    def _state(self) -> State:
        with connection.cursor() as cursor:
            cursor.execute(STATE, {"from": self.day - 20 * ONE_DAY, "now": self.page.now()})
            waiting, held, ready, moments, behind = cursor.fetchone()
        first = min(moments or (), default=None)
        near = [each for each in moments or () if each <= first + TOGETHER]
        return State(waiting, held, ready, max(near, default=None), behind)
