"""Exports 1,000,000 projects as CSV and as XLSX, each by the real service in a process of its own.

    .venv/bin/python -m bench.exports [rows]

Starts a throw-away database and broker and makes 650 projects by ``make_synthetic``. The others are
copies of those by set-based SQL, marked synthetic, each with its supporting departments and its
newest light: the command itself, which writes a year of history of each, would take the better part
of an hour. Each export is asked for over the API and run as a worker runs it. Then both files are
read by other libraries: the rows are counted, and the first, the middle and the last compared with
what the API says of these projects.

Prints rows a second, bytes, and the most memory that the process ever held. Ends with code 1 when
that is 300 MB or more, or when a file does not hold what it should. It takes some ten minutes and
some 5 GB of disk.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.lists import fill
from tests.services import TestServices

ROWS = 1_000_000
MOST_MB = 300
FIELDS = ("ID", "项目编号", "名称", "阶段", "总投资 (万元)")
# Triggers rest meanwhile: what is copied has been through them.
COPY = """
SET session_replication_role = replica;
CREATE TEMP TABLE copies AS
    SELECT row_number() OVER () AS number, p.id AS source,
           nextval(pg_get_serial_sequence('projects_project', 'id')) AS id
    FROM generate_series(1, %(times)s) turn CROSS JOIN projects_project p
    LIMIT %(more)s;
CREATE INDEX ON copies (source);
INSERT INTO projects_project ({columns}, id, code, name, synthetic, report_key, approval_code)
    SELECT {values}, c.id, 'BT-2025-' || 10000000 + c.number, p.name || ' ' || c.number, true,
           NULL, NULL
    FROM copies c JOIN projects_project p ON p.id = c.source ORDER BY c.number;
INSERT INTO projects_projectsupport (version, project_id, department_id)
    SELECT s.version, c.id, s.department_id
    FROM copies c JOIN projects_projectsupport s ON s.project_id = c.source ORDER BY c.number;
INSERT INTO projects_monthlylight
        (recorded_at, project_id, year, month, colour, computed_colour, reasons, policy_id)
    SELECT l.recorded_at, c.id, l.year, l.month, l.colour, l.computed_colour, l.reasons, l.policy_id
    FROM copies c JOIN projects_monthlylight l ON l.project_id = c.source
    WHERE (l.year, l.month) = (2025, 8) ORDER BY c.number;
SET session_replication_role = DEFAULT;
ANALYZE projects_project, projects_projectsupport, projects_monthlylight;
"""


def copy(rows: int) -> float:
    """Copies the projects until there are so many; returns the seconds that it took."""
    from django.db import connection

    from projects.register.models import Project

    own = {"id", "code", "name", "synthetic", "report_key", "approval_code"}
    names = [field.column for field in Project._meta.concrete_fields if field.column not in own]
    have = Project.objects.count()
    start = time.perf_counter()
    with connection.cursor() as cursor:
        for statement in COPY.split(";\n"):
            sql = statement.format(
                columns=", ".join(names), values=", ".join(f"p.{name}" for name in names)
            )
            if sql.strip():
                cursor.execute(sql, {"times": rows // have + 1, "more": rows - have})
    return time.perf_counter() - start


def run_one() -> None:
    """In a process of its own: runs the export that waits and prints what it took."""
    import django

    django.setup()
    from portfolio.reports.exporting.run import export_run_next

    before = peak_mb()
    start, used = time.perf_counter(), time.process_time()
    export: Any = export_run_next()
    export.refresh_from_db()
    took = {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - used,
        "before": before,
        "peak": peak_mb(),
    }
    print(json.dumps({**took, "state": export.state, "error": export.error, "size": export.size}))


def peak_mb() -> float:
    """Returns the most memory that this process has held. What its parent held before it was
    started counts, too (getrusage(2)); that is little here."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def exported(client: Any, kind: str) -> dict[str, Any]:
    """Asks for the export, has it run, fetches it; returns figures and the file's place."""
    address = f"/api/v1/projects/?format={kind}&ordering=id"
    row = client.post("/api/v1/exports/", {"address": address}, "application/json").json()
    command = [sys.executable, "-m", "bench.exports", "--run"]
    ran = subprocess.run(command, capture_output=True, text=True)
    found = json.loads(ran.stdout.splitlines()[-1]) if ran.returncode == 0 else {}
    if found.get("state") != "done":
        raise SystemExit(f"{kind}: {found}\n{ran.stderr}")
    row = client.get(f"/api/v1/exports/{row['id']}/").json()
    from portfolio.reports.exporting import files
    from portfolio.reports.exporting.models import Export

    path = files.path_of(Export.objects.get(pk=row["id"]).stored_as)
    response = client.get(f"/api/v1/exports/{row['id']}/file/")
    if int(response.headers["Content-Length"]) != path.stat().st_size:
        raise SystemExit(f"{kind}: what is fetched is not what was written")
    response.close()
    return {**found, "rows": row["rows_done"], "path": path}


