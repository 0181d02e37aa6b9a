"""Writes stories into the register month by month, each month under its own clock.

So the history is what it would be had people written it: "as of" any day answers sensibly, and the
stage is moved by the database's own trigger.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any, TypeVar

import pghistory
from django.db import connection, transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError
from portfolio.core.locks import acquire_transaction_lock
from portfolio.tools.synthetic.stories import Departments, Story, stories
from projects.choices import DepartmentKind
from projects.core.pinyin import pinyin_key
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.programmes.models import Baseline, Programme, ProgrammeEntry
from projects.register.models import Project, ProjectSupport, StageTransition
from projects.register.services import project_codes_allot

T = TypeVar("T")
COMMAND = "make_synthetic"
CHUNK = 5000  # projects in memory at a time
BATCH = 2000  # rows a statement
END_OF_WORK = dt.time(18, tzinfo=clock.CITY_TIME)
WRITTEN = (Project, ProjectSupport, StageTransition, ProgrammeEntry, Baseline, Milestone)


@transaction.atomic
def synthetic_make(*, count: int, seed: int, year: int) -> None:
    """Makes ``count`` projects, all of them in the year's programme.

    Raises StateConflict when there are synthetic projects already, or nothing to attach them to.
    """
    with pghistory.context(door="command", command=COMMAND):
        acquire_transaction_lock(COMMAND)
        programme = _ready(year)
        departments, ids = _departments()
        # Yesterday, so that no fact lies after the moment at which it is recorded.
        horizon = min(clock.today() - dt.timedelta(days=1), dt.date(year, 12, 31))
        told = stories(
            count=count,
            seed=seed,
            year=year,
            departments=departments,
            taken_codes=_taken_codes(),
        )
        for chunk in _chunks(told, CHUNK):
            _Writing(chunk, programme, ids, horizon).run()


def _ready(year: int) -> Programme:
    if Project.objects.filter(synthetic=True).exists():
        raise StateConflictError(
            _("已有模拟项目：要重做请先运行 manage.py make_synthetic --remove。"),
            code="already_made",
        )
    programme = Programme.objects.filter(year=year).first()
    if programme is None or not Department.objects.exists():
        raise StateConflictError(
            _("系统里还没有责任单位和 %(year)d 年计划：请先运行 manage.py load_report。")
            % {"year": year},
            code="nothing_loaded",
        )
    if clock.today() <= dt.date(year, 1, 1):
        raise StateConflictError(
            _("今天是 %(day)s，%(year)d 年还没有开始：请改设 DEMO_DAY。")
            % {"day": clock.today(), "year": year},
            code="too_early",
        )
    return programme


def _departments() -> tuple[Departments, dict[str, int]]:
    rows = list(Department.objects.filter(active=True).order_by("id"))
    places = [row for row in rows if row.kind in (DepartmentKind.DISTRICT, DepartmentKind.PARK)]
    bureaus = [row.code for row in rows if row.kind == DepartmentKind.BUREAU]
    if not places or not bureaus:
        raise StateConflictError(
            _("责任单位中要有至少一个市直部门和一个旗县区或园区：请先运行 manage.py load_report。"),
            code="no_departments",
        )
    return (
        Departments({row.code: row.short_name for row in places}, bureaus),
        {row.code: row.pk for row in rows},
    )


def _taken_codes() -> set[str]:
    with_code = Project.objects.exclude(approval_code=None)
    return {str(code) for code in with_code.values_list("approval_code", flat=True)}


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _analyze() -> None:
    """Tells the planner of the new rows: the triggers' plans were made for almost empty tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in WRITTEN)}")


