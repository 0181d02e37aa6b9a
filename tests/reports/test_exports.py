"""Exports: asked for, run, looked at, fetched, kept for seven days, removed."""

import datetime as dt
import io

import openpyxl
import pytest
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

from portfolio.core import clock
from portfolio.core.api import tables
from portfolio.reports import tasks
from portfolio.reports.exporting import files
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.run import export_run_next
from portfolio.reports.exporting.services import export_remove, exports_sweep
from portfolio.reports.exporting.tasks import run_export
from projects.register.models import Project
from tests import clients, factories
from tests.reports.exporting import ADDRESS, asked, fetched, kept, rows_of, told

NOON = dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


def refused(address, client=None):
    response = clients.post(client or clients.viewer(), "/api/v1/exports/", {"address": address})
    assert response.status_code == 400, response.content
    [error] = response.json()["errors"]
    assert error["pointer"] == "/address"
    return error["code"], error["message"]


# --- from address to file -----------------------------------------------------------------------


@pytest.mark.django_db
def test_an_export_is_queued_run_and_fetched():
    factories.ProjectFactory(name="甲"), factories.ProjectFactory(name="乙")
    client = clients.viewer()
    row = asked(client, f"{ADDRESS}&fields=id,name&ordering=id")
    assert (row["state"], row["title"], row["format"]) == ("queued", "重大项目", "csv")
    assert (row["percent"], row["seconds_left"], row["file"]) == (0, None, None)
    export_run_next()
    row = told(client, row["id"])
    assert (row["state"], row["rows_done"], row["rows_total"]) == ("done", 2, 2)
    assert (row["percent"], row["seconds_left"], row["error"]) == (100, 0, "")
    assert row["file"] == f"{settings.BASE_URL}/api/v1/exports/{row['id']}/file/"
    content = fetched(client, row["id"])
    assert len(content) == row["size"]
    assert [name for _id, name in rows_of(content)] == ["名称", "甲", "乙"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_says_what_the_address_itself_says(kind, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 3)
    factories.ProjectFactory.create_batch(10)
    project = factories.ProjectFactory(name="=1+1", district=factories.DistrictFactory())
    project.supporting_departments.add(factories.DepartmentFactory())
    client = clients.viewer()
    row = asked(client, f"/api/v1/projects/?format={kind}")
    export_run_next()
    at_once = client.get(row["address"])
    made = fetched(client, row["id"])
    if kind == "csv":
        assert made == at_once.content
        assert "'=1+1" in made.decode()
        assert f'filename="{row["file_name"]}"' in at_once.headers["Content-Disposition"]
    else:
        assert cells(made) == cells(at_once.content)
        assert any("'=1+1" in line for line in cells(made))


def cells(content: bytes) -> list[tuple]:
    [sheet] = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert sheet.freeze_panes == "A2"
    return list(sheet.values)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_report_is_an_export_too(kind):
    factories.ProjectFactory.create_batch(2)
    client = clients.viewer()
    row = asked(client, f"/api/v1/reports/portfolio-summary/?format={kind}&as_of={clock.today()}")
    assert row["title"] == "项目总体情况" or row["title"]
    export_run_next()
    at_once = client.get(row["address"]).content
    assert told(client, row["id"])["state"] == "done"
    made = fetched(client, row["id"])
    assert made == at_once if kind == "csv" else cells(made) == cells(at_once)


@pytest.mark.django_db
def test_the_bulletin_is_an_export_too():
    client = clients.supervisor()
    row = asked(client, "/api/v1/reports/bulletin/?month=2025-09&format=docx")
    export_run_next()
    assert told(client, row["id"])["error"] == ""
    assert fetched(client, row["id"]).startswith(b"PK")
    address = "/api/v1/reports/bulletin/?month=2025-09&format=docx"
    nobody = clients.signed_in(factories.UserFactory())
    assert clients.post(nobody, "/api/v1/exports/", {"address": address}).status_code == 403


@pytest.mark.django_db
def test_a_past_day_is_exported_as_it_was_known():
    with clock.at(NOON - dt.timedelta(days=9)):
        project = factories.ProjectFactory(name="旧名")
    with clock.at(NOON):
        Project.objects.filter(pk=project.pk).update(name="新名")
        factories.ProjectFactory(name="后来的")
    with clock.at(NOON + dt.timedelta(days=1)):
        client = clients.viewer()
        row = asked(client, f"{ADDRESS}&fields=name,lead_department&as_of=2025-09-20")
        run_export()
        assert told(client, row["id"])["error"] == ""
        _heading, *rows = rows_of(fetched(client, row["id"]))
        assert [name for name, _department in rows] == ["旧名"]
        assert row["file_name"] == "projects-2025-09-20.csv"


@pytest.mark.django_db
def test_the_rows_are_those_that_the_owner_may_see():
    ours, theirs = factories.DepartmentFactory(), factories.DepartmentFactory()
    factories.ProblemFactory(project__lead_department=ours, title="本单位的")
    factories.ProblemFactory(project__lead_department=theirs, title="别人的")
    client = clients.reporter_of(ours)
    row = asked(client, "/api/v1/problems/?format=csv&fields=title")
    export_run_next()
    assert rows_of(fetched(client, row["id"]))[1:] == [["本单位的"]]


@pytest.mark.django_db
def test_an_owner_whose_account_was_closed_gets_nothing():
    export = factories.ExportFactory(owner__is_active=False)
    export_run_next()
    export.refresh_from_db()
    assert (export.state, export.error) == ("failed", "导出人的账号已停用。")
    assert kept() == []


@pytest.mark.django_db
def test_words_are_in_the_language_in_which_they_were_asked_for():
    factories.ProjectFactory()
    client = clients.viewer()
    response = client.post(
        "/api/v1/exports/",
        {"address": f"{ADDRESS}&fields=name,stage,stage_display"},
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )
    export_run_next()
    assert "In reserve" in fetched(client, response.json()["id"]).decode()


@pytest.mark.django_db
def test_an_address_may_be_copied_from_the_browser():
    row = asked(clients.viewer(), f" {settings.BASE_URL}{ADDRESS}#top ")
    assert row["address"] == ADDRESS


# --- what is refused at once --------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("https://elsewhere.example/api/v1/projects/?format=csv", "not_ours", "本系统"),
        ("/api/v1/prjects/?format=csv", "unknown_address", "/api/v1/projects/"),
        ("/admin/?format=csv", "unknown_address", "/api/v1/projects/"),
        ("/api/v1/reports/nothing-like-it/?format=csv", "unknown_address", "funding"),
        ("/api/v1/projects/7/?format=csv", "not_a_list", "列表"),
        ("/api/v1/deadlines/?format=csv", "not_a_list", "列表"),
        ("/api/v1/auth/me/?format=csv", "not_a_list", "列表"),
        ("/api/v1/projects/", "unknown_format", "format=xlsx"),
        ("/api/v1/projects/?format=pdf", "unknown_format", "format=csv"),
        ("/api/v1/reports/bulletin/?month=2025-09&format=csv", "unknown_format", "format=docx"),
        (f"{ADDRESS}&stage=nowhere", "invalid_choice", "stage"),
        (f"{ADDRESS}&colour=red", "unknown_parameter", "colour"),
        (f"{ADDRESS}&ordering=colour", "invalid", "ordering"),
        (f"{ADDRESS}&fields=colour", "unknown_field", "fields"),
        (f"{ADDRESS}&as_of=2999-01-01", "in_the_future", "as_of"),
        (f"{ADDRESS}&q=%00", "invalid", "字符"),
        ("http://[/api/v1/projects/", "invalid", "地址"),
        ("/api/v1/reports/funding/?format=csv&year=1", "min_value", "year"),
        ("/api/v1/reports/funding/?format=csv&stage=nowhere", "invalid_choice", "stage"),
        ("/api/v1/reports/bulletin/?format=docx", "required", "month"),
    ],
)
def test_a_bad_address_is_refused_when_it_is_asked_for(address, code, words):
    found, message = refused(address, clients.supervisor())
    assert found == code
    assert words in message
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_a_list_too_long_to_answer_at_once_names_the_way_out(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    factories.ProjectFactory.create_batch(2)
    response = clients.viewer().get(ADDRESS)
    assert clients.errors_of(response) == {"/format": "too_many_rows"}
    assert "/api/v1/exports/" in response.json()["errors"][0]["message"]


@pytest.mark.django_db
def test_nobody_fills_the_queue(monkeypatch):
    monkeypatch.setattr("portfolio.reports.exporting.services.MOST_WAITING", 1)
    client = clients.viewer()
    asked(client)
    response = clients.post(client, "/api/v1/exports/", {"address": ADDRESS})
    assert (response.status_code, "1 个" in response.json()["detail"]) == (409, True)


# --- the owner's, and nobody else's -------------------------------------------------------------


@pytest.mark.django_db
def test_somebody_elses_export_is_not_there():
    row = asked(clients.viewer())
    export_run_next()
    other = clients.supervisor()
    assert other.get("/api/v1/exports/").json()["count"] == 0
    address = f"/api/v1/exports/{row['id']}/"
    assert other.get(address).status_code == 404
    assert other.get(f"{address}file/").status_code == 404
    assert other.delete(address).status_code == 404


@pytest.mark.django_db
def test_the_name_under_which_a_file_lies_is_told_to_nobody():
    client = clients.viewer()
    pk = asked(client)["id"]
    export_run_next()
    stored_as = Export.objects.get().stored_as
    assert kept() == [stored_as]
    assert len(stored_as) > 40
    for address in ("", f"{pk}/", f"{pk}/history/"):
        assert stored_as not in client.get(f"/api/v1/exports/{address}").content.decode()


# --- kept for seven days ------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_file_is_kept_for_seven_days_and_no_longer(django_capture_on_commit_callbacks):
    with clock.at(NOON):
        client = clients.viewer()
        pk = asked(client)["id"]
        export_run_next()
        row = told(client, pk)
        assert row["expires_at"][:10] == "2025-09-30"
    with clock.at(NOON + dt.timedelta(days=7, minutes=-1)):
        tasks.tick()
        assert fetched(client, pk)
    with clock.at(NOON + dt.timedelta(days=7, minutes=1)):
        # Before anybody has removed the file, it is not given out any more.
        assert client.get(f"/api/v1/exports/{pk}/file/").status_code == 409
        with django_capture_on_commit_callbacks(execute=True):
            tasks.tick()
        row = told(client, pk)
        assert (row["state"], row["file"], row["percent"]) == ("expired", None, 0)
        response = client.get(f"/api/v1/exports/{pk}/file/")
        assert (response.status_code, "7 天" in response.json()["detail"]) == (409, True)
    assert kept() == []


@pytest.mark.django_db
def test_a_removed_export_takes_its_file_with_it(django_capture_on_commit_callbacks):
    client = clients.viewer()
    pk = asked(client)["id"]
    export_run_next()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/exports/{pk}/").status_code == 204
    assert client.get(f"/api/v1/exports/{pk}/").status_code == 404
    assert kept() == []


@pytest.mark.django_db
def test_a_file_that_no_row_names_is_swept_away_when_it_is_old(monkeypatch):
    (files.folder() / "left.csv").write_text("")
    assert exports_sweep() == []
    monkeypatch.setattr(files, "SPARED", -1)
    assert exports_sweep() == ["left.csv"]


@pytest.mark.django_db
def test_no_file_is_given_out_before_it_is_whole():
    client = clients.viewer()
    pk = asked(client)["id"]
    response = client.get(f"/api/v1/exports/{pk}/file/")
    assert (response.status_code, "尚未完成" in response.json()["detail"]) == (409, True)


@pytest.mark.django_db
def test_what_a_killed_worker_left_of_a_removed_export_is_swept_away(monkeypatch):
    unfinished = files.folder() / files.SCRATCH
    unfinished.mkdir()
    (unfinished / "file").write_text("half")
    exports_sweep()
    assert kept() == [files.SCRATCH]  # it may be being written
    monkeypatch.setattr(files, "SPARED", -1)
    exports_sweep()
    assert kept() == []


@pytest.mark.django_db
def test_an_export_is_taken_though_no_worker_can_be_called(
    monkeypatch, django_capture_on_commit_callbacks
):
    def out_of_reach():
        raise OperationalError

    monkeypatch.setattr(run_export, "delay", out_of_reach)
    with django_capture_on_commit_callbacks(execute=True):
        assert asked(clients.viewer())["state"] == "queued"


@pytest.mark.django_db
def test_an_export_that_is_removed_twice_at_once_is_gone():
    export = factories.ExportFactory()
    export_remove(export=Export.objects.get(), by=export.owner)
    export_remove(export=export, by=export.owner)
    assert not Export.objects.exists()