def csv_rows(path: Path) -> Iterator[tuple]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from map(tuple, csv.reader(file))


def xlsx_rows(path: Path) -> Iterator[tuple]:
    """Reads all sheets, the headings of the first only."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    for number, sheet in enumerate(book.worksheets):
        yield from sheet.iter_rows(min_row=1 if number == 0 else 2, values_only=True)


def amount(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def wrong_with(client: Any, rows: Iterator[tuple], count: int) -> str:
    """Returns what is wrong with a file's rows; "" for nothing."""
    heading = next(rows)
    places = [heading.index(name) for name in FIELDS]
    picked = (0, count // 2, count - 1)
    seen, found = 0, {}
    for row in rows:
        if seen in picked:
            found[seen] = ["" if row[place] is None else str(row[place]) for place in places]
        seen += 1
        if len(row) != len(heading):
            return f"row {seen} has {len(row)} cells"
    if seen != count:
        return f"{seen} rows instead of {count}"
    for place in picked:
        pk = found[place][0]
        told = client.get(f"/api/v1/projects/{pk}/").json()
        wanted = [told["id"], told["code"], told["name"], told["stage_display"]]
        money = told["total_investment"]
        if found[place][:4] != [str(each) for each in wanted] or amount(found[place][4]) != amount(
            money or ""
        ):
            return f"row {place}: {found[place]} instead of {[*wanted, money]}"
    return ""


def measure(rows: int, token: str) -> bool:
    from django.db import connection
    from django.test import Client

    print(f"copied to {rows} projects in {copy(rows):.0f} s")
    client = Client(headers={"Authorization": f"Token {token}", "Host": "localhost"})
    print(
        f"{'':5} {'rows':>8} {'s':>6} {'cpu s':>6} {'rows/s':>7} {'MB':>6} {'peak MB':>8} (start)"
    )
    good = True
    for kind, reading in (("csv", csv_rows), ("xlsx", xlsx_rows)):
        found = exported(client, kind)
        print(
            f"{kind:5} {found['rows']:>8} {found['seconds']:>6.0f} {found['cpu']:>6.0f}"
            f" {found['rows'] / found['seconds']:>7.0f} {found['size'] / 1e6:>6.0f}"
            f" {found['peak']:>8.0f} ({found['before']:.0f})",
            flush=True,
        )
        wrong = wrong_with(client, reading(found["path"]), rows)
        print(
            f"      {found['size']} bytes; read again: {wrong or f'{rows} rows, as they should be'}"
        )
        good = good and found["peak"] < MOST_MB and found["rows"] == rows and not wrong
    connection.close()
    return good


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portfolio.settings"
    if sys.argv[1:] == ["--run"]:
        run_one()
        return 0
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    os.environ["PORTFOLIO_TESTING"] = "1"
    services = TestServices()
    try:
        services.start()
        os.environ["VAR_DIR"] = str(services.paths.var)
        token = fill()
        import django

        django.setup()
        good = measure(rows, token)
    finally:
        services.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
