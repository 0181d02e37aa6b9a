"""What becomes of a synthetic project from its registration to the end of the programme's year.

Pure: a story depends on the seed, its number and the departments that there are, and on nothing
else; what lies after today is cut off when it is written.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from portfolio.tools.synthetic.codes import approval_code, credit_code
from portfolio.tools.synthetic.words import (
    BRANDS,
    CATEGORY_WEIGHTS,
    CITY,
    LEADS,
    LINES,
    PLACES,
    READY,
    READY_OTHERWISE,
    BusinessLine,
)

T = TypeVar("T")
BUILDING_SEASON = range(4, 11)  # sites stand still from November to March
COMMITMENTS = {"plan": 70, "ensure": 15, "strive": 10, "push": 5}
SLIPS = ((0, 10, 70), (11, 60, 22), (61, 200, 8))  # days from, to, weight
MEDIAN_INVESTMENT, SPREAD = 12_000, 1.3  # 万元, log-normal: most are small, a few are huge
SMALLEST, LARGEST = 500, 3_000_000
FIRST_SERIAL = 100_000
MONTH = 30.4


@dataclass(frozen=True)
class Departments:
    """The codes that a story may use: where projects stand (with names), and who may lead."""

    places: Mapping[str, str]
    bureaus: Sequence[str]

    def leading(self, category: str) -> Sequence[str]:
        usual = [code for code in LEADS[category] if code in self.bureaus]
        return usual or self.bureaus


@dataclass(frozen=True)
class Promise:
    name: str
    commitment: str
    due_on: dt.date
    done_on: dt.date | None


@dataclass(frozen=True)
class StoryPlan:
    """The project's year (money in 万元)."""

    investment: Decimal
    start: dt.date | None
    commissioning: dt.date | None
    outcome: str


@dataclass(frozen=True)
class Story:
    """A project's life; ``moves`` are days and stages, the first is the registration."""

    name: str
    description: str
    category: str
    cluster: str
    district: str
    latitude: Decimal
    longitude: Decimal
    lead: str
    supporting: tuple[str, ...]
    owner_company: str
    owner_credit_code: str
    approval_code: str | None
    total_investment: Decimal
    investment_before: Decimal
    entered_statistics_on: dt.date | None
    moves: tuple[tuple[dt.date, str], ...]
    plan: StoryPlan
    promises: tuple[Promise, ...]


def stories(
    *, count: int, seed: int, year: int, departments: Departments, taken_codes: Collection[str] = ()
) -> Iterator[Story]:
    """Tells ``count`` stories; the first ones are the same however many are asked for."""
    names: Counter[str] = Counter()
    serials: Counter[str] = Counter()
    for number in range(count):
        yield _StoryTeller(
            random.Random(f"{seed}/{number}"),  # noqa: S311 - meant to be repeatable
            year,
            departments,
            names,
            serials,
            taken_codes,
        ).story()


