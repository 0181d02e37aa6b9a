"""Says which deadlines are a person's own, and which are the person's departments'.

Both are conditions over ``projects.deadlines.ROW_COLUMNS``, for its ``deadline_rows(where=…)``: the
list of deadlines and the calendar ask the same.
"""

from django.db.models import Exists, Q

from projects.choices import Role
from projects.deadlines import sources
from projects.people.models import Membership
from projects.permissions import Actor, departments_of


def own_deadlines_condition(user: Actor) -> Q:
    """Returns the deadlines that the person answers for: in charge (a judge of the own scores, a
    leader of a decision), as the sponsoring leader, as a reporter of the department that leads, or
    as a supervisor of what waits for the supervisors' decision.

    These are the people whom reminders go to, of whatever tier; heads and supervisors, who are told
    of what is late, have a list of their own departments for it. No query of its own.
    """
    held = Membership.objects.filter(user=user.pk).order_by()
    reporting = held.filter(role=Role.REPORTER).values("department_id")
    supervising = held.filter(role=Role.SUPERVISOR).values("user_id")
    return (
        Q(in_charge_id=user.pk)
        | Q(sponsor_id=user.pk)
        | Q(department_id__in=reporting, kind__in=_kinds_answered_by(Role.REPORTER))
        | Q(Exists(supervising), kind__in=_kinds_answered_by(Role.SUPERVISOR))
    )


def _kinds_answered_by(role: Role) -> list[str]:
    return [source.kind for source in sources() if source.answering == role]


def department_deadlines_condition(user: Actor) -> Q:
    """Returns the deadlines of the person's departments, with those below them, in any role."""
    return Q(department_id__in=departments_of(user))
