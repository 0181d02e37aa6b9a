"""The job of exports: one after the other, each handing on to the next.

The database is the truth: a tick finds in it what waits and what a dead worker has left, so that
nothing here retries by itself, and jobs that nobody ran within a minute expire.
"""

import pghistory
from celery import shared_task
from django.db import transaction

from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.run import export_run_next

ONE_TICK = 60
# Below VISIBILITY_TIMEOUT, after which the broker would hand the job to a second worker.
LONGEST = 3000
PATIENCE = 120  # to say that it took too long


def run_export_soon() -> None:
    """Asks for a worker once what is written is committed. Where nobody can be asked, the broker
    being away, the next tick does."""
    transaction.on_commit(run_export.delay, robust=True)


@shared_task(
    name="portfolio.reports.tasks.run_export",
    expires=ONE_TICK,
    acks_late=True,
    time_limit=LONGEST,
    soft_time_limit=LONGEST - PATIENCE,
)
def run_export() -> None:
    """Runs the export that waits longest, and hands on to the next."""
    with pghistory.context(door="task", task="run_export"):
        export = export_run_next()
    if export is not None and Export.objects.queued().exists():
        transaction.on_commit(run_export.delay)
