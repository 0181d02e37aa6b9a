"""A target's own path 序时计划, month by month."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portfolio.core.errors import field_error
from projects.core.rows import row_create, row_update
from projects.permissions import Actor
from targets.models import Target, TargetPathPoint


def path_point_create(*, by: Actor | None, fields: Mapping[str, Any]) -> TargetPathPoint:
    """Adds what the target should stand at by the end of a month."""
    _check(fields["target"], fields["month"])
    return row_create(model=TargetPathPoint, by=by, fields=fields)


def path_point_update(
    *, point: TargetPathPoint, by: Actor | None, changes: Mapping[str, Any]
) -> TargetPathPoint:
    """Changes a point of a target's path."""
    _check(changes.get("target", point.target), changes.get("month", point.month))
    return row_update(instance=point, by=by, changes=changes)


def _check(target: Target, month: int) -> None:
    """A path ends at the promise itself: nobody plans anything else for its own day."""
    if target.value is None:
        raise field_error("target", _("没有目标值的目标没有序时计划。"), "no_value")
    last = target.due_on.month if target.due_on.year == target.year else 12
    if month >= last:
        raise field_error("month", _("期限当月起即为目标值, 只填此前各月。"), "after_the_due_month")
