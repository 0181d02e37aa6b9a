"""Brings the supporting departments of projects and targets into line with the data.

The same rule as in ``merging``: a support that a person added stays, and one that a person took
away does not come back.
"""

from typing import Any

from portfolio.tools.work_report.merge import MergeResult, events_of, is_by_loader

Pair = tuple[int, int]


def merge_supports(model: Any, owner: str, wanted: dict[int, set[int]]) -> MergeResult:
    """Gives what happened. ``owner``: the column of the supported row; ``wanted``: by its id."""
    outcome = MergeResult(str(model._meta.verbose_name))
    pairs = {(row, department) for row, departments in wanted.items() for department in departments}
    columns = (owner, "department_id")
    rows = model._base_manager.filter(**{f"{owner}__in": wanted})
    present = set(rows.values_list(*columns))
    outcome.same = len(pairs & present)
    if pairs == present:
        return outcome
    ours = _find_last_writers(model, columns, pairs ^ present)
    untouched = (pairs - present) - ours.keys()
    new = untouched | {pair for pair in pairs - present if ours.get(pair)}
    model._base_manager.bulk_create(
        model(**dict(zip(columns, pair, strict=True))) for pair in sorted(new)
    )
    gone = {pair for pair in present - pairs if ours.get(pair)}
    for row in rows:
        if (getattr(row, owner), row.department_id) in gone:
            row.delete()
    outcome.new, outcome.changed = len(new), len(gone)
    return outcome


def _find_last_writers(model: Any, columns: tuple[str, str], pairs: set[Pair]) -> dict[Pair, bool]:
    """Tells for each pair with a past whether the loader was the last to write it."""
    events = events_of(model).filter(**{f"{columns[0]}__in": {pair[0] for pair in pairs}})
    return {
        (event[columns[0]], event[columns[1]]): is_by_loader(event)
        for event in events.order_by("pgh_id").values()
    }
