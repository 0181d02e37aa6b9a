"""Writes of targets, their lists and their figures."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.errors import wrong
from projects.services.milestones import check_not_in_the_future
from projects.services.rows import row_create, row_update
from targets.choices import Source
from targets.models import Measurement, WorkItem


@transaction.atomic
def measurement_record(*, by: Any, fields: Mapping[str, Any]) -> Measurement:
    """Reports a target's figure for a period; the newest of a period counts.

    A figure that the system reads off projects, lists or parts is not reported again.
    """
    target = fields["target"]
    if target.source != Source.REPORTED:
        raise wrong(
            "target",
            _("目标“%(name)s”的数值%(source)s, 无须填报。")
            % {"name": target.name, "source": target.get_source_display()},
            "not_reported",
        )
    return row_create(model=Measurement, by=by, fields={**fields, "recorded_by": by})


def work_item_create(*, by: Any, fields: Mapping[str, Any]) -> WorkItem:
    """Adds an item to a list."""
    check_not_in_the_future(fields.get("done_on"))
    return row_create(model=WorkItem, by=by, fields=fields)


def work_item_update(*, work_item: WorkItem, by: Any, changes: Mapping[str, Any]) -> WorkItem:
    """Changes an item of a list."""
    check_not_in_the_future(changes.get("done_on"))
    return row_update(instance=work_item, by=by, changes=changes)
