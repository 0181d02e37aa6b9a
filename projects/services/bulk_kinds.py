"""What is particular to writing many projects, milestones, returns, departments, people."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from portfolio.core import clock
from projects.choices import Stage
from projects.core.batch import Batch
from projects.core.bulk import STATEMENT_ROWS, Kind
from projects.models.organisation import Department, Membership, User
from projects.models.project import Project, StageTransition
from projects.services.project_check import batch_check
from projects.services.projects import project_codes_allot


def _number_projects(projects: Sequence[Project]) -> None:
    codes = project_codes_allot(year=clock.today().year, count=len(projects)) if projects else []
    for project, code in zip(projects, codes, strict=True):
        project.code = code
        project.stage = Stage.RESERVE


def _first_stages(projects: Sequence[Project], by: Any) -> None:
    # Told and not left to the column's default, which Django would send row by row.
    recorded_at = clock.now()
    StageTransition.objects.bulk_create(
        (
            StageTransition(
                project=project,
                to_stage=Stage.RESERVE,
                effective_on=clock.today(),
                recorded_by=by,
                recorded_at=recorded_at,
            )
            for project in projects
        ),
        batch_size=STATEMENT_ROWS,
    )


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
PROJECTS = Kind(
    Project,
    check_new=batch_check,
    check_changes=batch_check,
    number=_number_projects,
    after_new=_first_stages,
)
MEMBERSHIPS = Kind(Membership)
