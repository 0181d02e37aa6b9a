"""Times the board on the city's 650 projects against the same reports through the API.

    .venv/bin/python -m bench.board

Starts a throw-away database, fills in the programme as it stands on 23 September 2025, and asks as
a supervisor, today and as of a past day. In each round three things take turns in one process:

- the board: the view from the request to the bytes of HTML, all panels;
- with changes: the same and the panel of changes, which the page reads by itself as it comes into
  view;
- the API: the same reports, one after the other, each by its own view from the request to the
  bytes of JSON, with the same parameters, on pages of 500 rows.

Rights are read before either. Prints medians in milliseconds, the number of queries of a whole
request of the board (session and rights included), and the bytes that a browser is sent the first
time: the page, its style sheet and its scripts, compressed as they are sent. Ends with code 1 when
the board takes more than 1.5 times the API, 25 queries or 500 kB, or when it shows no rows.
"""

import datetime as dt
import gzip
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.reports import CITY_OFFSET, fill, settle
from bench.reports_data import DAY, EVENING, facts_add
from tests.services import TestServices

ROUNDS, WARM_UP = 20, 4
MOST, MOST_QUERIES, MOST_BYTES = 1.5, 25, 500_000
PAGE = 500
SHOWN = {
    "portfolio-summary": {},
    "deadlines": {"state": "overdue"},
    "four-batches": {},
    "target-progress": {},
    "lights-by-month": {},
    "milestones": {},
    "inspection-trend": {},
}
BY_ITSELF: dict[str, dict[str, str]] = {"changes": {}}
ASKED: dict[str, dict[str, str]] = {
    "today": {},
    "a past day": {"as_of": "2025-06-30"},
    "a past day, one district": {"as_of": "2025-06-30", "district": "qingshan"},
}


@dataclass
class Result:
    """What was measured of one question, in milliseconds."""

    name: str
    queries: int
    board: float
    whole: float
    api: float
    api_whole: float
    misses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.queries > MOST_QUERIES:
            self.misses.append(f"more than {MOST_QUERIES} queries")
        for ours, theirs in ((self.board, self.api), (self.whole, self.api_whole)):
            if ours > MOST * theirs:
                self.misses.append(f"more than {MOST:g} times the API")

    def __str__(self) -> str:
        return (
            f"{self.name:26} {self.queries:>7} {self.board:>9.1f} {self.api:>8.1f}"
            f" {self.board / self.api:>6.2f} {self.whole:>13.1f} {self.api_whole:>8.1f}"
            f" {self.whole / self.api_whole:>6.2f}  {', '.join(self.misses)}"
        ).rstrip()


HEADING = (
    f"{'asked':26} {'queries':>7} {'board ms':>9} {'API ms':>8} {'ratio':>6}"
    f" {'with changes':>13} {'API ms':>8} {'ratio':>6}"
)


def measure() -> list[str]:
    """Times the board and weighs it; tells each as soon as it is known; returns what misses."""
    from projects.people.models import User

    person = User.objects.get(username="supervisor")
    print(HEADING)
    misses = []
    for name, asked in ASKED.items():
        result = _timed(name, asked, person)
        print(result, flush=True)
        misses += result.misses
    return misses + _weighed(person)


def _timed(name: str, asked: dict[str, str], person: Any) -> Result:
    board, changes = _board(asked, person), _changes(asked, person)
    api, api_changes = _api(SHOWN, asked, person), _api(BY_ITSELF, asked, person)
    if b"<tbody>" not in board():
        raise SystemExit("the board shows no rows")
    took = _medians(board, changes, api, api_changes)
    return Result(
        name=name,
        queries=_queries(asked, person),
        board=took[0],
        whole=took[0] + took[1],
        api=took[2],
        api_whole=took[2] + took[3],
    )


def _medians(*turns: Callable[[], Any]) -> list[float]:
    times: list[list[float]] = [[] for _turn in turns]
    for number in range(WARM_UP + ROUNDS):
        for turn, kept in zip(turns, times, strict=True):
            start = time.perf_counter()
            turn()
            if number >= WARM_UP:
                kept.append(1000 * (time.perf_counter() - start))
    return [statistics.median(each) for each in times]


def _board(asked: dict[str, str], person: Any) -> Callable[[], bytes]:
    from portfolio.pages.board.board import board_page

    return _view(board_page, "/board/", asked, person)


def _changes(asked: dict[str, str], person: Any) -> Callable[[], bytes]:
    from portfolio.pages.board.board import changes_panel

    return _view(changes_panel, "/board/panels/changes/", asked, person, HTTP_HX_REQUEST="true")


def _view(
    view: Any, path: str, asked: dict[str, str], person: Any, **headers: str
) -> Callable[[], bytes]:
    """Returns the view called as the dispatcher calls it, for a person whose rights are known."""
    from django.test import RequestFactory
    from django.urls import resolve

    from projects.permissions.access import access_of

    access_of(person)

    def ask() -> bytes:
        request = RequestFactory().get(path, asked, HTTP_HOST="localhost", **headers)
        request.user = person  # type: ignore[attr-defined]
        request._messages = ()  # type: ignore[attr-defined]
        request.resolver_match = resolve(path)
        answer = view(request)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        return answer.content

    return ask


def _api(
    reports: dict[str, dict[str, str]], asked: dict[str, str], person: Any
) -> Callable[[], list[bytes]]:
    from rest_framework.test import APIRequestFactory, force_authenticate

    from portfolio.reports.catalogue.registry import REPORTS
    from portfolio.reports.views import ReportView

    view = ReportView.as_view()
    questions = []
    for name, more in reports.items():
        report = REPORTS[name]
        known = {*report.filterset.base_filters, *report.parameters, "year", "as_of"}
        parameters = {key: value for key, value in {**asked, **more}.items() if key in known}
        questions.append((name, {**parameters, "page_size": PAGE}))

    def ask() -> list[bytes]:
        found = []
        for name, parameters in questions:
            request = APIRequestFactory().get("/", parameters, headers={"Host": "localhost"})
            force_authenticate(request, user=person)
            answer = view(request, name=name)
            if answer.status_code != 200:
                raise SystemExit(f"{name}: {answer.status_code}")
            found.append(answer.render().content)
        return found

    return ask


def _browser(person: Any) -> Any:
    from django.test import Client

    browser = Client(headers={"Host": "localhost", "Accept-Encoding": "gzip"})
    browser.force_login(person, backend="projects.auth_backend.TableBackend")
    return browser


def _queries(asked: dict[str, str], person: Any) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = _browser(person)
    with CaptureQueriesContext(connection) as captured:
        browser.get("/board/", asked)
    return len(captured)


def _weighed(person: Any) -> list[str]:
    """Prints what is sent the first time; what is too heavy is a miss."""
    browser = _browser(person)
    answer = browser.get("/board/")
    page = gzip.decompress(answer.content).decode()
    sizes = {"/board/": len(answer.content)}
    for address in dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)):
        static = browser.get(address)
        sizes[address] = sum(map(len, static.streaming_content))
    for address, size in sizes.items():
        print(f"{size:>8} B  {address}")
    total = sum(sizes.values())
    print(f"{total:>8} B  in all, at most {MOST_BYTES}")
    if len(sizes) < 5 or answer["Content-Encoding"] != "gzip":
        raise SystemExit("the page is not whole")
    return [f"more than {MOST_BYTES} B"] if total > MOST_BYTES else []


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
        fill()
        import django

        django.setup()
        facts_add()
        settle()
        misses = measure()
    finally:
        services.stop()
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
