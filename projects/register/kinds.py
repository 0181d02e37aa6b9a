"""What is particular to writing many projects, milestones, returns, departments, people."""

from collections.abc import Sequence
from typing import Any

from portfolio.core import clock
from projects.choices import Stage
from projects.core.bulk import STATEMENT_ROWS, Kind
from projects.register.checks import batch_check
from projects.register.models import Project, StageTransition
from projects.register.services import project_codes_allot


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


PROJECTS = Kind(
    Project,
    check_new=batch_check,
    check_changes=batch_check,
    number=_number_projects,
    after_new=_first_stages,
)
