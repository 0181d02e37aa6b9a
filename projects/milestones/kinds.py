"""What is particular to writing projects, milestones, returns, departments, people."""

from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.handover.checks import check_done, not_done_tomorrow
from projects.milestones.models import Milestone


def _promise(batch: Batch) -> None:
    """The first due date is the baseline for ever."""
    for _number, row in batch.sound():
        row.setdefault("baseline_on", row["due_on"])
    not_done_tomorrow(batch)


def _dates_stay(batch: Batch) -> None:
    for number, row in enumerate(batch.rows):
        for name in ("due_on", "baseline_on"):
            if name in row:
                message = _("期限不能直接修改, 请提交延期申请。")
                batch.wrong(number, name, message, "by_extension_only", row[name])
    check_done(batch)


MILESTONES = kind_register(
    Kind(
        Milestone,
        derived=frozenset({"baseline_on"}),
        check_new=_promise,
        check_changes=_dates_stay,
    )
)
