"""Who may do what: one table (role × model × action), read by code, docs and tests."""

from projects.permissions.access import (
    action_allowed,
    below_allowed,
    below_condition,
    departments_of,
    object_allowed,
    protected_fields,
    rows_allowed,
)
from projects.permissions.actor import Actor

__all__ = [
    "Actor", "action_allowed", "below_allowed", "below_condition", "departments_of",
    "object_allowed", "protected_fields", "rows_allowed",
]  # fmt: skip
