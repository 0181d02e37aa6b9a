"""The deadlines of this app: milestones, returns, problems, requests awaiting a decision."""

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, LPad
from django.utils.translation import gettext_lazy as _

from projects.choices import Stage
from projects.deadlines import NO_DAY, NO_ID, DeadlineSource
from projects.returns.models import ProgressReturn
from projects.returns.querysets import OWED_STATES


class ReturnDeadlines(DeadlineSource):
    """A month's return that a project owes; done as long as it is handed in, owed again when it
    is sent back. A correction has no deadline."""

    kind = "progress_return"
    label = _("月报")
    _promise = (
        Cast("period__year", CharField()), Value("-"),
        LPad(Cast("period__month", CharField()), 2, Value("0")),
        Value(" "), Value(_("月报"), CharField()),
    )  # fmt: skip
    columns = {
        "title": Concat("project__name", Value(" · "), *_promise, output_field=CharField()),
        "whole": F("project__name"),
        "promise": Concat(*_promise, output_field=CharField()),
        "due_on": F("period__due_on"),
        "commitment": Value(""),
        "section": F("project__section"),
        "department_id": F("project__lead_department_id"),
        "department_name": F("project__lead_department__short_name"),
        "in_charge_id": F("project__officer_id"),
        "in_charge_name": F("project__officer__name"),
        "sponsor_id": F("project__sponsor_id"),
        # When it will be handed in nobody foretells; the forecast on it is of the project.
        "forecast_on": NO_DAY,
        "target_id": NO_ID,
        "done": ExpressionWrapper(~Q(state__in=OWED_STATES), BooleanField()),
    }

    def queryset(self) -> QuerySet[ProgressReturn]:
        first = ProgressReturn.objects.filter(revision=1)
        return first.exclude(project__stage=Stage.CANCELLED)
