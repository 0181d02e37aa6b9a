"""docs/how-to/reports.md: its requests are answered, its program runs, its tables are true."""

import csv
import datetime as dt
import io
import re
import shlex
import urllib.request
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.catalogue.registry import REPORTS
from tests import clients, factories

PAGE = (settings.BASE_DIR / "docs" / "how-to" / "reports.md").read_text(encoding="utf-8")
CALLS = [
    pytest.param(call, marks=pytest.mark.bulletin) if "format=png" in call else call
    for call in re.findall(r"^call (reports.*)$", PAGE, re.MULTILINE)
]
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
    named = set(re.findall(r"`([a-z-]+)`(?=[^|]*\|[^|]*\|$)", table, re.MULTILINE))
    assert named == {name for name, report in REPORTS.items() if report.chart}


def test_the_query_for_excel_types_columns_that_the_sheet_has():
    (query,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    headings = {column.title for column in REPORTS["target-progress"].columns}
    typed = set(re.findall(r'\{"([^"]+)", type number\}', query))
    assert typed
    assert typed <= headings


def test_the_query_for_excel_gets_a_table_whose_typed_columns_are_numbers(client):
    """Does what each step of the query does: ask, split, promote the first row, type."""
    (query,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    address = re.search(r'Address = "http://localhost:8000([^"]+)"', query)[1]
    path = address + re.search(r'RelativePath = "([^"]+)"', query)[1]
    parameters = dict(re.findall(r'(\w+) = "([^"]+)"', re.search(r"Query = \[(.*?)\]", query)[1]))
    assert parameters["format"] == "csv"
    with clock.at(dt.datetime(2025, 9, 1, 9, tzinfo=CITY_TIME)):
        factories.TargetFactory(year=2025, value="12.5", name='新增 "规上", 企业')
    answer = client.get(path, parameters)
    assert answer.status_code == 200, answer.content
    titled, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    typed = re.findall(r'\{"([^"]+)", type number\}', query)
    assert {len(row) for row in rows} == {len(titled)}
    for heading in typed:
        cells = [row[titled.index(heading)] for row in rows]
        assert all(cell == "" or float(cell) is not None for cell in cells)
    assert [row[titled.index("目标值")] for row in rows] == ["12.5"]
    assert '新增 "规上", 企业' in rows[0]
