"""The oracle of the simulated year, against the chains that the rules themselves name."""

import datetime as dt
from collections import Counter

import pytest

from tests.faults.oracle import ONE_DAY, is_worked, planning_days, tiers_of_the_day, wanted
from tests.faults.world import OUTAGES, world

DUE = dt.date(2025, 9, 30)
SEEDS = (1, 2025)


def chain(ensured: bool, last: dt.date) -> list[tuple[str, str, int]]:
    day, found = dt.date(2025, 8, 1), []
    while day <= last:
        found += [(str(day), *each) for each in tiers_of_the_day(ensured, DUE, day)]
        day += ONE_DAY
    return found


def test_the_oracle_knows_the_ensured_chain_over_the_national_day():
    assert chain(True, dt.date(2025, 10, 22)) == [
        ("2025-08-29", "remind", 30),
        ("2025-09-15", "remind", 15),
        ("2025-09-23", "remind", 7),
        ("2025-09-29", "remind", 1),
        ("2025-09-30", "remind", 0),
        ("2025-10-09", "supervise", 1),
        ("2025-10-15", "supervise", 6),
        ("2025-10-22", "supervise", 11),
    ]


def test_the_oracle_knows_the_plain_chain():
    assert chain(False, dt.date(2025, 10, 28))[5:] == [
        ("2025-10-09", "urge", 1),
        ("2025-10-14", "urge", 5),
        ("2025-10-21", "supervise", 10),
        ("2025-10-28", "supervise", 15),
    ]


def test_the_year_has_248_working_days():
    days = [dt.date(2025, 1, 1) + n * ONE_DAY for n in range(365)]
    assert sum(map(is_worked, days)) == 248


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hundred_people_answer_for_ten_deadlines_each(seed):
    city = world(seed)
    answers: Counter[str] = Counter()
    for promise in city.promises:
        people = {*promise.office.reporters, *([promise.officer] if promise.officer else [])}
        answers.update(person.address for person in people)
    assert Counter(answers.values()) == {10: 200}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_tier_and_every_change_comes_in_the_year(seed):
    city = world(seed)
    rows = wanted(city)
    assert len(rows) == len({(r.recipient, r.promise, r.due_on, r.tier, r.ordinal) for r in rows})
    assert len(rows) > 10_000
    tiers = {(row.tier, row.ordinal) for row in rows}
    assert tiers >= {("remind", n) for n in (30, 15, 7, 1, 0)}
    assert tiers >= {("urge", n) for n in (0, 1, 5)} | {("supervise", n) for n in (1, 6, 10, 15)}
    assert any(row.sent_on > row.falls_on for row in rows)
    assert any(promise.extended for promise in city.promises)
    assert any(promise.slipping for promise in city.promises)


def test_the_day_after_an_outage_stands_for_its_working_days():
    stands_for = dict(planning_days(world(1)))
    first, last = OUTAGES[1]
    assert stands_for[dt.date(2025, 10, 10)] == [
        dt.date(2025, 9, 26),
        dt.date(2025, 9, 28),
        dt.date(2025, 9, 29),
        dt.date(2025, 9, 30),
        dt.date(2025, 10, 9),
        dt.date(2025, 10, 10),
    ]
    assert not any(first <= day <= last for day in stands_for)
