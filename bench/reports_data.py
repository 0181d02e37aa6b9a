"""The city's programme on 23 September 2025, with what the synthetic one has none of.

650 synthetic projects tell their own moves and milestones; added are eight months of returns and
lights, two published inspections of 48 projects, two problems a project, four applications for
three projects, a figure a month for each target reported monthly: each recorded on its day.
"""

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

DAY = dt.date(2025, 9, 23)
EVENING = dt.time(18)
MONTHS = range(1, 9)
SHOWN, JUDGES = 48, 5
SEED = 1


def facts_add() -> None:
    """Writes them; the same every time."""
    from projects.register.models import Project

    draw = random.Random(SEED)
    projects = list(Project.objects.filter(synthetic=True).order_by("pk"))
    for month in MONTHS:
        _returns(projects, month, draw)
    for quarter, day in ((1, dt.date(2025, 4, 18)), (2, dt.date(2025, 7, 18))):
        _round(draw.sample(projects, SHOWN), quarter, day, draw)
    _problems(projects, draw)
    _applications(projects, draw)
    _measurements(draw)


@contextmanager
def _on(day: dt.date) -> Iterator[None]:
    from portfolio.core import clock

    with clock.at(dt.datetime.combine(day, dt.time(15), clock.CITY_TIME)):
        yield


def _returns(projects: list, month: int, draw: random.Random) -> None:
    from portfolio.core import clock
    from projects.lights.services import lights_record
    from projects.returns.models import ProgressReturn, ReturnPeriod

    due_on = dt.date(2025, month + 1, 8)
    with _on(due_on + dt.timedelta(days=3)):
        period = ReturnPeriod.objects.create(year=2025, month=month, due_on=due_on)
        noon = dt.datetime.combine(due_on, dt.time(9), clock.CITY_TIME)
        ProgressReturn.objects.bulk_create(
            ProgressReturn(
                project=project,
                period=period,
                state="accepted",
                investment_reported=Decimal(draw.randrange(50, 900)),
                investment_statistical=Decimal(draw.randrange(50, 800)),
                physical_progress=Decimal(min(100, month * draw.randrange(8, 13))),
                submitted_at=noon + dt.timedelta(days=draw.choice((-3, -2, -1, 0, 1, 2))),
            )
            for project in projects
        )
        lights_record(year=2025, month=month, by=None)


def _round(shown: list, quarter: int, day: dt.date, draw: random.Random) -> None:
    from projects.inspections import results
    from projects.inspections.models import InspectionRound
    from projects.inspections.services import score_record
    from projects.people.models import User

    people = list(User.objects.filter(memberships__role="supervisor").order_by("pk"))
    people += [
        User.objects.create_user(f"judge{quarter}{number}", f"j{quarter}{number}@a.example")
        for number in range(JUDGES - len(people))
    ]
    with _on(day):
        made = InspectionRound.objects.create(year=2025, quarter=quarter)
        criterion = made.criteria.create(name="现场得分", weight=Decimal(100))
        made.status = "open"
        made.save(update_fields=["status"])
        judges = [made.judges.create(user=person) for person in people[:JUDGES]]
        for project in shown:
            entry = made.entries.create(project=project, league=_league(project))
            for judge in judges:
                points = Decimal(draw.randrange(7000, 9900)) / 100
                fields = {"entry": entry, "judge": judge, "criterion": criterion, "points": points}
                score_record(by=None, fields=fields)
        for step in (results.round_close, results.round_approve, results.round_publish):
            step(inspection_round=made, by=None)
            made.refresh_from_db()


def _league(project: object) -> str:
    return "旗县区和园区" if project.district_id else "市直部门和市属国企"  # type: ignore[attr-defined]


def _problems(projects: list, draw: random.Random) -> None:
    from projects.people.models import Department
    from projects.problems.models import Problem, ProblemKind

    departments = list(Department.objects.order_by("pk")[:20])
    made = []
    for number, project in enumerate(projects * 2):
        raised = dt.date(2025, draw.randrange(1, 9), draw.randrange(1, 28))
        solved = raised + dt.timedelta(days=draw.randrange(3, 60))
        done = number % 3 and solved < DAY
        made.append(
            Problem(
                project=project,
                kind=draw.choice(ProblemKind.values),
                title=f"堵点{number}",
                state="solved" if done else "assigned",
                solution="已协调" if done else "",
                solved_on=solved if done else None,
                raised_on=raised,
                solver_department=draw.choice(departments),
                due_on=raised + dt.timedelta(days=45),
            )
        )
    with _on(dt.date(2025, 9, 1)):
        Problem.objects.bulk_create(made)


def _applications(projects: list, draw: random.Random) -> None:
    from projects.funding.models import FundingApplication, FundingChannel

    made = [
        FundingApplication(
            project=project,
            channel=draw.choice(FundingChannel.values),
            asked=Decimal(draw.randrange(100, 9000)),
            **draw.choice(
                (
                    {"state": "planned"},
                    {"state": "submitted", "submitted_on": dt.date(2025, 3, 1)},
                    {
                        "state": "granted",
                        "submitted_on": dt.date(2025, 3, 1),
                        "decided_on": dt.date(2025, 6, 1),
                        "granted": Decimal(90),
                    },
                )
            ),
        )
        for project in [*projects, *projects[::3]]
    ]
    with _on(dt.date(2025, 9, 2)):
        FundingApplication.objects.bulk_create(made)


def _measurements(draw: random.Random) -> None:
    from targets.models import Measurement, Target

    targets = list(Target.objects.filter(year=2025, source="reported", frequency="month"))
    for month in MONTHS:
        with _on(dt.date(2025, month + 1, 16)):
            Measurement.objects.bulk_create(
                Measurement(
                    target=target,
                    period=f"2025-{month:02d}",
                    value=(target.value or Decimal(100)) * draw.randrange(80, 110) / 100,
                    source="统计快报",
                )
                for target in targets
            )
