"""A year of the city's work, replayed from a fixed seed: what a report said of a day on that day it
says for ever, whatever is recorded, corrected or taken back later (domain §0).

Before it is asked again, all is emptied that an answer about the past must not rest on:

- the cache, and what this process keeps: the SQL of queries, headings, periods;
- every table that has no history: import previews, planned days, counters, answered requests;
- of every table that has one, the rows as they stand now. A project's stage, which a trigger works
  out of its moves, is of these, and so is whatever else is worked out and kept in a column.

The lights of a month, the results of a round and the due days of returns are worked out as well,
but once and for good: they are recorded facts, with the moment at which they were recorded, and
history keeps them like any other. Left is the history itself, and who may ask: people, their
offices, rights and tokens, for rights are today's.
"""

import datetime as dt
import json
import random
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pghistory.models import Event

from portfolio.core import clock
from portfolio.core.api.kept_query import kept as kept_sql
from portfolio.core.clock import CITY_TIME
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.engine import words
from projects.funding.models import FundingApplication
from projects.inspections.models import InspectionScore
from projects.inspections.results import score_amend
from projects.lights.models import LightOverride, MonthlyLight
from projects.lights.services import lights_record
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.problems.models import Problem
from projects.register.models import Project, StageTransition
from projects.register.services import transition_record, transition_revoke
from projects.returns.models import ProgressReturn
from targets.models import Measurement
from targets.rules import periods
from targets.services.targets import measurement_record
from tests import clients, factories

pytestmark = [pytest.mark.django_db, pytest.mark.long]

SEED = 2025
PROJECTS = 24
MONTHS = range(1, 13)
# Two evenings a month: the 9th, after the returns, and the 25th.
EVENINGS = [dt.date(2025, month, day) for month in MONTHS for day in (9, 25)]
QUARTER_MONTHS = {4: 1, 7: 2, 10: 3}
NEXT_STAGE = {
    "reserve": "preparation",
    "preparation": "construction",
    "construction": "commissioned",
    "commissioned": "enrolled",
}


def at(day: dt.date, hour: int = 10):
    return clock.at(dt.datetime.combine(day, dt.time(hour), CITY_TIME))


