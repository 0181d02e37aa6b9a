"""Exports of 50,000 rows, each run by a process of its own: flat memory, and a killed worker."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from portfolio.reports.exporting import files
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.progress import read_progress
from portfolio.reports.exporting.run import export_run_next
from projects.register.models import Project
from tests import factories

pytestmark = [pytest.mark.long, pytest.mark.timeout(300), pytest.mark.django_db(transaction=True)]

FEW, MANY = 5_000, 50_000
# What ten times the rows may take beyond what few rows do: nothing, but for the allocator's whims.
SPARE_MB = 25
RUN = """
import django
django.setup()
import json, re
from portfolio.reports.exporting.run import export_run_next
export = export_run_next()
export.refresh_from_db()
# Its own most; getrusage(2) would count what the process held that started it.
[peak] = re.findall(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(json.dumps([export.state, export.error, int(peak) / 1024]))
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


@pytest.fixture
def worker(tmp_path):
    """Starts a process that runs one export, on this test's database and folder."""

    def start() -> subprocess.Popen:
        test_database = urlsplit(os.environ["DATABASE_URL"])._replace(
            path=f"/{connection.settings_dict['NAME']}"
        )
        environment = {
            **os.environ,
            "DATABASE_URL": test_database.geturl(),
            "DJANGO_SETTINGS_MODULE": "portfolio.settings",
            "VAR_DIR": str(tmp_path),  # MEDIA_ROOT lies below it
        }
        return subprocess.Popen(
            [sys.executable, "-c", RUN],
            env=environment,
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def make_projects(count: int) -> None:
    department = factories.DepartmentFactory()
    Project.objects.bulk_create(
        (
            Project(
                code=f"BT-2025-{number:06}",
                name=f"=第{number}号项目",
                lead_department=department,
                category="industry",
                total_investment=number,
            )
            for number in range(1, count + 1)
        ),
        batch_size=5_000,
    )


def export_of(kind: str) -> Export:
    address = f"/api/v1/projects/?format={kind}&ordering=id"
    return factories.ExportFactory(address=address, format=kind)


def peak_of(start, kind: str) -> float:
    export = export_of(kind)
    state, error, peak = json.loads(start().communicate()[0].splitlines()[-1])
    assert (state, error) == ("done", "")
    export.refresh_from_db()
    assert export.rows_done == export.rows_total == Project.objects.count()
    return peak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells its own most")
def test_ten_times_the_rows_take_no_more_memory(worker):
    make_projects(FEW)
    few = {kind: peak_of(worker, kind) for kind in ("csv", "xlsx")}
    Project.objects.all().delete()
    make_projects(MANY)
    for kind in ("csv", "xlsx"):
        assert peak_of(worker, kind) < few[kind] + SPARE_MB
    csv_file, workbook = (
        files.path_of(Export.objects.filter(format=kind).latest("id").stored_as)
        for kind in ("csv", "xlsx")
    )
    wanted = [("名称", "总投资 (万元)"), *((f"'=第{n}号项目", n) for n in range(1, MANY + 1))]
    with csv_file.open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = csv.reader(file)
        name, money = heading.index("名称"), heading.index("总投资 (万元)")
        assert [(row[name], float(row[money])) for row in rows] == wanted[1:]
    with closing(openpyxl.load_workbook(workbook, read_only=True)) as book:
        [sheet] = book.worksheets
        found = [(row[name], row[money]) for row in sheet.iter_rows(values_only=True)]
    assert found == wanted


def test_a_killed_worker_leaves_nothing_but_work(worker):
    make_projects(MANY)
    export = export_of("csv")
    process = worker()
    while not any(told.done for told in read_progress([export.pk]).values()):
        assert process.poll() is None, "it was done before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("running", 1)
    assert [path.name for path in files.folder().iterdir()] == [files.SCRATCH]
    # Its session, and with it the lock, ends as soon as the database notices.
    deadline = time.monotonic() + 60
    while export_run_next() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    export.refresh_from_db()
    assert (export.state, export.attempts, export.rows_done) == ("done", 2, MANY)
    assert [path.name for path in files.folder().iterdir()] == [export.stored_as]
