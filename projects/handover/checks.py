"""What is particular to writing many projects, milestones, returns, departments, people."""

from django.utils.translation import gettext as _

from portfolio.core import clock
from projects.core.batch import Batch


def not_done_tomorrow(batch: Batch) -> None:
    """Refuses rows that say they will have been done on a day to come."""
    today = clock.today()
    for number, row in batch.sound():
        day = row.get("done_on")
        if day and day > today:
            message = _("完成日期 %(day)s 晚于今天。") % {"day": day}
            batch.wrong(number, "done_on", message, "in_the_future", day)
