"""The jobs of exports: one after the other, and a tick a minute that leaves none behind.

The database is the truth: a tick finds in it what waits and what a dead worker has left, so that
nothing here retries by itself, and jobs that nobody ran within a minute expire.
"""

import pghistory
from celery import shared_task
from django.db import transaction

from portfolio.core import clock
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.services import exports_expire, exports_sweep
from portfolio.reports.exporting.tasks import ONE_TICK, run_export
from portfolio.reports.subscriptions.issues import issues_create, report_messages_create


@shared_task(name="portfolio.reports.tasks.tick", expires=ONE_TICK)
def tick() -> None:
    """Runs every minute: removes expired files, creates the issues that are due, and starts the
    next export if one waits."""
    with pghistory.context(door="task", task="tick"):
        exports_expire(at=clock.now())
        issues_create(now=clock.now())
        report_messages_create(now=clock.now())
    exports_sweep()
    # What is called running may have been left by a worker that died: whoever gets the lock sees.
    if Export.objects.unfinished().exists():
        transaction.on_commit(run_export.delay)
