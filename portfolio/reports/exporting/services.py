"""A person asks for an export, and takes it back."""

import datetime as dt

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ValidationError

from portfolio.core.errors import StateConflictError
from portfolio.core.locks import acquire_transaction_lock
from portfolio.reports.exporting import files
from portfolio.reports.exporting.addresses import FIELD, normalize_address, parse_address
from portfolio.reports.exporting.models import Export, ExportState
from portfolio.reports.exporting.progress import publish_removal
from portfolio.reports.exporting.refusals import iter_errors
from portfolio.reports.subscriptions.models import SubscriptionCopy
from projects.core.rows import row_create, row_delete
from projects.permissions import Actor

MOST_WAITING = 10  # a person's at a time


@transaction.atomic
def export_create(*, by: Actor, address: str, unbidden: bool = False) -> Export:
    """Queues the address' answer, in the present language; raises ``ValidationError`` of the field
    ``address`` naming what in it is wrong, and what the address itself would refuse.

    What comes ``unbidden`` (a subscription's) waits however much the person has waiting, and keeps
    nobody from asking.
    """
    address = normalize_address(address)
    content = parse_address(address)
    try:
        content.check(by)
    except (ValidationError, NotAcceptable) as error:
        raise ValidationError({FIELD: list(iter_errors(error.detail))}) from error
    acquire_transaction_lock(f"exports.{by.pk}")
    asked = Export.objects.filter(owner=by.pk, subscription_copy__isnull=True).unfinished()
    if not unbidden and asked.count() >= MOST_WAITING:
        raise StateConflictError(
            _("您已有 %(most)d 个导出在排队; 请等它们完成, 或先取消不再需要的。")
            % {"most": MOST_WAITING},
            code="too_many",
        )
    fields = {
        "owner": by,
        "address": address,
        "title": content.title,
        "format": content.format,
        "language": get_language() or "",
        "file_name": content.file_name,
    }
    return row_create(model=Export, by=by, fields=fields)


@transaction.atomic
def export_remove(*, export: Export, by: Actor | None) -> None:
    """Removes an export with its file; one that is running ends at its next rows, one that is gone
    already is gone."""
    locked = Export.objects.select_for_update(no_key=True).filter(pk=export.pk).first()
    if locked is None:
        return
    if locked.state == ExportState.FAILED:
        # The log goes on saying why, and its owner is not told again.
        copies = SubscriptionCopy.objects.filter(export=locked)
        copies.update(export=None, refused=locked.error)
    row_delete(instance=locked, by=by)
    transaction.on_commit(lambda: files.remove_file(locked.stored_as))
    if locked.state == ExportState.RUNNING:
        transaction.on_commit(lambda: publish_removal(export.pk))


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
    transaction.on_commit(lambda: files.remove_file(stored_as))
    return 1


def exports_sweep() -> list[str]:
    """Removes the files that no row names (a worker died between file and row); returns them."""
    return files.remove_orphans(
        set(Export.objects.filter(state="done").values_list("stored_as", flat=True))
    )
