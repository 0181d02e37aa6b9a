"""Decisions on requests for a later date: signed, then granted or refused (domain §2).

A grant is the only way in which a milestone's due date moves; the database holds that too.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error, permission_error
from projects.choices import Decider, Role
from projects.core.rows import require
from projects.milestones.models import ExtensionRequest, ExtensionState, Milestone
from projects.milestones.rules import choose_decider, decide_by
from projects.people.actors import user_of
from projects.people.working_calendar import calendar_overrides
from projects.permissions import Actor
from projects.permissions.access import access_of


@transaction.atomic
def extension_sign(*, extension: ExtensionRequest, by: Actor | None) -> ExtensionRequest:
    """Puts the department's name to the request; from then on three working days are left to
    decide it. Who decides is fixed now, with the facts of now."""
    locked, milestone = _lock_extension(extension)
    require(by, "sign", locked)
    _check_state(locked, ExtensionState.ASKED, _("只有尚未签字的申请可以签字。"))
    if milestone.done_on:
        raise StateConflictError(_("节点已完成, 无须延期。"), code="already_done")
    granted = milestone.extension_requests.filter(state=ExtensionState.GRANTED)
    locked.decider = Decider(
        choose_decider(
            of_the_report=bool(milestone.report_key or milestone.section),
            granted_before=granted.count(),
            due_on=locked.due_on_before,
            new_due_on=locked.new_due_on,
        )
    )
    locked.state = ExtensionState.SIGNED
    locked.signed_by = user_of(by)
    locked.signed_at = clock.now()
    locked.decide_by = decide_by(clock.today(), calendar_overrides())
    return _saved(locked)


@transaction.atomic
def extension_grant(
    *, extension: ExtensionRequest, by: Actor | None, note: str = ""
) -> ExtensionRequest:
    """Grants the request: the due date moves, the baseline stays."""
    locked, milestone = _lock_decidable(extension, by)
    if milestone.done_on:
        raise StateConflictError(_("节点已完成, 无须延期。"), code="already_done")
    granted = _save_decision(locked, by, ExtensionState.GRANTED, note)
    milestone.due_on = granted.new_due_on
    milestone.full_clean()
    milestone.save(update_fields=["due_on"])
    return granted


@transaction.atomic
def extension_refuse(
    *, extension: ExtensionRequest, by: Actor | None, note: str
) -> ExtensionRequest:
    """Refuses the request, with the reason; the due date stays."""
    locked, _milestone = _lock_decidable(extension, by)
    if not note.strip():
        raise field_error("note", _("不同意须写明理由。"), "required")
    return _save_decision(locked, by, ExtensionState.REFUSED, note)


def may_decide(extension: ExtensionRequest, by: Actor | None) -> bool:
    """Returns whether this supervisor or leader is the one who decides this request.

    A leader's decision is that of the project's sponsor, where there is one in office.
    """
    if by is None or by.is_superuser:
        return True
    circles = access_of(by).circles()
    if extension.decider != Decider.LEADER:
        return Role.SUPERVISOR in circles
    if Role.LEADER not in circles:
        return False
    sponsor = extension.milestone.project.sponsor
    in_office = (
        sponsor is not None
        and sponsor.is_active
        and sponsor.memberships.filter(role=Role.LEADER).exists()
    )
    return not in_office or sponsor == by


def _lock_decidable(
    extension: ExtensionRequest, by: Actor | None
) -> tuple[ExtensionRequest, Milestone]:
    locked, milestone = _lock_extension(extension)
    require(by, "decide", locked)
    _check_state(locked, ExtensionState.SIGNED, _("只有已签字、尚未决定的申请可以决定。"))
    if not may_decide(locked, by):
        raise permission_error(
            _("该申请由%(who)s决定: 报告承诺、再次延期或超过30天的延期由包联市领导决定。")
            % {"who": Decider(locked.decider).label}
        )
    return locked, milestone


def _save_decision(
    extension: ExtensionRequest, by: Actor | None, state: ExtensionState, note: str
) -> ExtensionRequest:
    extension.state = state
    extension.decided_by = user_of(by)
    extension.decided_at = clock.now()
    extension.decision_note = note
    return _saved(extension)


def _lock_extension(extension: ExtensionRequest) -> tuple[ExtensionRequest, Milestone]:
    """Locks the milestone before its request, in the order in which requests are made."""
    milestone = Milestone.objects.select_for_update().get(pk=extension.milestone_id)
    locked = ExtensionRequest.objects.select_for_update().get(pk=extension.pk)
    return locked, milestone


def _check_state(extension: ExtensionRequest, state: ExtensionState, message: str) -> None:
    if extension.state != state:
        raise StateConflictError(
            _("%(rule)s现为“%(state)s”。")
            % {"rule": message, "state": extension.get_state_display()},
            code="wrong_state",
        )


def _saved(extension: ExtensionRequest) -> ExtensionRequest:
    extension.full_clean()
    extension.save()
    extension.refresh_from_db()  # the database counted the version
    return extension
