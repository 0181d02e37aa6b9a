"""Reads what a report is asked for out of the address; unknown parameters are refused."""

import datetime as dt
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters.utils import translate_validation
from rest_framework import serializers

from portfolio.core import clock
from portfolio.core.api.filtering import refuse_unknown
from portfolio.core.history import past as as_of
from portfolio.reports.engine.report import Report, ReportQuery
from projects.permissions import Actor
from projects.permissions.access import access_of

COMPARE_TO = "compare_to"
SHARED = ("year", as_of.PARAMETER, COMPARE_TO, "page", "page_size", "format")
EARLIEST_YEAR, LAST_YEAR = 2000, 2100


class ReportQuerySerializer(serializers.Serializer):
    """The parameters that are no filters."""

    year = serializers.IntegerField(required=False, min_value=EARLIEST_YEAR, max_value=LAST_YEAR)
    since = serializers.DateField(required=False)
    quarter = serializers.IntegerField(required=False, min_value=1, max_value=4)


def parse_days(parameters: QueryDict) -> tuple[dt.date, dt.date | None]:
    """Returns the day that the report is of, and the one that it is compared with."""
    on = clock.today()
    if as_of.PARAMETER in parameters:
        on = as_of.parse_day(str(parameters[as_of.PARAMETER]))
    if COMPARE_TO not in parameters:
        return on, None
    return on, as_of.parse_day(str(parameters[COMPARE_TO]), parameter=COMPARE_TO)


def parse_query(
    report: Report, parameters: QueryDict, *, user: Actor, on: dt.date, year: int | None = None
) -> ReportQuery:
    """Returns what is asked as of ``on``, of ``year`` unless the address names one (the day's
    own by default); raises 400 naming the parameter that is wrong."""
    filters = report.filterset.base_filters
    refuse_unknown(parameters, {*SHARED, *filters, *report.parameters})
    more = _parse_others(parameters)
    year = more.pop("year", year or on.year)
    if more.get("since") and more["since"] > on:
        raise serializers.ValidationError(
            {"since": _("%(since)s 晚于 %(on)s。") % {"since": more["since"], "on": on}},
            code="after_the_day",
        )
    filtered = bool(parameters.keys() & filters.keys())
    question = report.name, _rights(user), on, year, tuple(sorted(more.items()))
    return ReportQuery(
        user=user,
        on=on,
        year=year,
        choose=_choose_rows(report, parameters, user, on),
        filtered=filtered,
        more=more,
        question=None if filtered else question,
    )


def _rights(user: Actor) -> Hashable:
    """Returns all that a person's conditions follow from: with equal rights they are equal."""
    access = access_of(user)
    return user.pk, user.is_active, access.superuser, frozenset(access.departments.items())


def _parse_others(parameters: QueryDict) -> dict[str, Any]:
    """Returns the parameters that are no filters, as values."""
    values, errors = {}, {}
    for name, field in _fields().items():
        if name in parameters:
            try:
                values[name] = field.run_validation(parameters[name])
            except serializers.ValidationError as error:
                errors[name] = error.detail
    if errors:
        raise serializers.ValidationError(errors)
    return values


@cache
def _fields() -> dict[str, serializers.Field]:
    """Returns the fields, made once: a serializer copies its own for each request."""
    return dict(ReportQuerySerializer().fields)


def _choose_rows(
    report: Report, parameters: QueryDict, user: Actor, on: dt.date
) -> Callable[[], QuerySet]:
    """Returns a function that gives the filtered rows. The filters are checked now, so that a wrong
    one raises 400 before anything is read."""
    if not parameters.keys() & report.filterset.base_filters.keys():
        return lambda: report.source(user=user, on=on)
    filtered = report.filterset(data=parameters, queryset=report.source(user=user, on=on))
    if not filtered.is_valid():
        raise translate_validation(filtered.errors)
    return lambda: filtered.qs
