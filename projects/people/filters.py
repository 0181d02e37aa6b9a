"""What the lists can be asked for; several values with commas."""

from django_filters import BooleanFilter, DateFilter, FilterSet

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter, CommaTextFilter
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
