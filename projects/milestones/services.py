"""Writes of milestones and of requests for a later date."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from projects.core.rows import is_moved, row_create, row_delete, row_update
from projects.milestones.models import ExtensionRequest, ExtensionState, Milestone
from projects.permissions import Actor


@transaction.atomic
def extension_request(*, by: Actor | None, fields: Mapping[str, Any]) -> ExtensionRequest:
    """Asks for a later date; possible only before the day is over (domain §2)."""
    milestone: Milestone = Milestone.objects.select_for_update().get(pk=fields["milestone"].pk)
    if milestone.done_on:
        raise StateConflictError(_("节点已完成, 无须延期。"), code="already_done")
    if milestone.due_on < clock.today():
        raise StateConflictError(
            _("期限 %(day)s 已过, 不能再申请延期。") % {"day": milestone.due_on}, code="too_late"
        )
    if fields["new_due_on"] <= milestone.due_on:
        raise field_error(
            "new_due_on",
            _("新期限 %(new)s 应晚于现定期限 %(old)s。")
            % {"new": fields["new_due_on"], "old": milestone.due_on},
            "not_later",
        )
    return row_create(
        model=ExtensionRequest,
        by=by,
        fields={
            **fields,
            "due_on_before": milestone.due_on,
            "requested_by": by,
            "requested_at": clock.now(),
        },
    )


def extension_update(
    *, extension: ExtensionRequest, by: Actor | None, changes: Mapping[str, Any]
) -> ExtensionRequest:
    """Amends a request that nobody has signed yet; what it asks for is another request."""
    _check_unsigned(extension)
    if is_moved(extension, changes, "milestone"):
        raise field_error("milestone", _("不能改到另一个节点, 请另行提交申请。"), "fixed")
    return row_update(instance=extension, by=by, changes=changes)


def extension_withdraw(*, extension: ExtensionRequest, by: Actor | None) -> None:
    """Withdraws a request that nobody has signed yet."""
    _check_unsigned(extension)
    row_delete(instance=extension, by=by)


def _check_unsigned(extension: ExtensionRequest) -> None:
    if extension.state != ExtensionState.ASKED:
        raise StateConflictError(_("该申请已进入审签, 不能再修改或撤回。"), code="already_signed")
