"""Times 10,000 projects through the bulk endpoint, the bulk service and the import against bare
``bulk_create`` with the same history, and beside ``save()`` one by one, in one run.

    .venv/bin/python -m bench.bulk

Starts a throw-away database and broker. Everything counts that a person waits for: the endpoint
with sign-in, JSON, validation and answer (10 × 1,000 rows), the service with reading by the
serializer's fields, the import with reading the workbook, validation, preview and commit. Bare
writes the same rows (projects, supporting departments, first stages) already checked and numbered.
Ends with code 1 when a way is slower than a quarter of bare.
"""

import datetime as dt
import io
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bench.lists import manage
from tests.services import TestServices

ROWS = 10_000
A_REQUEST = 1_000
SAVED = 300  # one by one: a sample, the rest by proportion
ROUNDS = 3
LEAST = 0.25
RELATIONS = ("district", "lead_department", "supporting_departments")
WORDS = (
    "稀土",
    "永磁",
    "电机",
    "晶硅",
    "叶片",
    "重卡",
    "储能",
    "制氢",
    "铝箔",
    "铜材",
    "道路",
    "学校",
)


def row(
    way: str, turn: int, number: int, departments: list[Any], districts: list[Any]
) -> dict[str, Any]:
    """Returns one project as a client would send it: 16 fields, names that differ."""
    words = "".join(WORDS[(number // 7**place) % len(WORDS)] for place in range(4))
    return {
        "name": f"{way}{turn}第{number}号{words}项目",
        "approval_code": f"{way}-{turn}-{number}",
        "description": f"建设{words}生产线{number}条, 配套厂房和仓库。",
        "category": "industry",
        "cluster": "rare_earth",
        "district": districts[number % len(districts)].code,
        "lead_department": departments[number % len(departments)].code,
        "supporting_departments": [departments[(number + 1) % len(departments)].code],
        "owner_company": f"{words}有限公司",
        "latitude": "40.65310",
        "longitude": "109.84050",
        "total_investment": f"{number + 1}.50",
        "investment_before": "10.00",
        "entered_statistics_on": "2025-03-31",
        "section": "§三（一）",
        "note": "",
    }


class Ways:
    """Each way of writing the same rows; a method returns the seconds that it took."""

    def __init__(self) -> None:
        from django.test import Client

        from projects.people.models import Department, User

        self.departments = list(Department.objects.filter(kind="bureau").order_by("id")[:20])
        self.districts = list(Department.objects.filter(kind__in=["district", "park"])[:5])
        self.user = User.objects.get(username="supervisor")
        token = manage("token", "supervisor").strip()
        self.client = Client(headers={"Authorization": f"Token {token}", "Host": "localhost"})

    def rows(self, way: str, turn: int, count: int = ROWS) -> list[dict[str, Any]]:
        return [row(way, turn, n, self.departments, self.districts) for n in range(count)]

    def bare(self, turn: int) -> dict[str, float]:
        """Projects alone, then with what registration writes beside them."""
        from django.db import transaction

        from portfolio.core import clock
        from projects.register.models import Project, ProjectSupport, StageTransition

        ready = self.instances(self.rows("bare", turn))
        start = time.perf_counter()
        with transaction.atomic():
            projects = [Project(**values) for values, _support in ready]
            Project.objects.bulk_create(projects, batch_size=2000)
            alone = time.perf_counter() - start
            ProjectSupport.objects.bulk_create(
                [
                    ProjectSupport(project=project, department_id=support)
                    for project, (_values, support) in zip(projects, ready, strict=True)
                ],
                batch_size=2000,
            )
            StageTransition.objects.bulk_create(
                [
                    StageTransition(
                        project=project,
                        to_stage="reserve",
                        effective_on=dt.date(2025, 1, 1),
                        recorded_at=clock.now(),
                    )
                    for project in projects
                ],
                batch_size=2000,
            )
        return {"bare, projects alone": alone, "bare": time.perf_counter() - start}

    def instances(self, rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], int]]:
        """Returns what bare writes: values of the right type, coded and numbered beforehand."""
        from projects.core.pinyin import pinyin_key
        from projects.register.services import project_codes_allot

        ids = {each.code: each.pk for each in [*self.departments, *self.districts]}
        codes = project_codes_allot(year=2025, count=len(rows))
        return [
            (
                {
                    **{k: v for k, v in each.items() if k not in RELATIONS},
                    "code": code,
                    "pinyin": pinyin_key(each["name"]),
                    "district_id": ids[each["district"]],
                    "lead_department_id": ids[each["lead_department"]],
                    "total_investment": Decimal(each["total_investment"]),
                    "entered_statistics_on": dt.date(2025, 3, 31),
                },
                ids[each["supporting_departments"][0]],
            )
            for each, code in zip(rows, codes, strict=True)
        ]

    def endpoint(self, turn: int) -> dict[str, float]:
        rows = self.rows("post", turn)
        start = time.perf_counter()
        for first in range(0, ROWS, A_REQUEST):
            body = rows[first : first + A_REQUEST]
            answer = self.client.post("/api/v1/projects/bulk", body, "application/json")
            if answer.status_code != 201:
                raise SystemExit(answer.content.decode()[:2000])
        return {"POST projects/bulk": time.perf_counter() - start}

    def service(self, turn: int) -> dict[str, float]:
        from projects.core.api.bulk import RowReader
        from projects.core.bulk import bulk_create
        from projects.register.kinds import PROJECT_KIND
        from projects.register.serializers import ProjectWriteSerializer

        rows = self.rows("service", turn)
        start = time.perf_counter()
        reader = RowReader(ProjectWriteSerializer(), creating=True)
        read = [reader.read(number, each) for number, each in enumerate(rows)]
        if reader.errors:
            raise SystemExit(str(reader.errors[0]))
        bulk_create(kind=PROJECT_KIND, by=self.user, rows=read)
        return {"bulk service": time.perf_counter() - start}

    def importing(self, turn: int) -> dict[str, float]:
        from projects.importing.previews import preview_commit, preview_create

        content = workbook(self.rows("import", turn), [*self.departments, *self.districts])
        start = time.perf_counter()
        preview, plan = preview_create(
            subject_name="projects", by=self.user, file_name="a.xlsx", content=content
        )
        if plan.counts()["new"] != ROWS:
            raise SystemExit(str(plan.errors[:3]))
        shown = time.perf_counter() - start
        preview_commit(token=preview.token, by=self.user)
        both = time.perf_counter() - start
        return {"import: preview": shown, "import: commit": both - shown, "import: both": both}

    def one_by_one(self, turn: int) -> dict[str, float]:
        from django.db import transaction

        from projects.register.models import Project, ProjectSupport, StageTransition

        ready = self.instances(self.rows("save", turn, SAVED))
        start = time.perf_counter()
        with transaction.atomic():
            for values, support in ready:
                project = Project(**values)
                project.save()
                ProjectSupport(project=project, department_id=support).save()
                StageTransition(
                    project=project, to_stage="reserve", effective_on=dt.date(2025, 1, 1)
                ).save()
        return {f"save() ({SAVED} rows)": (time.perf_counter() - start) * ROWS / SAVED}


def workbook(rows: list[dict[str, Any]], departments: list[Any]) -> bytes:
    """Returns the rows as clerks would have them: Chinese headings and names."""
    import xlsxwriter

    from projects.importing.headings import heading_of
    from projects.register.sheets import PROJECT_SHEET

    names = {department.code: department.name for department in departments}
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [heading_of(PROJECT_SHEET, name) for name in rows[0]])
        for number, each in enumerate(rows, 1):
            cells = {
                **each,
                "category": "产业",
                "cluster": "稀土",
                "district": names[each["district"]],
                "lead_department": names[each["lead_department"]],
                "supporting_departments": names[each["supporting_departments"][0]],
                "total_investment": float(each["total_investment"]),
            }
            sheet.write_row(number, 0, cells.values())
    return file.getvalue()


