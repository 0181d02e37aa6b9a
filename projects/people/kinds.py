"""What is particular to writing many projects, milestones, returns, departments, people."""

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.bulk import Kind
from projects.people.models import Department, Membership, User


def _no_circles(batch: Batch) -> None:
    """The tree of departments stays a tree, or rights would run in a circle."""
    above = dict(Department.objects.order_by().values_list("pk", "parent_id"))
    for number, row in batch.sound():
        if row.get("parent") is None or batch.present is None:
            continue
        own = batch.present[number].pk
        above[own] = current = row["parent"]
        while current is not None and current != own:
            current = above.get(current)
        if current == own:
            message = _("上级单位就是本单位或在其下, 请另选。")
            batch.wrong(number, "parent", message, "circle", row["parent"])


def _no_password(users: Sequence[User]) -> None:
    for user in users:  # nobody can sign in until an administrator sets one
        user.password = make_password(None)


DEPARTMENTS = Kind(Department, check_changes=_no_circles)
PEOPLE = Kind(User, derived=frozenset({"password"}), number=_no_password)
MEMBERSHIPS = Kind(Membership)
