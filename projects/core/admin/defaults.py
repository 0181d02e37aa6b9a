"""What a new row's form starts with."""

from typing import Any

from django.http import HttpRequest

from projects.choices import Role


def own_department(request: HttpRequest) -> dict[str, Any]:
    """Puts what a reporter or head adds under the own department."""
    user: Any = request.user
    own = user.memberships.filter(role__in=(Role.REPORTER, Role.HEAD)).first()
    return {"lead_department": own.department_id} if own else {}
