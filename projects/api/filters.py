"""What the lists can be asked for; several values with commas."""

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet, NumberFilter

from portfolio.core.api.filtering import (
    CommaChoiceFilter,
    CommaKeyFilter,
    CommaNumberFilter,
    CommaTextFilter,
)
from projects import choices


def department_filter(field: str) -> CommaKeyFilter:
    return CommaKeyFilter(field_name=field, code_field="code")


def user_filter(field: str) -> CommaKeyFilter:
    return CommaKeyFilter(field_name=field, code_field="username")


class DepartmentFilter(FilterSet):
    code = CommaTextFilter(field_name="code")
    kind = CommaChoiceFilter(field_name="kind", choices=choices.DepartmentKind.choices)
    parent = department_filter("parent")
    active = BooleanFilter()
    programme_office = BooleanFilter()


class UserFilter(FilterSet):
    username = CommaTextFilter(field_name="username")
    is_active = BooleanFilter()
    department = department_filter("memberships__department")
    role = CommaChoiceFilter(field_name="memberships__role", choices=choices.Role.choices)


class MembershipFilter(FilterSet):
    user = user_filter("user")
    department = department_filter("department")
    role = CommaChoiceFilter(field_name="role", choices=choices.Role.choices)


class CalendarDayFilter(FilterSet):
    working = BooleanFilter()
    day_after = DateFilter(field_name="day", lookup_expr="gte")
    day_before = DateFilter(field_name="day", lookup_expr="lte")


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
