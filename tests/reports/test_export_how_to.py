"""docs/how-to/export-a-million-rows.md: its addresses are taken, its program fetches the file."""

import datetime as dt
import io
import re
import time
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache

from portfolio.core import clock
from portfolio.reports.exporting import files
from portfolio.reports.exporting.api import ExportSerializer
from portfolio.reports.exporting.models import ExportState
from portfolio.reports.exporting.run import MOST_ATTEMPTS, export_run_next
from portfolio.reports.exporting.services import MOST_WAITING
from portfolio.reports.exporting.tasks import LONGEST, PATIENCE
from tests import clients, factories

PAGE = (settings.BASE_DIR / "docs" / "how-to" / "export-a-million-rows.md").read_text("utf-8")
(ADDRESSES,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(POSTED,) = re.findall(r'\{"address": "([^"]+)"\}\'$', PAGE, re.MULTILINE)
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


@pytest.fixture
def client(db):
    with clock.at(dt.datetime(2025, 9, 23, 18, tzinfo=clock.CITY_TIME)):
        yield clients.supervisor()


@pytest.mark.parametrize("address", [POSTED, *ADDRESSES.split()])
def test_each_address_of_the_page_becomes_a_file(client, address):
    factories.ProjectFactory()
    export = clients.post(client, "/api/v1/exports/", {"address": address}).json()
    export_run_next()
    found = client.get(f"/api/v1/exports/{export['id']}/").json()
    assert (found["state"], found["error"]) == ("done", "")


def test_the_program_waits_and_fetches(client, monkeypatch, tmp_path, capsys):
    factories.ProjectFactory(name="要的")

    def answered(request):
        path = urlsplit(request.full_url).path
        assert request.get_header("Authorization") == "Token secret"
        if request.data is None:
            answer = client.get(path)
        else:
            answer = client.post(path, request.data, content_type="application/json")
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return io.BytesIO(content)

    monkeypatch.setattr(urllib.request, "urlopen", answered)
    monkeypatch.setattr(time, "sleep", lambda _seconds: export_run_next())
    monkeypatch.setenv("TOKEN", "secret")
    monkeypatch.delenv("API", raising=False)
    monkeypatch.chdir(tmp_path)
    exec(PROGRAM, {})
    assert capsys.readouterr().out == "queued 0 %, None s left\n"
    assert "要的" in (tmp_path / "projects-2025-09-23.csv").read_text("utf-8-sig")


def test_the_page_names_the_fields_the_states_and_the_limits():
    table = PAGE.split("| field | what it says |")[1].split("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row)}
    assert named <= {*ExportSerializer().fields, *ExportState.values}
    assert set(ExportState.values) <= named
    words = {3: "three", 10: "ten", 1024**3: "1 GB"}
    assert f"{words[MOST_WAITING]} a person" in PAGE
    assert f"{words[MOST_ATTEMPTS]} times" in PAGE
    assert f"less than {words[files.LEAST_FREE]}" in PAGE
    assert f"After {(LONGEST - PATIENCE) // 60}\nminutes" in PAGE
