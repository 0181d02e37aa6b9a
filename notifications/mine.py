"""Says which deadlines are a person's own, and which are the person's departments'.

Both are conditions over ``projects.deadlines.ROW_COLUMNS``, for its ``deadline_rows(where=…)``: the
list of deadlines and the calendar ask the same.
"""

from typing import Any

from django.db.models import Q

from projects.models import Membership, Role
from projects.permissions import departments_of


def my_deadlines(user: Any) -> Q:
    """Returns the deadlines that the person answers for: in charge (a judge of the own scores, a
    leader of a decision), as the sponsoring leader, or as a reporter of the department that leads.

    These are the people whom reminders go to, of whatever tier; heads and supervisors, who are told
    of what is late, have a list of their own departments for it. No query of its own.
    """
    reporting = Membership.objects.filter(user=user.pk, role=Role.REPORTER).order_by()
    return (
        Q(in_charge_id=user.pk)
        | Q(sponsor_id=user.pk)
        | Q(department_id__in=reporting.values("department_id"))
    )


def department_deadlines(user: Any) -> Q:
    """Returns the deadlines of the person's departments, with those below them, in any role."""
    return Q(department_id__in=departments_of(user))
