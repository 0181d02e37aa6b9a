"""Writes of what a person does not want to be told: early 提醒 only (domain §5)."""

from collections.abc import Mapping
from typing import Any

from notifications.models.planning import TierOptOut
from projects.core.rows import row_create, row_delete


def tier_opt_out_create(*, by: Any, fields: Mapping[str, Any]) -> TierOptOut:
    """Keeps that the person does not want the 提醒 of so many days ahead (``days_before``).

    Nobody opts out for somebody else, and nobody of the day itself, of 催办 or of 督办.
    """
    return row_create(model=TierOptOut, by=by, fields={**fields, "user": by})


def tier_opt_out_delete(*, opt_out: TierOptOut, by: Any) -> None:
    """Takes the opt-out back: from now on the person is told again."""
    row_delete(instance=opt_out, by=by)