class Year:
    """The city's facts, made day by day; each choice is drawn from the seed."""

    def __init__(self) -> None:
        self.draw = random.Random(SEED)
        with at(dt.date(2025, 1, 6)):
            self.departments = factories.DepartmentFactory.create_batch(4)
            self.districts = factories.DistrictFactory.create_batch(3)
            self.programme = factories.ProgrammeFactory(year=2025)
            self.targets = factories.TargetFactory.create_batch(3)
        self.projects: list[Project] = []

    def days(self) -> Iterator[dt.date]:
        """Lets the year happen; yields each evening on which the reports are asked."""
        for month in MONTHS:
            for day, happen in (
                (3, self.register),
                (5, self.move),
                (8, self.hand_in),
                (15, self.measure),
                (20, self.promise),
            ):
                with at(dt.date(2025, month, day)):
                    happen(month)
                if day == 8:
                    yield dt.date(2025, month, 9)
            if month in QUARTER_MONTHS:
                with at(dt.date(2025, month, 22)):
                    factories.PublishedRoundFactory(year=2025, quarter=QUARTER_MONTHS[month])
            yield dt.date(2025, month, 25)

    def register(self, month: int) -> None:
        for _ in range(PROJECTS // len(MONTHS)):
            entry = factories.ProgrammeEntryFactory(
                programme=self.programme,
                planned_investment=self.draw.randrange(1000, 9000),
                project__lead_department=self.draw.choice(self.departments),
                project__district=self.draw.choice(self.districts),
                project__category=self.draw.choice(["industry", "energy"]),
                project__stage=self.draw.choice(["preparation", "construction"]),
            )
            self.projects.append(entry.project)

    def move(self, month: int) -> None:
        for project in self.draw.sample(self.projects, len(self.projects) // 3):
            project.refresh_from_db()
            if project.stage in NEXT_STAGE and project.category == "industry":
                transition_record(
                    project=project,
                    to_stage=NEXT_STAGE[project.stage],
                    effective_on=clock.today(),
                    by=None,
                )

    def hand_in(self, month: int) -> None:
        period = factories.ReturnPeriodFactory(
            year=2025, month=month, due_on=dt.date(2025, month, 7)
        )
        for project in self.projects:
            late = self.draw.random() < 0.3
            factories.AcceptedReturnFactory(
                project=project,
                period=period,
                investment_reported=self.draw.randrange(50, 500),
                physical_progress=self.draw.randrange(0, 100),
                submitted_at=clock.now() - dt.timedelta(days=0 if late else 2),
            )
        lights_record(year=2025, month=month, by=None)

    def measure(self, month: int) -> None:
        for target in self.targets:
            fields = {
                "target": target,
                "period": f"2025-{month:02d}",
                "value": Decimal(self.draw.randrange(1, 120)),
                "source": "统计快报",
            }
            measurement_record(by=None, fields=fields)

    def promise(self, month: int) -> None:
        project = self.draw.choice(self.projects)
        milestone = factories.MilestoneFactory(
            project=project, due_on=clock.today() + dt.timedelta(days=self.draw.randrange(5, 60))
        )
        if self.draw.random() < 0.5:
            factories.GrantedExtensionFactory(milestone=milestone)
        factories.AssignedProblemFactory(
            project=project,
            raised_on=clock.today(),
            due_on=clock.today() + dt.timedelta(days=self.draw.randrange(5, 60)),
            solver_department=self.draw.choice(self.departments),
        )
        factories.FundingApplicationFactory(project=project)


def correct_what_was_said() -> None:
    """Changes, next year, what had been said in this one, through every kind of door."""
    with at(dt.date(2026, 1, 20)):
        score = InspectionScore.objects.first()
        score_amend(score=score, by=None, points=Decimal("12.5"), reason="登记有误")
        newest = StageTransition.objects.in_force().order_by("-pk").first()
        transition_revoke(transition=newest, by=None, reason="误报")
        Measurement.objects.create(
            target=Measurement.objects.first().target,
            period="2025-06",
            value=Decimal(1),
            source="更正",
        )
        first = ProgressReturn.objects.order_by("pk").first()
        factories.AcceptedReturnFactory(
            project=first.project,
            period=first.period,
            revision=2,
            revision_reason="漏报",
            investment_reported=99999,
        )
        for milestone in Milestone.objects.all():
            milestone.done_on = dt.date(2026, 1, 20)
            milestone.save()
        for problem in Problem.objects.filter(state="assigned"):
            problem.state, problem.solution = "solved", "已协调"
            problem.solved_on = dt.date(2026, 1, 20)
            problem.save()
        FundingApplication.objects.first().delete()
        Department.objects.update(short_name="改名单位")
        LightOverride.objects.create(
            project=first.project,
            colour="red",
            reason="现场核查",
            starts_on=dt.date(2025, 1, 1),
            ends_on=dt.date(2026, 12, 31),
        )
        factories.ProjectFactory(district=None)
        lights_record(year=2025, month=12, by=None)


# Who asks, and with what rights.
KEPT = {
    "projects_user", "projects_membership", "projects_department", "projects_personaltoken",
    "auth_permission", "auth_group", "django_content_type", "django_migrations",
}  # fmt: skip


def empty_all_but_history() -> None:
    cache.clear()
    kept_sql.clear()
    for kept in (words._labels, words._describe_columns, words._compared_columns, periods._periods):
        kept.cache_clear()
    history = {model._meta.db_table for model in apps.get_models() if issubclass(model, Event)}
    tables = {*connection.introspection.table_names()} - history - KEPT
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else what is checked later forbids it
        cursor.execute(f"TRUNCATE {', '.join(sorted(tables))}")
    assert not Project.objects.exists()
    assert not MonthlyLight.objects.exists()


def answers(client: Client, day: dt.date) -> dict[str, bytes]:
    found = {}
    for name in REPORTS:
        response = client.get(f"/api/v1/reports/{name}?year=2025&as_of={day}&page_size=500")
        assert response.status_code == 200, response.content
        found[name] = response.content
    return found


def test_every_report_says_of_a_day_for_ever_what_it_said_on_that_day():
    client = clients.supervisor()
    said = {}
    for day in Year().days():
        with at(day, hour=23):
            said[day] = answers(client, day)
    assert sorted(said) == EVENINGS
    correct_what_was_said()
    empty_all_but_history()
    with at(dt.date(2026, 2, 1)):
        for day, then in said.items():
            now = answers(client, day)
            assert {name: now[name] for name in REPORTS} == then, day
        later = answers(client, dt.date(2026, 1, 20))
    # What was corrected does tell: a report that read nothing would say the same for ever too.
    december = said[EVENINGS[-1]]
    for name in REPORTS:
        assert results(later[name]) != results(december[name]), name


def results(answer: bytes) -> list:
    return json.loads(answer)["results"]
