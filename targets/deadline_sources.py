"""The deadlines of this app: targets and the items of the lists behind them."""

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from projects.deadlines import NO_DAY, NO_ID, DeadlineSource
from targets.choices import Status
from targets.models import Target, WorkItem
from targets.services.status import targets_assess


class TargetDeadlines(DeadlineSource):
    """What was promised for the year. A target bears no day of completion: it is done when its
    figures say that it is achieved."""

    kind = "target"
    label = _("目标")
    columns = {
        "title": F("name"),
        "whole": Value(""),
        "promise": F("name"),
        "department_id": F("lead_department_id"),
        "department_name": F("lead_department__short_name"),
        "in_charge_id": NO_ID,
        "in_charge_name": Value(""),
        "forecast_on": NO_DAY,
        "project_id": NO_ID,
        "target_id": F("pk"),
    }

    def queryset(self) -> QuerySet[Target]:
        return Target.objects.all()

    def read_before(self) -> tuple[int, ...]:
        """Returns the targets that are achieved."""
        found = targets_assess(list(self.queryset().order_by()), on=clock.today())
        return tuple(key for key, each in found.items() if each.status == Status.ACHIEVED)

    def annotated(
        self, wanted: Collection[str], read: tuple[int, ...] | None = None
    ) -> QuerySet[Target]:
        rows = super().annotated(wanted)
        if "done" not in wanted:
            return rows
        done = self.read_before() if read is None else read
        return rows.annotate(
            done=ExpressionWrapper(Q(pk__in=done), BooleanField()) if done else Value(False)
        )


class WorkItemDeadlines(DeadlineSource):
    """One thing on the list behind a target; as firmly promised as the target itself. What stands
    for a list that is still to be itemised is due with its target, and not once more."""

    kind = "work_item"
    label = _("清单事项")
    columns = {
        "title": Concat("target__name", Value(" · "), "name", output_field=CharField()),
        "whole": F("target__name"),
        "promise": F("name"),
        "commitment": F("target__commitment"),
        "department_id": F("lead_department_id"),
        "department_name": F("lead_department__short_name"),
        "in_charge_id": F("officer_id"),
        "in_charge_name": F("officer__name"),
        "sponsor_id": F("target__sponsor_id"),
        "forecast_on": NO_DAY,
        "project_id": NO_ID,
        "done": ExpressionWrapper(Q(done_on__isnull=False), BooleanField()),
    }

    def queryset(self) -> QuerySet[WorkItem, Any]:
        # An item has a kind of its own: without it the column can be so called.
        return WorkItem.objects.dated(on=clock.today()).values("pk")
