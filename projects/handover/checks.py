"""What is particular to writing projects, milestones, returns, departments, people."""

from django.utils.translation import gettext as _

from portfolio.core import clock
from projects.core.batch import Batch
from projects.handover.services import done_stays_once_closed


def check_done(batch: Batch) -> None:
    """Refuses rows that say they will have been done on a day to come, and rows struck off the
    list whose day of completion would change."""
    check_done_on(batch)
    done_stays_once_closed(batch)


def check_done_on(batch: Batch) -> None:
    """Refuses rows that say they will have been done on a day to come."""
    today = clock.today()
    for number, row in batch.sound():
        day = row.get("done_on")
        if day and day > today:
            message = _("完成日期 %(day)s 晚于今天。") % {"day": day}
            batch.wrong(number, "done_on", message, "in_the_future", day)
