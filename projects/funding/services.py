"""Writes of applications for money (work report §三（四）)."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from projects.choices import FundingState
from projects.core.rows import is_moved, label_of, require, row_create, row_update
from projects.funding.models import FundingApplication
from projects.funding.rules import (
    NOT_YET_KNOWN_FIELDS,
    find_missing_fields,
    find_premature_fields,
    may_become,
)
from projects.permissions import Actor


def funding_create(*, by: Actor | None, fields: Mapping[str, Any]) -> FundingApplication:
    """Registers an application in the state that it is in."""
    _check(fields.get("state", FundingState.PLANNED), fields)
    return row_create(model=FundingApplication, by=by, fields=fields)


@transaction.atomic
def funding_update(
    *, application: FundingApplication, by: Actor | None, changes: Mapping[str, Any]
) -> FundingApplication:
    """Changes an application; ``state`` moves as ``rules.py`` says."""
    locked = FundingApplication.objects.select_for_update().get(pk=application.pk)
    require(by, "change", locked)
    state = changes.get("state", locked.state)
    if not may_become(locked.state, state):
        raise StateConflictError(
            _("不能从“%(before)s”变为“%(after)s”。")
            % {"before": locked.get_state_display(), "after": FundingState(state).label},
            code="no_such_move",
        )
    if is_moved(locked, changes, "project"):
        raise field_error("project", _("资金申请不能改到另一个项目, 请另行登记。"), "fixed")
    if state != locked.state and state in (FundingState.PLANNED, FundingState.SUBMITTED):
        # What was decided before is history once it is asked anew.
        reset = dict.fromkeys(find_premature_fields(state, _values(locked)))
        changes = {**reset, **changes}
    _check(state, {**_values(locked), **changes})
    return row_update(instance=locked, by=by, changes=changes)


def _values(application: FundingApplication) -> dict[str, Any]:
    return {name: getattr(application, name) for name in NOT_YET_KNOWN_FIELDS}


def _check(state: str, values: Mapping[str, Any]) -> None:
    """Raises a ``ValidationError`` naming each field that the state needs or cannot know."""
    label = FundingState(state).label
    errors = {
        name: ValidationError(
            _("“%(state)s”须写明%(field)s。")
            % {"state": label, "field": label_of(FundingApplication, name)},
            code="required",
        )
        for name in find_missing_fields(state, values)
    } | {
        name: ValidationError(
            _("“%(state)s”还没有%(field)s。")
            % {"state": label, "field": label_of(FundingApplication, name)},
            code="premature",
        )
        for name in find_premature_fields(state, values)
    }
    for name in ("submitted_on", "decided_on"):
        day = values.get(name)
        if name not in errors and day is not None and day > clock.today():
            errors[name] = ValidationError(
                _("%(field)s %(day)s 晚于今天。")
                % {"field": label_of(FundingApplication, name), "day": day},
                code="in_the_future",
            )
    if errors:
        raise ValidationError(errors)
