"""What the lists can be asked for; several values with commas."""

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter, CommaTextFilter
from projects import choices
from projects.choices import Decider, HandoverState
from projects.milestones.models import DateBasis, ExtensionState
from projects.people.filters import department_filter, user_filter


class MilestoneFilter(FilterSet):
    project = CommaKeyFilter(field_name="project", code_field="code")
    lead_department = department_filter("project__lead_department")
    officer = user_filter("officer")
    commitment = CommaChoiceFilter(field_name="commitment", choices=choices.Commitment.choices)
    date_basis = CommaChoiceFilter(field_name="date_basis", choices=DateBasis.choices)
    done = BooleanFilter(field_name="done_on", lookup_expr="isnull", exclude=True)
    section = CommaTextFilter(field_name="section")
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")
    hand_over_state = CommaChoiceFilter(
        field_name="hand_over_state",
        choices=HandoverState.choices,
        label=_("交办进展"),
    )
    finished_late = BooleanFilter(field_name="finished_late", label=_("完成晚于基准日期"))


class ExtensionRequestFilter(FilterSet):
    milestone = CommaKeyFilter(field_name="milestone")
    project = CommaKeyFilter(field_name="milestone__project", code_field="code")
    state = CommaChoiceFilter(field_name="state", choices=ExtensionState.choices)
    decider = CommaChoiceFilter(field_name="decider", choices=Decider.choices)
    decide_before = DateFilter(field_name="decide_by", lookup_expr="lte")
    lead_department = department_filter("milestone__project__lead_department")
