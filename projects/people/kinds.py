"""What is particular to writing projects, milestones, returns, departments, people."""

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.people.models import Department, Membership, User


def _check_no_circles(batch: Batch) -> None:
    """The tree of departments stays a tree, or rights would run in a circle."""
    moved = [(number, row["parent"]) for number, row in batch.sound() if row.get("parent")]
    if not moved or batch.present is None:
        return
    above = dict(Department.objects.order_by().values_list("pk", "parent_id"))
    for number, parent in moved:
        own = batch.present[number].pk
        above[own] = current = parent
        while current is not None and current != own:
            current = above.get(current)
        if current == own:
            message = _("上级单位就是本单位或在其下, 请另选。")
            batch.wrong(number, "parent", message, "circle", parent)


def _no_password(users: Sequence[User]) -> None:
    for user in users:  # nobody can sign in until an administrator sets one
        user.password = user.password or make_password(None)


DEPARTMENT_KIND = kind_register(Kind(Department, check_changes=_check_no_circles))
USER_KIND = kind_register(Kind(User, derived=frozenset({"password"}), number=_no_password))
MEMBERSHIP_KIND = kind_register(Kind(Membership))
