"""What the lists can be asked for; several values with commas."""

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, FilterSet, NumberFilter

from portfolio.core.api.filtering import (
    CommaChoiceFilter,
    CommaKeyFilter,
    CommaNumberFilter,
    CommaTextFilter,
)
from projects import choices
from projects.people.filters import department_filter, user_filter


class ProjectFilter(FilterSet):
    code = CommaTextFilter(field_name="code")
    approval_code = CommaTextFilter(field_name="approval_code")
    stage = CommaChoiceFilter(field_name="stage", choices=choices.Stage.choices)
    light = CommaChoiceFilter(
        field_name="light", choices=choices.LightColour.choices, label=_("红黄绿灯")
    )
    category = CommaChoiceFilter(field_name="category", choices=choices.Category.choices)
    cluster = CommaChoiceFilter(field_name="cluster", choices=choices.Cluster.choices)
    district = department_filter("district")
    lead_department = department_filter("lead_department")
    supporting_department = CommaKeyFilter(
        field_name="supporting_departments", code_field="code", distinct=True
    )
    officer = user_filter("officer")
    sponsor = user_filter("sponsor")
    responsible_head = user_filter("responsible_head")
    year = CommaNumberFilter(field_name="programme_entries__programme__year", distinct=True)
    section = CommaTextFilter(field_name="section")
    synthetic = BooleanFilter()
    entered_statistics = BooleanFilter(
        field_name="entered_statistics_on", lookup_expr="isnull", exclude=True
    )
    total_investment_min = NumberFilter(field_name="total_investment", lookup_expr="gte")
    total_investment_max = NumberFilter(field_name="total_investment", lookup_expr="lte")