class _Writing:
    """One chunk of stories, from the first month to the horizon."""

    def __init__(
        self,
        chunk: Sequence[Story],
        programme: Programme,
        departments: dict[str, int],
        horizon: dt.date,
    ) -> None:
        self.programme, self.departments, self.horizon = programme, departments, horizon
        self.chunk = chunk
        self.projects: dict[int, Project] = {}  # by the story's place in the chunk
        self.registered = _by_month((story.moves[0][0], n) for n, story in enumerate(chunk))
        self.moved = _by_month(
            (day, (n, before, after, day))
            for n, story in enumerate(chunk)
            for (_day, before), (day, after) in pairwise(story.moves)
        )
        self.entered = _by_month(
            (story.entered_statistics_on, n)
            for n, story in enumerate(chunk)
            if story.entered_statistics_on
        )
        self.done: dict[Any, list[tuple[Milestone, dt.date]]] = {}

    def run(self) -> None:
        """Writes each month as on its last day, the last one as on the horizon."""
        day = dt.date(self.programme.year - 1, 1, 1)
        while day <= self.horizon:
            following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
            last = min(following - dt.timedelta(days=1), self.horizon)
            with clock.at(dt.datetime.combine(last, END_OF_WORK)):
                self.write_month((day.year, day.month))
            if day.month == 1:  # the first registrations are there; then the plans and promises
                _analyze()
            day = following
        _analyze()

    def write_month(self, month: tuple[int, int]) -> None:
        self.register(self.registered[month])
        if month == (self.programme.year, 1):
            self.join_programme()
        self.move(self.moved[month])
        self.enter_statistics(self.entered[month])
        self.keep_promises(self.done.get(month, ()))

    def before_horizon(self, day: dt.date | None) -> dt.date | None:
        return day if day and day <= self.horizon else None

    def register(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        codes = project_codes_allot(year=clock.today().year, count=len(numbers))
        new = {n: self.project(self.chunk[n], code) for n, code in zip(numbers, codes, strict=True)}
        Project.objects.bulk_create(new.values(), batch_size=BATCH)
        self.projects |= new
        ProjectSupport.objects.bulk_create(
            (
                ProjectSupport(project=project, department_id=self.departments[code])
                for n, project in new.items()
                for code in self.chunk[n].supporting
            ),
            batch_size=BATCH,
        )
        StageTransition.objects.bulk_create(
            (
                StageTransition(
                    project=project,
                    to_stage=project.stage,
                    effective_on=self.chunk[n].moves[0][0],
                )
                for n, project in new.items()
            ),
            batch_size=BATCH,
        )

    def project(self, story: Story, code: str) -> Project:
        return Project(
            code=code,
            name=story.name,
            pinyin=pinyin_key(story.name),
            description=story.description,
            category=story.category,
            cluster=story.cluster,
            district_id=self.departments[story.district],
            lead_department_id=self.departments[story.lead],
            latitude=story.latitude,
            longitude=story.longitude,
            owner_company=story.owner_company,
            owner_credit_code=story.owner_credit_code,
            approval_code=story.approval_code,
            total_investment=story.total_investment,
            investment_before=story.investment_before,
            stage=story.moves[0][1],
            synthetic=True,
        )

    def join_programme(self) -> None:
        approved_on = self.before_horizon(dt.date(self.programme.year, 1, 20))
        entries = ProgrammeEntry.objects.bulk_create(
            (
                ProgrammeEntry(
                    programme=self.programme,
                    project=project,
                    planned_investment=self.chunk[n].plan.investment,
                    planned_start=self.chunk[n].plan.start,
                    planned_commissioning=self.chunk[n].plan.commissioning,
                    expected_outcome=self.chunk[n].plan.outcome,
                    approved_on=approved_on,
                    baseline_number=1 if approved_on else 0,
                )
                for n, project in sorted(self.projects.items())
            ),
            batch_size=BATCH,
        )
        if approved_on:
            self.approve(entries, approved_on)
        promised = [
            (self.milestone(project, promise), promise.done_on)
            for n, project in sorted(self.projects.items())
            for promise in self.chunk[n].promises
        ]
        Milestone.objects.bulk_create((row for row, _done in promised), batch_size=BATCH)
        self.done = _by_month((day, (row, day)) for row, day in promised if day)

    def approve(self, entries: Iterable[ProgrammeEntry], day: dt.date) -> None:
        """Keeps the plans as version 1: an entry in force has the version that it follows."""
        Baseline.objects.bulk_create(
            (
                Baseline(
                    entry=entry,
                    number=1,
                    planned_investment=entry.planned_investment,
                    planned_start=entry.planned_start,
                    planned_commissioning=entry.planned_commissioning,
                    approved_on=day,
                )
                for entry in entries
            ),
            batch_size=BATCH,
        )

    def milestone(self, project: Project, promise: Any) -> Milestone:
        return Milestone(
            project=project,
            name=promise.name,
            commitment=promise.commitment,
            baseline_on=promise.due_on,
            due_on=promise.due_on,
        )

    def move(self, moves: Iterable[tuple[int, str, str, dt.date]]) -> None:
        StageTransition.objects.bulk_create(
            (
                StageTransition(
                    project=self.projects[n],
                    from_stage=before,
                    to_stage=after,
                    effective_on=day,
                    reason=_("模拟数据") if after == "cancelled" else "",
                )
                for n, before, after, day in moves
                if day <= self.horizon
            ),
            batch_size=BATCH,
        )

    def enter_statistics(self, numbers: Iterable[int]) -> None:
        entered = []
        for n in numbers:
            project = self.projects[n]
            project.entered_statistics_on = self.before_horizon(self.chunk[n].entered_statistics_on)
            entered.append(project)
        Project.objects.bulk_update(entered, ["entered_statistics_on"], batch_size=BATCH)

    def keep_promises(self, kept: Iterable[tuple[Milestone, dt.date]]) -> None:
        done = []
        for milestone, day in kept:
            milestone.done_on = self.before_horizon(day)
            done.append(milestone)
        Milestone.objects.bulk_update(done, ["done_on"], batch_size=BATCH)


def _by_month(dated: Iterable[tuple[dt.date, T]]) -> dict[tuple[int, int], list[T]]:
    found: dict[tuple[int, int], list[T]] = defaultdict(list)
    for day, item in dated:
        found[day.year, day.month].append(item)
    return found
