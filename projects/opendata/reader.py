"""Reads what may be public of the projects, in a fixed number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Max, QuerySet

from portfolio.core import clock
from projects.milestones.models import Milestone
from projects.opendata.mapping import PublicMilestone, PublicMove, PublicPlan, PublicProject
from projects.people.models import Department
from projects.programmes.models import ProgrammeEntry
from projects.register.models import Project, StageTransition

_COLUMNS = (
    "id", "code", "name", "description", "category", "stage", "approval_code", "latitude",
    "longitude", "owner_company", "owner_credit_code", "total_investment", "district__name",
    "lead_department__code", "lead_department__name",
)  # fmt: skip
# Whose changes are changes of what is told, with their way to the project.
_SOURCES: list[tuple[Any, str]] = [
    (Project, "pgh_obj_id"),
    (Milestone, "project_id"),
    (ProgrammeEntry, "project_id"),
    (StageTransition, "project_id"),
]


def public_projects(rows: QuerySet[Project]) -> QuerySet[Project]:
    """Returns those of the rows that are open data: what is made up is not."""
    return rows.filter(synthetic=False).order_by("code")


def read_public_projects(rows: QuerySet[Project]) -> list[PublicProject]:
    """Returns the projects of a page."""
    found = list(rows.values(*_COLUMNS))
    ids = [row["id"] for row in found]
    moves, milestones, plans = _moves(ids), _milestones(ids), _plans(ids)
    changed = _read_last_changes(ids)
    return [
        PublicProject(
            code=row["code"],
            name=row["name"],
            description=row["description"],
            category=row["category"],
            stage=row["stage"],
            approval_code=row["approval_code"],
            department_code=row["lead_department__code"],
            department_name=row["lead_department__name"],
            district_name=row["district__name"],
            latitude=row["latitude"],
            longitude=row["longitude"],
            owner_company=row["owner_company"],
            owner_credit_code=row["owner_credit_code"],
            total_investment=row["total_investment"],
            updated=changed.get(row["id"]),
            moves=moves[row["id"]],
            milestones=milestones[row["id"]],
            plans=plans[row["id"]],
        )
        for row in found
    ]


def _read_last_changes(ids: list[int]) -> dict[int, dt.datetime]:
    """Returns when each project, or what hangs on it, last changed, by the history."""
    changed: dict[int, dt.datetime] = {}
    for model, project in _SOURCES:
        events = model._meta.get_field("events").related_model._base_manager.order_by()
        known = events.filter(**{f"{project}__in": ids}, pgh_created_at__lte=clock.now())
        for pk, moment in known.values_list(project).annotate(Max("pgh_created_at")):
            changed[pk] = max(moment.astimezone(clock.CITY_TIME), changed.get(pk, moment))
    return changed


def publisher_name() -> str:
    """Returns who publishes: the programme office."""
    office = Department.objects.filter(programme_office=True).values_list("name", flat=True)
    return office.first() or "重大项目办公室"


def _group_by_project(rows: Iterable[tuple], make: Any) -> dict[int, list]:
    """Returns project → what hangs on it, from rows that begin with the project."""
    grouped: dict[int, list] = defaultdict(list)
    for project, *values in rows:
        grouped[project].append(make(*values))
    return grouped


def _moves(ids: list[int]) -> dict[int, list[PublicMove]]:
    rows = StageTransition.objects.in_force().filter(project__in=ids)
    columns = ("project_id", "from_stage", "to_stage", "effective_on")
    ordered = rows.order_by("effective_on", "recorded_at", "id")
    return _group_by_project(ordered.values_list(*columns), PublicMove)


def _milestones(ids: list[int]) -> dict[int, list[PublicMilestone]]:
    rows = Milestone.objects.filter(project__in=ids).order_by("due_on", "id")
    return _group_by_project(
        rows.values_list("project_id", "id", "name", "due_on", "done_on"), PublicMilestone
    )


def _plans(ids: list[int]) -> dict[int, list[PublicPlan]]:
    """A plan that nobody has approved yet is no plan that the public could rely on."""
    rows = ProgrammeEntry.objects.filter(project__in=ids, approved_on__isnull=False)
    columns = (
        "project_id", "programme__year", "planned_investment", "planned_start",
        "planned_commissioning",
    )  # fmt: skip
    return _group_by_project(rows.order_by("programme__year").values_list(*columns), PublicPlan)
