"""The city of the simulated year as plain values: who works where, and what is due when.

Made from a seed. Neither this file nor the oracle that reads it knows anything of the program.
"""

import datetime as dt
import random
from dataclasses import dataclass, field, replace

FIRST_DAY = dt.date(2025, 1, 1)
LAST_DAY = dt.date(2025, 12, 31)
OFFICES = 20
DEADLINES_EACH = 10
SHARED_DAYS = 0.8
REPORTERS = 9  # and one officer: ten people an office, two hundred in all
# No worker and no beat runs on these days; the second goes over the National Day holiday.
OUTAGES = (
    (dt.date(2025, 4, 16), dt.date(2025, 4, 18)),
    (dt.date(2025, 9, 26), dt.date(2025, 10, 9)),
)


@dataclass(frozen=True)
class Person:
    address: str
    name: str
    spared: frozenset[int] = frozenset()  # the 提醒 of so many days before that they opted out of


@dataclass(frozen=True)
class Office:
    number: int
    reporters: tuple[Person, ...]
    heads: tuple[Person, ...]
    mailbox: str = ""


@dataclass(frozen=True)
class Promise:
    """A deadline. What changes does so in the morning of its day, before the mails of nine."""

    number: int
    office: Office
    officer: Person | None
    ensured: bool
    due_on: dt.date
    done_on: dt.date | None = None
    extended: tuple[dt.date, dt.date] | None = None  # from this day on it is due on that one
    slipping: tuple[dt.date, dt.date] | None = None  # from this day on it is expected on that one

    def due_as_of(self, day: dt.date) -> dt.date:
        if self.extended and day >= self.extended[0]:
            return self.extended[1]
        return self.due_on


@dataclass(frozen=True)
class World:
    offices: tuple[Office, ...]
    promises: tuple[Promise, ...]
    supervisors: tuple[Person, ...]
    sponsor: Person
    outages: tuple[tuple[dt.date, dt.date], ...] = OUTAGES
    refused: frozenset[str] = frozenset()  # the mail server refuses them at RCPT, for good
    refused_late: frozenset[str] = frozenset()  # and these after it has read the mail
    first: dt.date = field(default=FIRST_DAY)
    last: dt.date = field(default=LAST_DAY)

    @property
    def people(self) -> list[Person]:
        every = [*self.supervisors, self.sponsor]
        for office in self.offices:
            every += [*office.reporters, *office.heads]
        every += [promise.officer for promise in self.promises if promise.officer]
        return list(dict.fromkeys(every))


def world(seed: int) -> World:
    """Makes the city: 20 offices of 10 people who answer for 10 deadlines each; their heads,
    the supervisors, a leader; one office with nothing but a mailbox, and one with nobody."""
    chance = random.Random(seed)
    offices, promises = [], []
    for number in range(OFFICES):
        office, officer = _office(number, chance)
        offices.append(office)
        for each in range(DEADLINES_EACH):
            # Often two fall due on one day, and a person's mail carries both.
            shared = each % 2 and chance.random() < SHARED_DAYS
            due_on = promises[-1].due_on if shared else _some_day(each, chance)
            promises.append(_promise(len(promises), office, officer, due_on, chance))
    for number, mailbox in ((OFFICES, "office-20@faults.example"), (OFFICES + 1, "")):
        offices.append(Office(number, (), (), mailbox))
        for each in range(3):
            due_on = _some_day(each * 3, chance)
            promises.append(_promise(len(promises), offices[-1], None, due_on, chance))
    addressees = [person.address for office in offices for person in office.reporters]
    unlucky = chance.sample(addressees, 6)
    return World(
        offices=tuple(offices),
        promises=tuple(_with_changes(promises, chance)),
        supervisors=tuple(Person(f"supervisor-{n}@faults.example", f"督查{n}") for n in range(3)),
        sponsor=Person("leader@faults.example", "包联领导"),
        refused=frozenset(unlucky[:4]),
        refused_late=frozenset(unlucky[4:]),
    )


def _office(number: int, chance: random.Random) -> tuple[Office, Person]:
    people = [
        Person(
            f"p{number}-{each}@faults.example",
            f"人员{number}-{each}",
            frozenset(chance.sample([30, 15, 7, 1], chance.randint(1, 2)))
            if chance.random() < 0.1
            else frozenset(),
        )
        for each in range(REPORTERS + 1)
    ]
    officer = people[-1]
    # In every second office the officer reports too, in every fourth the head: told once all the
    # same.
    reporters = people if number % 2 else people[:-1]
    head = (
        people[0] if number % 4 == 3 else Person(f"head-{number}@faults.example", f"负责{number}")
    )
    return Office(number, tuple(reporters), (head,), f"office-{number}@faults.example"), officer


def _some_day(tenth: int, chance: random.Random) -> dt.date:
    return FIRST_DAY + dt.timedelta(days=20 + tenth * 33 + chance.randint(0, 32))


def _promise(
    number: int, office: Office, officer: Person | None, due_on: dt.date, chance: random.Random
) -> Promise:
    """A deadline, its end drawn: early, just late, late, never within the year."""
    fate = chance.random()
    if fate < 0.45:
        done_on = due_on - dt.timedelta(days=chance.randint(0, 25))
    elif fate < 0.70:
        done_on = due_on + dt.timedelta(days=chance.randint(1, 8))
    elif fate < 0.95:
        done_on = due_on + dt.timedelta(days=chance.randint(9, 40))
    else:
        done_on = due_on + dt.timedelta(days=60)
    return Promise(
        number=number,
        office=office,
        officer=officer,
        ensured=number % 4 == 0,
        due_on=due_on,
        done_on=max(done_on, FIRST_DAY + dt.timedelta(days=1)),
    )


def _with_changes(promises: list[Promise], chance: random.Random) -> list[Promise]:
    """Extends some of them, and lets others slip, on quiet days apart from the outages."""
    changed = list(promises)
    for number in chance.sample(range(len(promises)), 40):
        promise = promises[number]
        on = promise.due_on - dt.timedelta(days=chance.randint(2, 12))
        if not on > FIRST_DAY or _near_an_outage(on) or promise.due_on.month == 12:
            continue
        if promise.ensured:
            expected = promise.due_on + dt.timedelta(days=20)
            done_on = promise.due_on + dt.timedelta(days=chance.randint(5, 25))
            changed[number] = replace(promise, slipping=(on, expected), done_on=done_on)
        else:
            new = promise.due_on + dt.timedelta(days=chance.randint(10, 40))
            done_on = new + dt.timedelta(days=chance.randint(-5, 15))
            changed[number] = replace(promise, extended=(on, new), done_on=done_on)
    return changed


def _near_an_outage(day: dt.date) -> bool:
    room = dt.timedelta(days=15)
    return any(first - room <= day <= last + room for first, last in OUTAGES)
