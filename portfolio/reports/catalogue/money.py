"""The year's money of each project: planned by the programme, done by the accepted returns."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from django.db.models import QuerySet, Sum

from portfolio.reports.engine.report import ReportQuery
from projects.programmes.models import ProgrammeEntry
from projects.returns.models import ProgressReturn


@dataclass(slots=True)
class ProjectMoney:
    """A project's year, 万元: planned, done as reported (调度), done in the statistics (入统)."""

    planned: Decimal = Decimal(0)
    done: Decimal = Decimal(0)
    done_statistical: Decimal = Decimal(0)


NO_MONEY = ProjectMoney()


def money_by_project(asked: ReportQuery) -> dict[int, ProjectMoney]:
    """Returns project id → money of the year up to the day; two queries."""
    found: dict[int, ProjectMoney] = defaultdict(ProjectMoney)
    for project, planned in asked.read("money planned", partial(_read_planned, asked)):
        found[project].planned += planned
    for project, reported, statistical in asked.read("money done", partial(_read_done, asked)):
        found[project].done += reported or 0
        found[project].done_statistical += statistical or 0
    return found


def _read_planned(asked: ReportQuery) -> QuerySet:
    entries = ProgrammeEntry.objects.in_force(on=asked.on).filter(
        programme__year=asked.year, planned_investment__isnull=False
    )
    return entries.order_by().values_list("project_id", "planned_investment")


def _read_done(asked: ReportQuery) -> QuerySet:
    returns = ProgressReturn.objects.visible_to(asked.user).counted()
    return (
        returns.filter(period__year=asked.year)
        .order_by()
        .values_list("project_id")
        .annotate(reported=Sum("investment_reported"), statistical=Sum("investment_statistical"))
    )
