"""What is particular to writing figures, and items of lists."""

from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.handover.checks import check_done, not_done_tomorrow
from targets.models import Measurement, Target, TargetPart, WorkItem
from targets.services.sources import (
    inner_parts,
    not_its_list,
    period_problem,
    report_problem,
    targets_to_list_for,
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
        problem = report_problem(target, part, inner=key in inner)
        problem = problem or period_problem(target, row["period"])
        if problem:
            value = {"target": target.pk, "part": key, "period": row["period"]}[problem.field]
            batch.wrong(number, problem.field, problem.message, problem.code, value)
        row["recorded_by"] = batch.by.pk if batch.by else None


def _listed(batch: Batch) -> None:
    """A department adds to the lists of its own targets."""
    allowed = targets_to_list_for(batch.by, {row["target"] for _number, row in batch.sound()})
    for number, row in batch.sound():
        if row["target"] not in allowed:
            batch.wrong(
                number, "target", not_its_list(), "not_its_list", row["target"], "forbidden"
            )
    not_done_tomorrow(batch)


MEASUREMENTS = kind_register(Kind(Measurement, check_new=_reported_figures))
WORK_ITEMS = kind_register(Kind(WorkItem, check_new=_listed, check_changes=check_done))
