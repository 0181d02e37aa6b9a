"""What is particular to writing many figures, and many items of lists, at once."""

from projects.core.batch import Batch
from projects.core.bulk import Kind
from projects.handover.checks import not_done_tomorrow
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
    keys = {row["target"] for _number, row in batch.sound()}
    sources = {target.pk: target for target in Target.objects.filter(pk__in=keys)}
    named = {row["part"] for _number, row in batch.sound() if row.get("part")}
    rows = TargetPart.objects.filter(pk__in=named).select_related("department")
    parts = {part.pk: part for part in rows}
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


MEASUREMENTS = Kind(Measurement, check_new=_reported_figures)
WORK_ITEMS = Kind(WorkItem, check_new=_listed, check_changes=not_done_tomorrow)
