"""``make test-faults``: the year under fire, in one test. Not collected by the ordinary run.

``FAULTS_SEED`` makes another year, with other misfortunes; ``FAULTS_MINUTES`` is when it is given
up: a year takes six on a quiet machine.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.verdict import verdict
from tests.faults.world import world
from tests.faults.year import Year
from tests.notifications.conftest import database_url

MINUTES = float(os.environ.get("FAULTS_MINUTES", "40"))
EMAIL_TIMEOUT = "2"  # seconds that a silence of the mail server costs
TICK = "0.6"  # beat's minute


@pytest.mark.timeout(MINUTES * 60 + 60)
@pytest.mark.django_db(transaction=True)
def test_a_year_under_fire_loses_no_reminder_and_tells_none_twice(capsys):
    seed = int(os.environ.get("FAULTS_SEED", "2025"))
    folder = Path(tempfile.mkdtemp(prefix="portfolio-faults-"))
    with connection.cursor() as cursor:
        # Processes are killed here, not the machine: what was committed need not be on the disk.
        cursor.execute(
            f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off'
        )

    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201  # the summary of the run

    say(f"\nFAULTS_SEED={seed}; logs in {folder}")
    environment = {
        "DATABASE_URL": database_url(),
        "REDIS_URL": f"redis+socket://{folder}/broker.sock?virtual_host=0",
        "EMAIL_TIMEOUT": EMAIL_TIMEOUT,
        "BASE_URL": "http://ducha.example:8000",
        "ALLOWED_HOSTS": "ducha.example",
        "PORTFOLIO_TESTING": "1",
        "LOG_LEVEL": "WARNING",
        "VAR_DIR": str(folder / "var"),
        "FAULTS_FOLDER": str(folder),
        "FAULTS_TICK": TICK,
        "PYTHON": sys.executable,
    }
    with Year(world(seed), seed, folder, environment, say) as year:
        try:
            year.run(MINUTES * 60)
        finally:
            year.tell()
    found = verdict(year)
    for line in found.lines:
        say(line)
    assert not found.wrong, "\n".join(found.wrong)
    shutil.rmtree(folder)
