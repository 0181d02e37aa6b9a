"""Writes of departments."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core.errors import wrong
from projects.core.rows import row_update
from projects.models.organisation import Department


@transaction.atomic
def department_update(*, department: Department, by: Any, changes: Mapping[str, Any]) -> Department:
    """Changes a department; the tree stays a tree, or rights would run in a circle."""
    above = changes.get("parent")
    while above is not None:
        if above.pk == department.pk:
            raise wrong(
                "parent",
                _("“%(parent)s”就是本单位或在其下, 不能作上级单位。")
                % {"parent": changes["parent"]},
                "circle",
            )
        above = above.parent
    return row_update(instance=department, by=by, changes=changes)
