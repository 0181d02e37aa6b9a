"""What a new row's form starts with."""

from typing import Any

from django.http import HttpRequest

from projects.choices import Role
from projects.permissions.access import memberships_of


def own_department(request: HttpRequest) -> dict[str, Any]:
    """Puts what a reporter or head adds under the own department."""
    own = memberships_of(request.user).filter(role__in=(Role.REPORTER, Role.HEAD)).first()
    return {"lead_department": own.department_id} if own else {}
