"""Exports that fail, are removed, are killed, wait for each other, and are watched meanwhile."""

import datetime as dt
import threading

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections

from portfolio.core import clock
from portfolio.core.api import tables
from portfolio.reports import tasks
from portfolio.reports.exporting import files, progress
from portfolio.reports.exporting import run as running
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.progress import ExportProgress
from portfolio.reports.exporting.run import MOST_ATTEMPTS, export_run_next
from portfolio.reports.exporting.tasks import run_export
from tests import clients, factories
from tests.reports.exporting import ADDRESS, asked, fetched, kept, rows_of, told

NOON = dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


# --- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_export_that_is_removed_while_it_runs_ends_at_its_next_rows(
    monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tables, "CHUNK", 1)
    monkeypatch.setattr(progress, "EVERY", 0)
    factories.ProjectFactory.create_batch(3)
    client = clients.viewer()
    pk = asked(client)["id"]
    seen = []

    def removing(key, told):
        seen.append(told.done)
        if told.done == 1:
            with django_capture_on_commit_callbacks(execute=True):
                assert client.delete(f"/api/v1/exports/{pk}/").status_code == 204

    monkeypatch.setattr(progress, "publish_progress", removing)
    export_run_next()
    assert seen == [0, 1]
    assert kept() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "磁盘空间不足"),
        (OSError(5, "Input/output error"), "系统内部错误"),
        (running.SoftTimeLimitExceeded(), "超过时限"),
        (ZeroDivisionError(), "系统内部错误"),
    ],
)
def test_what_fails_says_why_and_leaves_no_file(monkeypatch, error, words):
    def failing(stream, file):
        raise error

    monkeypatch.setattr(tables, "write_csv", failing)
    client = clients.viewer()
    pk = asked(client)["id"]
    export_run_next()
    row = told(client, pk)
    assert row["state"] == "failed"
    assert words in row["error"]
    assert words in client.get(f"/api/v1/exports/{pk}/file/").json()["detail"]
    assert kept() == []


@pytest.mark.django_db
def test_an_export_leaves_room_on_the_disk(monkeypatch):
    monkeypatch.setattr(files, "LEAST_FREE", 1024**6)
    export = factories.ExportFactory()
    export_run_next()
    export.refresh_from_db()
    assert (export.state, export.error) == ("failed", "磁盘空间不足, 请联系管理员。")


@pytest.mark.django_db
def test_an_export_whose_filter_is_gone_since_says_so():
    export = factories.ExportFactory(address=f"{ADDRESS}&lead_department=gone")
    export_run_next()
    export.refresh_from_db()
    assert export.state == "failed"
    assert export.error == "参数 lead_department: 没有代码为“gone”的记录。"


@pytest.mark.django_db
def test_what_a_dead_worker_left_is_taken_up_again():
    export = factories.ExportFactory(state="running", attempts=1, started_at=NOON)
    unfinished = files.folder() / files.SCRATCH
    unfinished.mkdir()
    (unfinished / "file").write_text("half")
    run_export()
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("done", 2)
    assert kept() == [export.stored_as]


@pytest.mark.django_db
def test_an_export_of_which_workers_die_is_given_up():
    (files.folder() / files.SCRATCH).mkdir()
    export = factories.ExportFactory(state="running", attempts=MOST_ATTEMPTS)
    waiting = factories.ExportFactory()
    export_run_next()
    export.refresh_from_db(), waiting.refresh_from_db()
    assert (export.state, waiting.state) == ("failed", "done")
    assert "中断" in export.error
    assert kept() == [waiting.stored_as]


@pytest.mark.django_db
def test_what_the_last_dead_worker_left_takes_no_room():
    unfinished = files.folder() / files.SCRATCH
    unfinished.mkdir()
    (unfinished / "file").write_text("half")
    export_run_next()  # nothing waits
    assert kept() == []


# --- one after the other, and seen meanwhile -----------------------------------------------------


