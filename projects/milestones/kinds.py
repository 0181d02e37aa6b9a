"""What is particular to writing projects, milestones, returns, departments, people."""

from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.handover.checks import check_done, check_done_on
from projects.milestones.models import Milestone


def _fill_baseline(batch: Batch) -> None:
    """The first due date is the baseline for ever."""
    for _number, row in batch.sound():
        row.setdefault("baseline_on", row["due_on"])
    check_done_on(batch)


def _refuse_date_changes(batch: Batch) -> None:
    for number, row in enumerate(batch.rows):
        for name in ("due_on", "baseline_on"):
            if name in row:
                message = _("期限不能直接修改, 请提交延期申请。")
                batch.wrong(number, name, message, "by_extension_only", row[name])
    check_done(batch)


MILESTONE_KIND = kind_register(
    Kind(
        Milestone,
        derived=frozenset({"baseline_on"}),
        check_new=_fill_baseline,
        check_changes=_refuse_date_changes,
    )
)
