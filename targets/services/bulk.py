"""What is particular to writing figures, and items of lists."""

from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.handover.checks import check_done, check_done_on
from targets.models import Measurement, Target, TargetPart, WorkItem
from targets.services.sources import (
    find_period_fault,
    find_report_fault,
    inner_parts,
    not_its_list_message,
    targets_open_to_items,
)


def _reported_figures(batch: Batch) -> None:
    """A figure that the system reads off projects, lists or parts is not reported again."""
    sources = batch.related(Target, (row["target"] for _number, row in batch.sound()))
    named = {row["part"] for _number, row in batch.sound() if row.get("part")}
    parts = batch.related(TargetPart, named, "department")
    inner = inner_parts(named) if named else set()
    for number, row in batch.sound():
        target, key = sources[row["target"]], row.get("part")
        part = parts[key] if key else None
        problem = find_report_fault(target, part, inner=key in inner)
        problem = problem or find_period_fault(target, row["period"])
        if problem:
            value = {"target": target.pk, "part": key, "period": row["period"]}[problem.field]
            batch.wrong(number, problem.field, problem.message, problem.code, value)
        row["recorded_by"] = batch.by.pk if batch.by else None


def _check_own_lists(batch: Batch) -> None:
    """A department adds to the lists of its own targets."""
    allowed = targets_open_to_items(batch.by, {row["target"] for _number, row in batch.sound()})
    for number, row in batch.sound():
        if row["target"] not in allowed:
            batch.wrong(
                number, "target", not_its_list_message(), "not_its_list", row["target"], "forbidden"
            )
    check_done_on(batch)


MEASUREMENT_KIND = kind_register(Kind(Measurement, check_new=_reported_figures))
WORK_ITEM_KIND = kind_register(Kind(WorkItem, check_new=_check_own_lists, check_changes=check_done))
