"""Files are kept for some days, and no longer."""

import datetime as dt

from django.db import transaction

from portfolio.reports.exporting import files
from portfolio.reports.models.export import Export, ExportState


def exports_expire(*, at: dt.datetime) -> int:
    """Removes the files whose days are over, and says so in their rows; returns how many."""
    found = 0
    for pk in Export.objects.past_keeping(at=at).order_by("id").values_list("id", flat=True):
        found += _expire(pk)
    return found


@transaction.atomic
def _expire(pk: int) -> int:
    export = Export.objects.select_for_update(no_key=True).filter(pk=pk, state="done").first()
    if export is None:
        return 0
    stored_as = export.stored_as
    export.state, export.stored_as = ExportState.EXPIRED, ""
    export.save(update_fields=["state", "stored_as"])
    transaction.on_commit(lambda: files.remove(stored_as))
    return 1


def exports_sweep() -> list[str]:
    """Removes the files that no row names (a worker died between file and row); returns them."""
    return files.sweep(set(Export.objects.filter(state="done").values_list("stored_as", flat=True)))
