"""What is particular to writing projects, milestones, returns, departments, people."""

from collections.abc import Sequence

from portfolio.core import clock
from projects.choices import Stage
from projects.core.bulk import Kind, kind_register
from projects.register.checks import check_project_batch
from projects.register.models import Project
from projects.register.services import first_stages, project_codes_allot


def _number_projects(projects: Sequence[Project]) -> None:
    codes = project_codes_allot(year=clock.today().year, count=len(projects)) if projects else []
    for project, code in zip(projects, codes, strict=True):
        project.code = code
        project.stage = Stage.RESERVE


PROJECT_KIND = kind_register(
    Kind(
        Project,
        check_new=check_project_batch,
        check_changes=check_project_batch,
        number=_number_projects,
        after_new=first_stages,
    )
)
