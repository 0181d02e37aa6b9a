"""What the lists of targets can be asked for; several values with commas."""

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet

from portfolio.core.api.filtering import (
    CommaChoiceFilter,
    CommaKeyFilter,
    CommaNumberFilter,
    CommaTextFilter,
)
from projects.choices import Assigned, Commitment, HandoverState
from projects.evidence.api import FileFilter
from projects.handover.api import StepFilter
from projects.people.filters import department_filter, user_filter
from targets.api.status import StatusFilter
from targets.choices import (
    Comparator,
    Frequency,
    Measure,
    ProjectFigure,
    Source,
    WorkItemKind,
)


class TargetFilter(FilterSet):
    year = CommaNumberFilter(field_name="year")
    commitment = CommaChoiceFilter(field_name="commitment", choices=Commitment.choices)
    comparator = CommaChoiceFilter(field_name="comparator", choices=Comparator.choices)
    measure = CommaChoiceFilter(field_name="measure", choices=Measure.choices)
    source = CommaChoiceFilter(field_name="source", choices=Source.choices)
    assigned = CommaChoiceFilter(field_name="assigned", choices=Assigned.choices)
    lead_department = department_filter("lead_department")
    supporting_department = CommaKeyFilter(
        field_name="supporting_departments", code_field="code", distinct=True
    )
    sponsor = user_filter("sponsor")
    section = CommaTextFilter(field_name="section")
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")
    frequency = CommaChoiceFilter(field_name="frequency", choices=Frequency.choices)
    project_figure = CommaChoiceFilter(field_name="project_figure", choices=ProjectFigure.choices)
    status = StatusFilter()  # the last: it judges only what the others have left


class TargetPathPointFilter(FilterSet):
    target = CommaKeyFilter(field_name="target")
    year = CommaNumberFilter(field_name="target__year")
    month = CommaNumberFilter(field_name="month")


class TargetPartFilter(FilterSet):
    target = CommaKeyFilter(field_name="target")
    parent = CommaKeyFilter(field_name="parent")
    department = department_filter("department")
    year = CommaNumberFilter(field_name="target__year")


class WorkItemFilter(FilterSet):
    target = CommaKeyFilter(field_name="target")
    year = CommaNumberFilter(field_name="target__year")
    kind = CommaChoiceFilter(field_name="kind", choices=WorkItemKind.choices)
    placeholder = BooleanFilter(field_name="placeholder")
    hand_over_state = CommaChoiceFilter(
        field_name="hand_over_state", choices=HandoverState.choices, label=_("交办进展")
    )
    finished_late = BooleanFilter(field_name="finished_late", label=_("完成晚于期限"))
    lead_department = department_filter("lead_department")
    officer = user_filter("officer")
    done = BooleanFilter(field_name="done_on", lookup_expr="isnull", exclude=True)
    section = CommaTextFilter(field_name="section")
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")


class WorkItemStepFilter(StepFilter):
    work_item = CommaKeyFilter(field_name="work_item")
    target = CommaKeyFilter(field_name="work_item__target")
    kind = CommaChoiceFilter(field_name="work_item__kind", choices=WorkItemKind.choices)
    lead_department = department_filter("work_item__lead_department")


class WorkItemEvidenceFilter(FileFilter):
    work_item = CommaKeyFilter(field_name="work_item")
    target = CommaKeyFilter(field_name="work_item__target")
    lead_department = department_filter("work_item__lead_department")


class MeasurementFilter(FilterSet):
    target = CommaKeyFilter(field_name="target")
    part = CommaKeyFilter(field_name="part")
    year = CommaNumberFilter(field_name="target__year")
    period = CommaTextFilter(field_name="period")
    lead_department = department_filter("target__lead_department")
