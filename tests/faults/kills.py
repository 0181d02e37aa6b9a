"""Kills processes at random moments, and knows for certain in which window each of them was.

A plan says after how many mails the next misfortune is due, and which. A child that comes to the
window asked for says so and waits there; it is stopped (SIGSTOP), looked at, and only then killed.
Others are stopped wherever a moment of chance finds them.
"""

import json
import os
import random
import signal
import socket
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.processes import Fleet, is_alive, signal_group, signal_one
from tests.faults.shared import DOUBTFUL, WINDOWS, Page, Step

IN_EACH_WINDOW = 32
AT_ANY_MOMENT = 48
PARENTS = 12  # kills of a parent alone: the kernel lets its children die with it (prctl)
BROKER_RESTARTS = 20
AT_A_TIME = 6
A_WHOLE_WORKER = 0.1  # of the kills take the parent with all its children
ANY, PARENT = "any", "parent"


@dataclass(frozen=True)
class Kill:
    """A process that was killed, what it was doing, and with which mail."""

    what: str  # child, worker (parent and children), parent (whose children die with it)
    step: Step
    mail: int
    asked: bool  # for this window, not at any moment


@dataclass
class Tally:
    kills: list[Kill] = field(default_factory=list)
    beside: list[Kill] = field(default_factory=list)  # children that died with their parent
    broker_restarts: int = 0

    def by_window(self) -> Counter[Step]:
        return Counter(each.step for each in self.kills)

    def in_doubt(self) -> set[int]:
        """Returns the mails that a kill has left in doubt."""
        return {each.mail for each in self.kills + self.beside if each.step in DOUBTFUL}


class Misfortune:
    """Carries the plan out, a little at each call of ``attend``."""

    def __init__(self, fleet: Fleet, page: Page, seed: int, mails: int) -> None:
        self.fleet, self.page = fleet, page
        self.chance = random.Random(seed)
        kinds: list[Step | str] = [step for step in WINDOWS for _ in range(IN_EACH_WINDOW)]
        kinds += [ANY] * AT_ANY_MOMENT + [PARENT] * PARENTS
        self.plan = self._spread(kinds, mails)
        places = self.chance.sample(range(20, mails * 9 // 10), BROKER_RESTARTS)
        self.broker_plan = sorted(places, reverse=True)
        self.tally = Tally()
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(page.folder / "harness.sock"))
        self.line.setblocking(False)
        self.release_next = False

    def _spread(self, kinds: list, mails: int) -> list[tuple[int, Step | str]]:
        """Lays the kinds, shuffled, at random places of the first nine tenths of the mails, a
        few at a time: what they leave behind is waited for together. The soonest is the last."""
        places = self.chance.sample(range(20, mails * 9 // 10), -(-len(kinds) // AT_A_TIME))
        places = sorted((places * AT_A_TIME)[: len(kinds)], reverse=True)
        self.chance.shuffle(kinds)
        return list(zip(places, kinds, strict=True))

    def attend(self, mails: int) -> None:
        """Does what is due after so many mails."""
        if self.broker_plan and self.broker_plan[-1] <= mails and self._somebody_works():
            self.broker_plan.pop()
            self._restart_broker()
        if not self.plan or self.plan[-1][0] > mails:
            return
        kind = self.plan[-1][1]
        if kind in (ANY, PARENT):
            if self._strike_somebody(parent=kind == PARENT):
                self.plan.pop()
            return
        # Whoever was let go has had a moment to leave.
        self.page.order = 0 if self.release_next else int(kind)
        self.release_next = False
        if self._answered(Step(kind)):
            self.plan.pop()

    def stop(self) -> None:
        """Lets go of everybody."""
        self.page.order = 0
        self.line.close()

    def _answered(self, step: Step) -> bool:
        """Kills the first that has come to the window; says whether one was killed."""
        struck = False
        while True:
            try:
                said = json.loads(self.line.recv(1024))
            except BlockingIOError:
                break
            if not struck:
                struck = self._strike(said["pid"], step)
                self.release_next = not struck
        if struck:
            self.page.order = 0
        return struck

    def _strike_somebody(self, *, parent: bool) -> bool:
        """Stops whoever chance points at, and kills it unless it was doing nothing."""
        least = Step.HANDING if parent else Step.TICK
        busy = [pid for pid in self.fleet.stepping() if self.page.steps_of(pid)[0] >= least]
        return bool(busy) and self._strike(self.chance.choice(busy), None, alone=parent)

    def _strike(self, pid: int, wanted: Step | None, *, alone: bool = False) -> bool:
        name = self.fleet.worker_of(pid)
        if name is None:
            return False
        parent = self.fleet.running[name].pid
        signal_group(parent, signal.SIGSTOP)
        step, mail = self.page.steps_of(pid)
        fits = step == wanted if wanted else step > (Step.TICK if alone else Step.HELD)
        all_may_go = fits and self._may_take_all(name, pid)
        if not fits or self._must_not(step, mail) or (alone and not all_may_go):
            signal_group(parent, signal.SIGCONT)
            return False
        if alone:
            busy = [pid, *self._note_others(name, pid)]
            signal_one(parent, signal.SIGKILL)
            self.fleet.wait(lambda: not any(map(is_alive, busy)), "children die with their parent")
            # One that was being born has not asked for that yet; it finds nobody to work for.
            signal_group(parent, signal.SIGCONT)
            what = "parent"
        elif all_may_go and self.chance.random() < A_WHOLE_WORKER:
            self._note_others(name, pid)
            signal_group(parent, signal.SIGKILL)
            what = "worker"
        else:
            signal_one(pid, signal.SIGKILL)
            signal_group(parent, signal.SIGCONT)
            what = "child"
        if step in DOUBTFUL:
            self.page.doubt(mail)
        self.tally.kills.append(Kill(what, step, mail, asked=wanted is not None))
        return True

    def _must_not(self, step: Step, mail: int) -> bool:
        """Says whether a kill would put a mail in doubt a second time: by policy it is sent again
        once, and would stay unknown. What is about to leave has not said yet which mail it is."""
        return step == Step.HANDING or (step in DOUBTFUL and self.page.in_doubt(mail))

    def _may_take_all(self, name: str, pid: int) -> bool:
        """Says whether the whole worker may go: another one is up, and no other child is in the
        midst of a mail that must be spared."""
        others = [each for each in self.fleet.commands if each != name]
        if not any(self.fleet.is_ready(each) for each in others):
            return False
        beside = (self.page.steps_of(each) for each in self.fleet.children(name) if each != pid)
        return not any(self._must_not(*each) for each in beside)

    def _note_others(self, name: str, pid: int) -> list[int]:
        """Notes the busy children that die beside this one; returns which."""
        found = []
        for each in self.fleet.children(name):
            step, mail = self.page.steps_of(each)
            if each != pid and step > Step.HELD:
                found.append(each)
                self.tally.beside.append(Kill("worker", step, mail, asked=False))
                if step in DOUBTFUL:
                    self.page.doubt(mail)
        return found

    def _somebody_works(self) -> bool:
        return any(self.page.steps_of(pid)[0] > Step.TICK for pid in self.fleet.stepping())

    def _restart_broker(self) -> None:
        self.fleet.kill("broker")
        # A socket whose server is gone refuses; one that is not there is another error.
        if self.chance.random() < 0.5:
            os.unlink(self.fleet.folder / "broker.sock")
        self.fleet.start_broker()
        self.tally.broker_restarts += 1
