"""Writes of targets, their lists and their figures."""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from projects.core.rows import row_create, row_update
from projects.evidence.services import file_keep
from projects.permissions import Actor
from targets.models import Measurement, Target, WorkItem, WorkItemEvidence
from targets.services.parts import breakdown_check


@transaction.atomic
def target_update(*, target: Target, by: Actor | None, changes: Mapping[str, Any]) -> Target:
    """Changes a target; its breakdown must still add up, or its note say why not."""
    changed = row_update(instance=target, by=by, changes=changes)
    if changes.keys() & {"value", "measure", "breakdown_note"}:
        breakdown_check(changed)
    return changed


@transaction.atomic
def measurement_record(*, by: Actor | None, fields: Mapping[str, Any]) -> Measurement:
    """Reports a target's figure for a period; the newest of a period counts.

    A figure that the system reads off projects, lists or parts is not reported again; of a target
    that is the sum of its parts, each part's is.
    """
    return row_create(model=Measurement, by=by, fields=fields)


def work_item_create(*, by: Actor | None, fields: Mapping[str, Any]) -> WorkItem:
    """Adds an item to a list; a department to those of the targets that it answers for."""
    return row_create(model=WorkItem, by=by, fields=fields)


def work_item_update(
    *, work_item: WorkItem, by: Actor | None, changes: Mapping[str, Any]
) -> WorkItem:
    """Changes an item of a list; once it is struck off, the day it was done on stays."""
    return row_update(instance=work_item, by=by, changes=changes)


def work_item_evidence_add(
    *, by: Actor | None, work_item: WorkItem, file: UploadedFile
) -> WorkItemEvidence:
    """Keeps a file that proves something of an item."""
    return file_keep(model=WorkItemEvidence, by=by, file=file, proves={"work_item": work_item})
