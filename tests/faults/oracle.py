"""Says, by plain dates, which reminders the simulated year must bring: the other side of the sum.

Written from the rules (domain §5) alone, day by day and without any cleverness; it shares no code
with the planner. The days off are copied from the State Council's notices, not asked of the
library that the program asks.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.world import Office, Person, Promise, World

ONE_DAY = dt.timedelta(days=1)


def _days(first: str, last: str) -> set[dt.date]:
    day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return {day + n * ONE_DAY for n in range((end - day).days + 1)}


# 国办发明电〔2024〕12号 (2025), and the first holiday of 2026.
HOLIDAYS = (
    _days("2025-01-01", "2025-01-01")
    | _days("2025-01-28", "2025-02-04")
    | _days("2025-04-04", "2025-04-06")
    | _days("2025-05-01", "2025-05-05")
    | _days("2025-05-31", "2025-06-02")
    | _days("2025-10-01", "2025-10-08")
    | _days("2026-01-01", "2026-01-03")
)
MAKE_UP_DAYS = {
    dt.date.fromisoformat(day)
    for day in (
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
    )
}

HOW_GRAVE = {"remind": 0, "urge": 1, "supervise": 2}


def is_worked(day: dt.date) -> bool:
    return day in MAKE_UP_DAYS or (day.weekday() < 5 and day not in HOLIDAYS)


@dataclass(frozen=True, order=True)
class Wanted:
    """One reminder: for whom, of what, due when, which tier, on which day it falls, and on which
    day it is sent."""

    recipient: str
    promise: int
    due_on: dt.date
    tier: str
    ordinal: int
    falls_on: dt.date
    sent_on: dt.date


def tiers_of_the_day(ensured: bool, due_on: dt.date, day: dt.date) -> list[tuple[str, int]]:
    """Returns the tiers of a deadline that fall on a working day, by its date alone."""
    if not is_worked(day):
        return []
    found = []
    for days_before in (30, 15, 7, 1, 0):
        falls_on = due_on - days_before * ONE_DAY
        while not is_worked(falls_on):
            falls_on -= ONE_DAY
        if falls_on == day:
            found.append(("remind", days_before))
    worked = 0  # which working day after the due day this is
    after = due_on + ONE_DAY
    while after <= day:
        worked += is_worked(after)
        after += ONE_DAY
    if ensured and worked % 5 == 1:
        found.append(("supervise", worked))
    if not ensured and worked in (1, 5):
        found.append(("urge", worked))
    if not ensured and worked >= 10 and worked % 5 == 0:
        found.append(("supervise", worked))
    return found


def planning_days(world: World) -> Iterator[tuple[dt.date, list[dt.date]]]:
    """Yields each working day on which the system ran, with the working days that it stands for:
    itself and those of an outage just before it."""
    missed: list[dt.date] = []
    day = world.first
    while day <= world.last:
        if is_worked(day):
            if any(first <= day <= last for first, last in world.outages):
                missed.append(day)
            else:
                yield day, [*missed, day]
                missed = []
        day += ONE_DAY


def wanted(world: World) -> list[Wanted]:
    """Returns every reminder of the year."""
    found = []
    warned: set[int] = set()  # whose forecast past the due day was told
    for day, stands_for in planning_days(world):
        for promise in world.promises:
            if promise.done_on is not None and promise.done_on <= day:
                continue
            due_on = promise.due_as_of(day)
            candidates = [
                (HOW_GRAVE[tier], -ordinal if tier == "remind" else ordinal, tier, ordinal, on)
                for on in stands_for
                for tier, ordinal in tiers_of_the_day(promise.ensured, due_on, on)
            ]
            slips = promise.slipping is not None and promise.slipping[0] <= day <= due_on
            if slips and promise.ensured and promise.number not in warned:
                warned.add(promise.number)
                candidates.append((HOW_GRAVE["urge"], 0, "urge", 0, day))
            if not candidates:
                continue
            _, _, tier, ordinal, falls_on = max(candidates)
            for address in told(world, promise, tier, ordinal):
                found.append(Wanted(address, promise.number, due_on, tier, ordinal, falls_on, day))
    return found


def told(world: World, promise: Promise, tier: str, ordinal: int) -> list[str]:
    """Returns the addresses that a tier goes to, each once."""
    addresses = _responsible(promise.office, promise.officer)
    nobody = not addresses
    spared = {person.address for person in world.people if ordinal in person.spared}
    if tier == "remind" and ordinal > 0:
        addresses = [each for each in addresses if each not in spared]
    if tier != "remind":
        addresses += [head.address for head in promise.office.heads]
    if tier == "supervise" or nobody:
        addresses += [each.address for each in world.supervisors]
    if tier == "supervise" and promise.ensured:
        addresses.append(world.sponsor.address)
    return list(dict.fromkeys(addresses))


def _responsible(office: Office, officer: Person | None) -> list[str]:
    people = [*([officer] if officer else []), *office.reporters]
    if people:
        return [person.address for person in people]
    return [office.mailbox] if office.mailbox else []