def measure() -> dict[str, list[float]]:
    from django.db import connection

    ways = Ways()
    turns: list[Callable[[int], dict[str, float]]] = [
        ways.bare, ways.service, ways.endpoint, ways.importing, ways.one_by_one,
    ]  # fmt: skip
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(ROUNDS):
        for way in turns[turn % len(turns) :] + turns[: turn % len(turns)]:
            for name, took in way(turn).items():
                times[name].append(took)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum would between two people's work
    return times


def report(times: dict[str, list[float]]) -> bool:
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"{ROWS} projects, medians of {ROUNDS} rounds")
    print(f"{'':24} {'seconds':>8} {'rows/s':>8} {'of bare':>8} {'of projects alone':>18}")
    for name, took in medians.items():
        of_bare, of_alone = medians["bare"] / took, medians["bare, projects alone"] / took
        rounds = " ".join(f"{each:.2f}" for each in times[name])
        print(
            f"{name:24} {took:>8.2f} {ROWS / took:>8.0f} {of_bare:>8.2f} {of_alone:>18.2f}"
            f"   ({rounds})"
        )
    print(f"save(): measured on {SAVED} rows a round, extrapolated to {ROWS}")
    held = ("POST projects/bulk", "bulk service", "import: both")
    return all(medians["bare"] / medians[name] >= LEAST for name in held)


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["PORTFOLIO_TESTING"] = "1"
    services = TestServices()
    try:
        services.start()
        os.environ["VAR_DIR"] = str(services.paths.var)
        manage("migrate", "--verbosity", "0")
        manage("prepare_demo")
        import django

        django.setup()
        good = report(measure())
    finally:
        services.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
