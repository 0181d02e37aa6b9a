"""Times every report in JSON against its own SQL, on the city's 650 projects.

    .venv/bin/python -m bench.reports

Starts a throw-away database, fills in 650 synthetic projects with eight months of returns, lights,
problems and applications, and asks each report through the whole stack (token, middleware, JSON).
The queries that it sent are then executed again bare, with all rows fetched. Prints medians in
milliseconds. Ends with code 1 when a report takes more than twice its own SQL or 12 queries.
"""

import datetime as dt
import os
import statistics
import sys
import time
from decimal import Decimal

from bench.lists import KEEP_LIGHTS, manage
from tests.services import TestServices

ROUNDS = 30
WARM_UP = 5
MOST = 2.0
MOST_QUERIES = 12
TOKEN_QUERIES = 2  # who asks, and the last use of the token
PAGE = 500


def fill() -> str:
    """Makes the data and returns a supervisor's token."""
    manage("migrate", "--verbosity", "0")
    manage("prepare_demo")
    manage("make_synthetic", "--projects", "650", "--seed", "1")
    manage("shell", "-c", KEEP_LIGHTS)
    return manage("token", "supervisor").strip()


def fill_more() -> None:
    """Adds what the synthetic programme has none of: returns, problems, applications."""
    from portfolio import clock
    from projects import models

    projects = list(models.Project.objects.order_by("pk"))
    departments = list(models.Department.objects.order_by("pk")[:20])
    for month in range(1, 9):
        due_on = dt.date(2025, month + 1, 8)
        period = models.ReturnPeriod.objects.create(year=2025, month=month, due_on=due_on)
        late = dt.datetime.combine(due_on, dt.time(9), clock.CITY_TIME)
        models.ProgressReturn.objects.bulk_create(
            models.ProgressReturn(
                project=project,
                period=period,
                state="accepted",
                investment_reported=Decimal(100 + number),
                investment_statistical=Decimal(90 + number),
                physical_progress=Decimal(10 * month),
                submitted_at=late + dt.timedelta(days=number % 4 - 2),
            )
            for number, project in enumerate(projects)
        )
    models.Problem.objects.bulk_create(
        models.Problem(
            project=project,
            kind="land",
            title=f"堵点{number}",
            state="assigned",
            raised_on=dt.date(2025, 3, 1),
            solver_department=departments[number % len(departments)],
            due_on=dt.date(2025, 4 + number % 8, 1),
        )
        for number, project in enumerate(projects[::2])
    )
    models.FundingApplication.objects.bulk_create(
        models.FundingApplication(
            project=project, channel="local_special_bond", state="planned", asked=Decimal(500)
        )
        for project in projects[::3]
    )


def measure(token: str) -> bool:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from portfolio.reports.registry import REPORTS

    client = Client(headers={"Authorization": f"Token {token}", "Host": "localhost"})
    print(f"{'report':22} {'rows':>5} {'queries':>7} {'json ms':>8} {'sql ms':>7} {'ratio':>6}")
    good = True
    for name in REPORTS:
        path = f"/api/v1/reports/{name}?year=2025&page_size={PAGE}"
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        # As they reached the database: of a past day, with what stands in for the tables.
        sent = [query["sql"] for query in captured.captured_queries]
        json_times, sql_times = [], []
        for number in range(WARM_UP + ROUNDS):
            start = time.perf_counter()
            client.get(path)
            middle = time.perf_counter()
            run_bare(sent)
            if number >= WARM_UP:
                json_times.append(middle - start)
                sql_times.append(time.perf_counter() - middle)
        took, bare = (1000 * statistics.median(each) for each in (json_times, sql_times))
        queries = len(sent) - TOKEN_QUERIES
        print(
            f"{name:22} {answer.json()['count']:>5} {queries:>7} {took:>8.2f} {bare:>7.2f}"
            f" {took / bare:>6.2f}"
        )
        good = good and took <= MOST * bare and queries <= MOST_QUERIES
    return good


def run_bare(sent: list[str]) -> None:
    from django.db import connection

    with connection.connection.cursor() as cursor:
        for sql in sent:
            cursor.execute(sql)
            if cursor.description:
                cursor.fetchall()


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["PORTFOLIO_TESTING"] = "1"
    services = TestServices()
    try:
        services.start()
        os.environ["VAR_DIR"] = str(services.paths.var)
        token = fill()
        import django

        django.setup()
        fill_more()
        good = measure(token)
    finally:
        services.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