@pytest.fixture
def somewhere_else():
    """Runs a function in a thread with a database connection of its own; returns its result."""

    def run(function):
        found = []

        def inside():
            try:
                found.append(function())
            finally:
                connections.close_all()

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join(timeout=30)
        assert found, "the other did not answer"
        return found[0]

    return run


@pytest.mark.django_db(transaction=True)
def test_progress_is_told_while_the_export_runs_and_another_waits(monkeypatch, somewhere_else):
    monkeypatch.setattr(tables, "CHUNK", 2)
    monkeypatch.setattr(progress, "EVERY", 0)
    monkeypatch.setattr(run_export, "delay", lambda: None)
    factories.ProjectFactory.create_batch(5, name="先")
    client = clients.viewer()
    pk, second = asked(client, f"{ADDRESS}&fields=name")["id"], asked(client)["id"]
    seen = []
    tell = progress.publish_progress

    def looked_at(key, now):
        tell(key, now)
        if key != pk:
            return
        row = somewhere_else(lambda: told(client, pk))
        other = somewhere_else(export_run_next)
        seen.append((row["state"], row["rows_done"], row["rows_total"], row["percent"], other))
        somewhere_else(lambda: factories.ProjectFactory(name="后"))

    monkeypatch.setattr(progress, "publish_progress", looked_at)
    run_export()
    assert seen == [
        ("running", 0, 5, 0, None),
        ("running", 2, 5, 40, None),
        ("running", 4, 5, 80, None),
        ("running", 5, 5, 99, None),
    ]
    # What came while it was read is not in it: all rows are of one moment.
    assert rows_of(fetched(client, pk))[1:] == [["先"]] * 5
    assert told(client, second)["state"] == "queued"
    assert somewhere_else(export_run_next).pk == second
    assert told(client, second)["rows_total"] == 9


@pytest.mark.django_db(transaction=True)
def test_an_export_writes_nothing_to_the_register(monkeypatch):
    monkeypatch.setattr(run_export, "delay", lambda: None)
    modes = []

    def looked_at(stream, file):
        for setting in ("transaction_isolation", "transaction_read_only"):
            with connection.cursor() as cursor:
                cursor.execute(f"SHOW {setting}")
                modes.append(cursor.fetchone()[0])

    monkeypatch.setattr(tables, "write_csv", looked_at)
    factories.ExportFactory()
    export_run_next()
    assert modes == ["repeatable read", "on"]


@pytest.mark.django_db
def test_each_tick_and_each_end_sees_to_what_waits(monkeypatch, django_capture_on_commit_callbacks):
    calls = []
    monkeypatch.setattr(run_export, "delay", lambda: calls.append("run"))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tick()
    assert calls == []
    factories.ExportFactory(), factories.ExportFactory()
    for expected in (1, 2, 2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.tick() if expected == 1 else run_export()
        assert len(calls) == expected
    assert set(Export.objects.values_list("state", flat=True)) == {"done"}


def test_celery_knows_the_tasks_and_beat_ticks():
    from portfolio.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert "portfolio.reports.tasks.tick" in scheduled
    assert {"portfolio.reports.tasks.tick", "portfolio.reports.tasks.run_export"} <= set(app.tasks)
    longest = app.tasks["portfolio.reports.tasks.run_export"].time_limit
    assert longest < settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]


# --- figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "total", "seconds", "format", "now", "percent", "left"),
    [
        (0, 0, 0, "csv", 0, 0, None),
        (0, 100, 5, "csv", 0, 0, None),
        (25, 100, 10, "csv", 0, 25, 30),
        (25, 100, 10, "csv", 10, 25, 20),  # told ten seconds ago
        (25, 100, 10, "csv", 99, 25, 1),
        (100, 100, 40, "xlsx", 0, 99, 4),  # the workbook is still to be packed
    ],
)
def test_percent_and_time_left(done, total, seconds, format, now, percent, left):
    progress = ExportProgress(done, total, seconds, at=0)
    assert progress.percent == percent
    assert progress.seconds_left(format=format, now=now) == left
