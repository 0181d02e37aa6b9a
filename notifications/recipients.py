"""Says who is told of a deadline: who is in charge of it, and the department's reporters."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from projects.models import Department, Membership, Role, User

# The department that leads, and the person in charge where one is named.
Answering = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address and whose it is; ``user_id`` is None for a department's office mailbox."""

    address: str
    name: str
    user_id: int | None


def recipients_of(answering: Collection[Answering]) -> dict[Answering, tuple[Recipient, ...]]:
    """Returns whom to tell, for each of the pairs; three queries however many there are.

    People who have left are not told; where nobody is left the office mailbox is, and where
    there is none either the tuple is empty.
    """
    people = _people({person for _, person in answering if person is not None})
    departments = {department for department, _ in answering}
    reporters = _reporters(departments)
    mailboxes = _mailboxes(departments)
    found = {}
    for department, person in answering:
        told = [*([people[person]] if person in people else []), *reporters[department]]
        found[department, person] = tuple(dict.fromkeys(told or mailboxes.get(department, ())))
    return found


def _people(ids: set[int]) -> dict[int, Recipient]:
    users = User.objects.filter(pk__in=ids, is_active=True).exclude(email="").order_by()
    return {
        pk: Recipient(address=email, name=name, user_id=pk)
        for pk, email, name in users.values_list("pk", "email", "name")
    }


def _reporters(departments: set[int]) -> dict[int, list[Recipient]]:
    found: dict[int, list[Recipient]] = defaultdict(list)
    memberships = (
        Membership.objects.filter(
            department__in=departments, role=Role.REPORTER, user__is_active=True
        )
        .exclude(user__email="")
        .order_by("user_id")
        .values_list("department_id", "user_id", "user__email", "user__name")
    )
    for department, user, email, name in memberships:
        found[department].append(Recipient(address=email, name=name, user_id=user))
    return found


def _mailboxes(departments: set[int]) -> dict[int, tuple[Recipient, ...]]:
    offices = Department.objects.filter(pk__in=departments).exclude(email="").order_by()
    return {
        pk: (Recipient(address=email, name=name, user_id=None),)
        for pk, email, name in offices.values_list("pk", "email", "short_name")
    }
