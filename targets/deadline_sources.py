"""The deadlines of this app: targets and the items of the lists behind them."""

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from projects.deadlines import NO_ID, DeadlineSource
from targets.models import Target, WorkItem


class TargetDeadlines(DeadlineSource):
    """What was promised for the year. A target bears no day of completion, so it is open until
    its status is judged from its figures."""

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
        "project_id": NO_ID,
        "target_id": F("pk"),
        "done": Value(False),
    }

    def queryset(self) -> QuerySet[Target]:
        return Target.objects.all()


class WorkItemDeadlines(DeadlineSource):
    """One thing on the list behind a target; as firmly promised as the target itself."""

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
        "project_id": NO_ID,
        "done": ExpressionWrapper(Q(done_on__isnull=False), BooleanField()),
    }

    def queryset(self) -> QuerySet[WorkItem]:
        return WorkItem.objects.all()
