"""The deadlines of this app: milestones."""

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from projects.choices import Stage
from projects.deadlines import NO_ID, DeadlineSource
from projects.models import Milestone


class MilestoneDeadlines(DeadlineSource):
    """A project's dated promise; the project's officer answers where it names nobody."""

    kind = "milestone"
    label = _("节点")
    columns = {
        "title": Concat("project__name", Value(" · "), "name", output_field=CharField()),
        "whole": F("project__name"),
        "promise": F("name"),
        "department_id": F("project__lead_department_id"),
        "department_name": F("project__lead_department__short_name"),
        "in_charge_id": Coalesce("officer_id", "project__officer_id"),
        "in_charge_name": Coalesce("officer__name", "project__officer__name"),
        "target_id": NO_ID,
        "done": ExpressionWrapper(Q(done_on__isnull=False), BooleanField()),
    }

    def queryset(self) -> QuerySet[Milestone]:
        return Milestone.objects.exclude(project__stage=Stage.CANCELLED)
