"""The deadlines of this app: milestones, returns, problems, requests awaiting a decision."""

from typing import Any

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from projects.choices import Stage
from projects.deadlines import NO_DAY, NO_ID, DeadlineSource
from projects.problems.models import Problem
from projects.problems.rules import DONE_BY_THE_SOLVER


class ProblemDeadlines(DeadlineSource):
    """A problem that a department must solve by a day; once it says how, its part is done."""

    kind = "problem"
    label = _("堵点")
    columns = {
        "whole": F("project__name"),
        "promise": F("title"),  # before the column of that name
        "title": Concat("project__name", Value(" · "), "title", output_field=CharField()),
        "commitment": Value(""),
        "section": Value(""),
        "department_id": F("solver_department_id"),
        "department_name": F("solver_department__short_name"),
        "in_charge_id": NO_ID,
        "in_charge_name": Value(""),
        "sponsor_id": F("project__sponsor_id"),
        "forecast_on": NO_DAY,
        "target_id": NO_ID,
        "done": ExpressionWrapper(Q(state__in=DONE_BY_THE_SOLVER), BooleanField()),
    }

    def queryset(self) -> QuerySet[Problem, Any]:
        assigned = Problem.objects.filter(due_on__isnull=False)
        # A problem has a kind and a title of its own: without them the columns can be so called.
        return assigned.exclude(project__stage=Stage.CANCELLED).values("pk")
