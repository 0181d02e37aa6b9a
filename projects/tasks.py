"""The jobs of the register: the lights of the month that is over, kept every day.

Returns are accepted and corrected after their month; whatever that changes in its lights is added
as a newer row, and nothing else.
"""

import datetime as dt

import pghistory
from celery import shared_task

from portfolio.core import clock
from projects.lights.services import lights_record

ONE_DAY = dt.timedelta(days=1)


@shared_task(name="projects.tasks.lights_of_last_month")
def lights_of_last_month() -> None:
    """Keeps the lights of the last month; twice does no harm."""
    last = clock.today().replace(day=1) - ONE_DAY
    with pghistory.context(door="task", task="lights_of_last_month"):
        lights_record(year=last.year, month=last.month, by=None)
