"""Who may do what: one table (role × model × action), read by code, docs and tests."""

from projects.permissions.access import (
    departments_of,
    may_act,
    may_act_below,
    may_act_on,
    parent_condition,
    protected_fields,
    row_condition,
)
from projects.permissions.actor import Actor

__all__ = [
    "Actor",
    "departments_of",
    "may_act",
    "may_act_below",
    "may_act_on",
    "parent_condition",
    "protected_fields",
    "row_condition",
]  # fmt: skip