@dataclass
class _StoryTeller:
    chance: random.Random
    year: int
    departments: Departments
    names: Counter[str]
    serials: Counter[str]
    taken_codes: Collection[str]

    def story(self) -> Story:
        category = self.pick(CATEGORY_WEIGHTS)
        line: BusinessLine = self.pick({line: line.weight for line in LINES[category]})
        weights = {code: PLACES.get(code, CITY).weight for code in self.departments.places}
        district = self.pick(weights)
        place = PLACES.get(district, CITY)
        company = f"包头市{self.chance.choice(BRANDS)}{line.company}有限公司"
        total = self.money()
        course = self.course(category, total)
        return Story(
            name=(name := self.name(line, company, district)),
            description=f"{name}，总投资{total / 10_000:.2f}亿元。模拟数据。",
            category=category,
            cluster=line.cluster,
            district=district,
            latitude=self.near(place.latitude, place.around),
            longitude=self.near(place.longitude, place.around),
            lead=self.chance.choice(self.departments.leading(category)),
            supporting=(district,) if self.chance.random() < 0.6 else (),
            owner_company=company,
            owner_credit_code=credit_code(company, CITY.region),
            approval_code=self.approval(course, place.region),
            total_investment=total,
            **self.figures(course, total),
            moves=tuple(course.moves),
            promises=tuple(self.promises(course, category)),
        )

    def pick(self, weights: Mapping[T, int]) -> T:
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def near(self, degrees: float, around: float) -> Decimal:
        return Decimal(f"{self.chance.gauss(degrees, around / 2):.5f}")

    def money(self) -> Decimal:
        amount = MEDIAN_INVESTMENT * self.chance.lognormvariate(0, SPREAD)
        return Decimal(round(min(max(amount, SMALLEST), LARGEST), -2)).quantize(Decimal("0.01"))

    def name(self, line: BusinessLine, company: str, district: str) -> str:
        pattern = self.chance.choice(line.names)
        place = self.departments.places[district]
        name = pattern.format(n=self.chance.choice(line.sizes), place=place)
        name = f"{company.removeprefix('包头市')[:2]}{name}"
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name}（{self.names[name]}期）"

    def approval(self, course: "_Course", region: str) -> str | None:
        """Most that are beyond the idea have one; the time in it is the month of registration."""
        if course.idea or self.chance.random() < 0.1:
            return None
        month = f"{course.moves[0][0]:%y%m}"
        while True:
            self.serials[month + region] += 1
            serial = FIRST_SERIAL + self.serials[month + region]
            code = approval_code(month=month, region=region, serial=serial)
            if code not in self.taken_codes:
                return code

    # --- the course of things --------------------------------------------------------------------

    def course(self, category: str, total: Decimal) -> "_Course":
        kind = self.pick({"carried": 42, "new": 40, "prepared": 18})
        if kind == "prepared":
            return self.prepared()
        if kind == "carried":
            registered = self.day(self.year - 1, 1, 3)
            planned_start = self.building_day(self.year - 1)
            course = _Course(registered, "preparation")
        else:
            registered = self.day(self.year - 1, 3, 12)
            planned_start = self.building_day(self.year)
            course = _Course(registered, "reserve")
            course.move(registered + self.days(20, 110), "preparation")
        months = min(30, 5 + float(total) ** 0.5 / 25 + self.chance.uniform(0, 8))
        ready = planned_start + dt.timedelta(days=round(months * MONTH))
        # Whatever was ready before the year is not in its programme.
        ready = max(ready, dt.date(self.year, 1, 15) + self.days(0, 200))
        course.planned_start, course.planned_ready = planned_start, ready
        course.started = course.move(self.in_season(planned_start + self.slip()), "construction")
        course.entered = course.started + self.days(15, 120)
        self.finish(course, category)
        return course

    def finish(self, course: "_Course", category: str) -> None:
        assert course.started
        assert course.planned_ready
        if self.chance.random() < 0.02:
            course.move(course.started + self.days(60, 150), "suspended")
            return
        ready = max(course.planned_ready + self.slip(), course.started + self.days(90, 120))
        course.ready = course.move(ready, "commissioned")
        if category == "industry" and self.chance.random() < 0.6:
            course.move(course.ready + self.days(40, 150), "enrolled")

    def prepared(self) -> "_Course":
        registered = self.day(self.year - 1, 3, 12)
        course = _Course(registered, "reserve")
        fate = self.chance.random()
        course.idea = fate < 0.4
        if not course.idea:
            course.move(registered + self.days(40, 250), "preparation")
        if fate > 0.96:
            course.move(registered + self.days(260, 400), "cancelled")
        return course

    def day(self, year: int, first_month: int, last_month: int) -> dt.date:
        month = self.chance.randint(first_month, last_month)
        return dt.date(year, month, self.chance.randint(1, 28))

    def building_day(self, year: int) -> dt.date:
        return self.day(year, BUILDING_SEASON.start, BUILDING_SEASON.stop - 1)

    def days(self, least: int, most: int) -> dt.timedelta:
        return dt.timedelta(days=self.chance.randint(least, most))

    def slip(self) -> dt.timedelta:
        least, most = self.pick({(least, most): weight for least, most, weight in SLIPS})
        return self.days(least, most)

    def in_season(self, day: dt.date) -> dt.date:
        """What falls into the winter standstill waits for April."""
        if day.month in BUILDING_SEASON:
            return day
        spring = day.year if day.month < BUILDING_SEASON.start else day.year + 1
        return dt.date(spring, BUILDING_SEASON.start, self.chance.randint(1, 28))

    # --- plan and promises -----------------------------------------------------------------------

    def figures(self, course: "_Course", total: Decimal) -> dict:
        first, last = dt.date(self.year, 1, 1), dt.date(self.year, 12, 31)
        before = planned = Decimal(0)
        if course.planned_start and course.planned_ready:
            before = _share(total, course.planned_start, course.planned_ready, first)
            by_end = _share(total, course.planned_start, course.planned_ready, last)
            planned = max(by_end - before, Decimal(100))
        return {
            "investment_before": before,
            "entered_statistics_on": course.entered,
            "plan": StoryPlan(
                planned, course.planned_start, course.planned_ready, self.outcome(course)
            ),
        }

    def outcome(self, course: "_Course") -> str:
        if course.planned_start is None:
            return "完成前期工作"
        assert course.planned_ready
        if course.planned_ready.year <= self.year:
            return "建成投用"
        return "开工建设" if course.planned_start.year == self.year else "完成年度投资"

    def promises(self, course: "_Course", category: str) -> Iterator[Promise]:
        if course.planned_start is None:
            yield self.promise("完成前期手续", self.day(self.year, 5, 12), None)
            return
        assert course.started
        assert course.planned_ready
        if course.planned_start.year == self.year:
            yield self.promise("开工", course.planned_start, course.started)
        half = course.planned_start + (course.planned_ready - course.planned_start) * 0.6
        if half.year == self.year:
            done = course.ready and course.started + (course.ready - course.started) * 0.6
            yield self.promise("主体完工", half, done)
        if course.planned_ready.year <= self.year + 1:
            ready = READY.get(category, READY_OTHERWISE)
            yield self.promise(ready, course.planned_ready, course.ready)

    def promise(self, name: str, due_on: dt.date, done_on: dt.date | None) -> Promise:
        return Promise(name, self.pick(COMMITMENTS), due_on, done_on)


class _Course:
    """Planned and real days while a story is being told."""

    def __init__(self, registered: dt.date, stage: str) -> None:
        self.moves = [(registered, stage)]
        self.idea = False
        self.planned_start: dt.date | None = None
        self.planned_ready: dt.date | None = None
        self.started: dt.date | None = None
        self.ready: dt.date | None = None
        self.entered: dt.date | None = None

    def move(self, day: dt.date, stage: str) -> dt.date:
        """Adds a move and gives its day: two never share one."""
        day = max(day, self.moves[-1][0] + dt.timedelta(days=1))
        self.moves.append((day, stage))
        return day


def _share(total: Decimal, start: dt.date, ready: dt.date, by: dt.date) -> Decimal:
    """How much of the total is built by a day: building months count five times winter ones."""
    done = _effort(start, min(max(by, start), ready))
    whole = _effort(start, ready) or 1
    return (total * done / whole).quantize(Decimal("0.01"))


def _effort(start: dt.date, end: dt.date) -> int:
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month - 1)
    return sum(5 if month % 12 + 1 in BUILDING_SEASON else 1 for month in months)
