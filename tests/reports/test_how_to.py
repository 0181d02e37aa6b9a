"""docs/how-to/reports.md: its requests are answered, its program runs, its tables are true."""

import datetime as dt
import io
import re
import shlex
import urllib.request
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings

from portfolio import clock
from portfolio.clock import CITY_TIME
from portfolio.reports.registry import REPORTS
from tests import clients, factories

PAGE = (settings.BASE_DIR / "docs" / "how-to" / "reports.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^call (reports.*)$", PAGE, re.MULTILINE)
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def client(db):
    with clock.at(dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)):
        factories.DepartmentFactory(code="industry-it")
        factories.DistrictFactory(code="kundulun")
        yield clients.viewer()


@pytest.mark.parametrize("call", CALLS)
def test_each_request_of_the_page_is_answered(client, call):
    path, *words = shlex.split(call, comments=True)
    asked = dict(word.split("=") for word in words if "=" in word)
    answer = client.get(f"/api/v1/{path}", asked)
    assert answer.status_code == 200, answer.content
    assert answer.content


def test_the_program_reads_every_page_and_keeps_the_chart(client, monkeypatch, tmp_path, capsys):
    asked = []

    def answered(request):
        assert request.get_header("Authorization") == "Token secret"
        parts = urlsplit(request.full_url)
        asked.append(parts.path)
        query = {
            **dict(parse_qsl(parts.query)),
            **({"page_size": 1} if "target" in parts.path else {}),
        }
        return io.BytesIO(client.get(parts.path, query).content)

    with clock.at(dt.datetime(2025, 9, 1, 9, tzinfo=CITY_TIME)):
        factories.TargetFactory.create_batch(2, year=2025)
    monkeypatch.setattr(urllib.request, "urlopen", answered)
    monkeypatch.setenv("TOKEN", "secret")
    monkeypatch.delenv("API", raising=False)
    monkeypatch.chdir(tmp_path)
    exec(PROGRAM, {})
    assert asked == ["/api/v1/reports/target-progress"] * 2 + ["/api/v1/reports/lights-by-month"]
    assert b"<svg" in (tmp_path / "lights.svg").read_bytes()


def test_the_table_of_charts_names_each_report_that_has_one():
    table = PAGE.split("| report | what is drawn |")[1].split("\n\n")[0]
    named = set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE))
    assert named == {name for name, report in REPORTS.items() if report.chart}


def test_the_query_for_excel_types_columns_that_the_sheet_has():
    (query,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    headings = {column.title for column in REPORTS["target-progress"].columns}
    typed = set(re.findall(r'\{"([^"]+)", type number\}', query))
    assert typed
    assert typed <= headings
