"""Times every report in JSON against its own SQL, on the city's 650 projects.

    .venv/bin/python -m bench.reports

Starts a throw-away database, fills in the programme as it stands on 23 September 2025, and asks
each report as a supervisor, on a page of 500 rows. In each round four things take turns:

- the report: the whole view, from the address' parameters over the rows to the bytes of JSON;
- its own SQL: the statements that it sent, as they reached the database, sent again through the
  same connection and adapters, with all rows fetched as Python values;
- the whole request: token, middleware, rights, report;
- the report as whoever asks first gets it, when its SQL has to be written.

Who asks, and with what rights, is read before the report and is the same for every address: it
stands in a column of its own. Prints the quickest of 60 rounds in milliseconds: what slower ones
took more, other work of the machine took from them. Ends with code 1 when a report takes
more than twice its own SQL or 12 queries, or answers no rows, which would measure nothing.
"""

import datetime as dt
import gc
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.lists import manage
from bench.reports_data import DAY, EVENING, facts_add
from tests.services import TestServices

ROUNDS = 60
WARM_UP = 8
MOST = 2.0
MOST_QUERIES = 12
PAGE = 500
CITY_OFFSET = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True)
class Result:
    """What one report took, in milliseconds."""

    name: str
    rows: int
    queries: int
    report: float
    sql: float
    request: float
    first: float

    @property
    def ratio(self) -> float:
        return self.report / self.sql

    @property
    def misses(self) -> list[str]:
        """Returns the limits that the report misses, in words."""
        found = []
        if not self.rows:
            found.append("no rows")
        if self.queries > MOST_QUERIES:
            found.append(f"more than {MOST_QUERIES} queries")
        if self.ratio > MOST:
            found.append(f"more than {MOST:g} times its own SQL")
        return found

    def __str__(self) -> str:
        return (
            f"{self.name:22} {self.rows:>5} {self.queries:>7} {self.report:>9.2f} {self.sql:>7.2f}"
            f" {self.ratio:>6.2f} {self.request:>10.2f} {self.first:>8.2f}"
            f"  {', '.join(self.misses)}"
        ).rstrip()


HEADING = f"{'report':22} {'rows':>5} {'queries':>7} {'report ms':>9} {'sql ms':>7} {'ratio':>6}"


def fill() -> str:
    """Makes the data and returns a supervisor's token."""
    manage("migrate", "--verbosity", "0")
    manage("prepare_demo")
    manage("make_synthetic", "--projects", "650", "--seed", "1")
    return manage("token", "supervisor").strip()


def settle() -> None:
    """Lets the database count its rows, as it does by itself in time, and the process forget what
    the filling left: the web server does the latter when it starts (portfolio/wsgi.py)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    gc.collect()
    gc.freeze()


def measure(token: str) -> list[Result]:
    """Times every report, and tells each as soon as it is known."""
    from portfolio.reports.catalogue.registry import REPORTS

    print(f"signing in, with rights: {_sign_in(token):.2f} ms")
    print(f"{HEADING} {'request ms':>10} {'first ms':>8}")
    found = []
    for name in os.environ.get("ONLY", "").split() or REPORTS:
        found.append(_timed(name, token))
        print(found[-1], flush=True)
    return found


def _timed(name: str, token: str) -> Result:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from portfolio.core.api.kept_query import kept

    path = f"/api/v1/reports/{name}?year=2025&page_size={PAGE}"
    client = Client(headers={"Authorization": f"Token {token}", "Host": "localhost"})
    answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    report = _report(name, path, token)
    if report() != answer.content:
        raise SystemExit(f"{path}: the view answers otherwise than the whole request")
    with CaptureQueriesContext(connection) as captured:
        report()
    # As they reached the database: of a past day, with what stands in for the tables.
    sent = [query["sql"] for query in captured.captured_queries]

    def first() -> None:
        kept.clear()
        report()

    took = _quickest(report, lambda: _run_bare(sent), lambda: client.get(path), first)
    return Result(name, answer.json()["count"], len(sent), *took)


def _quickest(*turns: Callable[[], Any]) -> list[float]:
    times: list[list[float]] = [[] for _turn in turns]
    for number in range(WARM_UP + ROUNDS):
        for turn, kept in zip(turns, times, strict=True):
            start = time.perf_counter()
            turn()
            if number >= WARM_UP:
                kept.append(1000 * (time.perf_counter() - start))
    return [min(each) for each in times]


def _report(name: str, path: str, token: str) -> Callable[[], bytes]:
    """Returns the view called as the dispatcher calls it, for a person whose rights are known."""
    from rest_framework.test import APIRequestFactory, force_authenticate

    from portfolio.reports.views import ReportView

    view, person = ReportView.as_view(), _person(token)

    def ask() -> bytes:
        request = APIRequestFactory().get(path, headers={"Host": "localhost"})
        force_authenticate(request, user=person)
        return view(request, name=name).render().content

    return ask


def _person(token: str) -> Any:
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from portfolio.core.api.authentication import TokenAuthentication
    from projects.permissions.access import access_of

    signed = APIRequestFactory().get("/", headers={"Authorization": f"Token {token}"})
    person = TokenAuthentication().authenticate(Request(signed))[0]  # type: ignore[index]
    access_of(person)
    return person


def _sign_in(token: str) -> float:
    return _quickest(lambda: _person(token))[0]


def _run_bare(sent: list[str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for sql in sent:
            cursor.execute(sql)
            if cursor.description:
                cursor.fetchall()


def main() -> int:
    evening = dt.datetime.combine(DAY, EVENING, CITY_OFFSET)
    shift = evening - dt.datetime.now(dt.UTC)
    os.environ["CLOCK_SHIFT_SECONDS"] = str(shift.total_seconds())
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["PORTFOLIO_TESTING"] = "1"
    services = TestServices()
    try:
        services.start()
        os.environ["VAR_DIR"] = str(services.paths.var)
        token = fill()
        import django

        django.setup()
        facts_add()
        settle()
        results = measure(token)
    finally:
        services.stop()
    return 1 if any(each.misses for each in results) else 0


if __name__ == "__main__":
    sys.exit(main())
