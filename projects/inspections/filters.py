"""What the lists of the quarterly inspection can be asked for."""

from typing import Any

from django.db.models import QuerySet
from django_filters import BooleanFilter, FilterSet

from portfolio.core.api.filtering import (
    CommaChoiceFilter,
    CommaKeyFilter,
    CommaNumberFilter,
    CommaTextFilter,
)
from projects.inspections.models import RoundStatus
from projects.people.filters import department_filter, user_filter


class InspectionRoundFilter(FilterSet):
    year = CommaNumberFilter(field_name="year")
    quarter = CommaNumberFilter(field_name="quarter")
    status = CommaChoiceFilter(field_name="status", choices=RoundStatus.choices)


class InspectionEntryFilter(FilterSet):
    inspection_round = CommaKeyFilter(field_name="inspection_round")
    project = CommaKeyFilter(field_name="project", code_field="code")
    league = CommaTextFilter(field_name="league")
    withdrawn = BooleanFilter()
    lead_department = department_filter("project__lead_department")
    district = department_filter("project__district")


class InspectionScoreFilter(FilterSet):
    inspection_round = CommaKeyFilter(field_name="inspection_round")
    entry = CommaKeyFilter(field_name="entry")
    judge = CommaKeyFilter(field_name="judge")
    criterion = CommaKeyFilter(field_name="criterion")
    project = CommaKeyFilter(field_name="entry__project", code_field="code")


class InspectionDeductionFilter(FilterSet):
    inspection_round = CommaKeyFilter(field_name="entry__inspection_round")
    entry = CommaKeyFilter(field_name="entry")
    project = CommaKeyFilter(field_name="entry__project", code_field="code")


class InspectionResultFilter(FilterSet):
    inspection_round = CommaKeyFilter(field_name="entry__inspection_round")
    entry = CommaKeyFilter(field_name="entry")
    project = CommaKeyFilter(field_name="entry__project", code_field="code")
    lead_department = department_filter("entry__project__lead_department")
    district = department_filter("entry__project__district")
    league = CommaTextFilter(field_name="league")
    revision = CommaNumberFilter(field_name="revision")
    newest = BooleanFilter(method="only_newest")

    def only_newest(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        newest = queryset.newest()  # type: ignore[attr-defined]
        return newest if value else queryset.exclude(pk__in=newest.order_by().values("pk"))


class AmendmentFilter(FilterSet):
    inspection_round = CommaKeyFilter(field_name="inspection_round")
    score = CommaKeyFilter(field_name="score")
    entry = CommaKeyFilter(field_name="score__entry")
    project = CommaKeyFilter(field_name="score__entry__project", code_field="code")
    amended_by = user_filter("amended_by")
