"""Builds the API address that an issue of a subscription exports, and describes that address in
words."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q
from django.http import QueryDict
from django.utils.encoding import uri_to_iri
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import BooleanFilter, ChoiceFilter, Filter
from rest_framework import exceptions

from portfolio.core import clock
from portfolio.core.api.filtering import MOST_ID_DIGITS, CommaChoiceFilter, CommaKeyFilter
from portfolio.core.errors import field_error
from portfolio.core.history import past as as_of
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.exporting.addresses import API, parse_address
from portfolio.reports.exporting.contents import Content, ListContent, ReportContent
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.refusals import iter_errors
from portfolio.reports.subscriptions.models import BULLETIN, ReportSubscription
from projects.permissions import Actor
from projects.programmes.rules import month_end

ONE_DAY = dt.timedelta(days=1)
MONTH = "month"
SINCE = "since"
# What the day of an issue decides, and what a file has no use for.
DECIDED = (as_of.PARAMETER, MONTH, "format", "page", "page_size")
_LABELS: Final = {
    "year": gettext_lazy("年度"),
    SINCE: gettext_lazy("起始日"),
    "quarter": gettext_lazy("季度"),
    "compare_to": gettext_lazy("对比日"),
    MONTH: gettext_lazy("月份"),
    "issuer": gettext_lazy("发文机关"),
    "number": gettext_lazy("发文字号"),
    "signer": gettext_lazy("签发人"),
    "recipients": gettext_lazy("主送机关"),
    "copies": gettext_lazy("抄送机关"),
    "issued_on": gettext_lazy("成文日期"),
    "answer": gettext_lazy("申辩"),
    "q": gettext_lazy("搜索"),
    "ordering": gettext_lazy("排序"),
    "fields": gettext_lazy("字段"),
    "newest": gettext_lazy("只看最新"),
    "status": gettext_lazy("状态"),
}
# What a filter by a bound is called, after what it bounds.
_ENDS: Final = {
    "gte": gettext_lazy("%s (起)"),
    "lte": gettext_lazy("%s (止)"),
}


def issue_as_of(report: str, day: dt.date, *, named: dt.date | None = None) -> dt.date:
    """Returns the day that an issue made on ``day`` reports on: the day before. A bulletin never
    looks beyond the month in which it should have come; later facts belong to the next one."""
    before = day - ONE_DAY
    if report != BULLETIN or named is None:
        return before
    return min(before, month_end(named.year, named.month))


def build_issue_address(
    subscription: ReportSubscription,
    day: dt.date,
    *,
    named: dt.date | None = None,
    told_until: dt.date | None = None,
) -> str:
    """Returns path and query of what an issue of the day asks for, which the rhythm may have
    ``named`` on a day off before it.

    A bulletin is of the month before the one in which it was to come, so that each month has its
    own when a month's end is a day off. A report of what has happened since some day begins,
    unless the parameters say otherwise, where the issue before ended (``find_previous_end``).
    """
    query = QueryDict(subscription.parameters, mutable=True)
    report = REPORTS.get(subscription.report)
    if subscription.report == BULLETIN:
        query[MONTH] = f"{(named or day).replace(day=1) - ONE_DAY:%Y-%m}"
    elif told_until is not None and SINCE in getattr(report, "parameters", ()):
        query.setdefault(SINCE, str(told_until))
    query[as_of.PARAMETER] = str(issue_as_of(subscription.report, day, named=named))
    query["format"] = subscription.format
    # Characters as they are read: as %E5%8C%85 each would be nine, and an address has its length.
    return f"{API}reports/{subscription.report}?{uri_to_iri(query.urlencode(safe=',:/'))}"


def title_of(report: str) -> str:
    """Returns the report's name for people."""
    if report == BULLETIN:
        return _("督查通报")
    return str(REPORTS[report].title) if report in REPORTS else report


def subscription_check(subscription: ReportSubscription, *, user: Actor, today: dt.date) -> None:
    """Raises ``ValidationError`` keyed by field for what no report would answer: the same code
    reads the address as when an issue is made."""
    if subscription.report not in (*REPORTS, BULLETIN):
        known = ", ".join([*REPORTS, BULLETIN])
        raise field_error("report", _("没有这个报表。可用: %(known)s。") % {"known": known})
    decided = [name for name in DECIDED if name in QueryDict(subscription.parameters)]
    if decided:
        message = _("%(name)s 由每期的日期或其他字段决定, 请从参数中去掉。")
        raise field_error(
            "parameters", message % {"name": ", ".join(decided)}, "decided_by_the_issue"
        )
    if "\x00" in unquote(subscription.parameters):
        raise field_error("parameters", _("参数里有不能用的字符。"))
    # As of today: what was entered today can be asked for from tomorrow on.
    address = build_issue_address(subscription, today + ONE_DAY, told_until=today)
    try:
        Export._meta.get_field("address").run_validators(address)
    except ValidationError as error:
        raise ValidationError({"parameters": error.error_list}) from error
    try:
        content = parse_address(address)
    except exceptions.ValidationError as error:
        message = _("报表的格式为 csv 或 xlsx, 督查通报为 docx 或 pdf。")
        raise field_error("format", message, "unknown_format") from error
    try:
        content.check(user)
    except (exceptions.ValidationError, exceptions.NotAcceptable) as error:
        told = [ValidationError(str(each), code=each.code) for each in iter_errors(error.detail)]
        raise ValidationError({"parameters": told}) from error


# In words -----------------------------------------------------------------------------------------
def describe_parameters(content: Content, *, user: Actor) -> list[tuple[str, str]]:
    """Returns what an address asks in words, name and value, without the day and the format, which
    every one has."""
    unsaid = (as_of.PARAMETER, "format")
    given = [(name, text) for name, text in content.parameters.items() if name not in unsaid]
    filters, model = _filters_of(content, user=user)
    return [
        _describe_filter(filters[name], model, str(text))
        if name in filters and model is not None
        else (str(_LABELS.get(name, name)), str(text))
        for name, text in given
    ]


def _filters_of(
    content: Content, *, user: Actor
) -> tuple[Mapping[str, Filter], type[Model] | None]:
    """Returns the filters of what is asked, and the rows that they are of."""
    if isinstance(content, ReportContent):
        asked = content.parameters.get(as_of.PARAMETER)
        on = as_of.parse_day(str(asked)) if asked else clock.today()
        return content.report.filterset.base_filters, content.report.source(user=user, on=on).model
    if isinstance(content, ListContent):
        filterset = getattr(content.view, "filterset_class", None)
        filters = filterset.base_filters if filterset else {}
        return filters, content.view.queryset.model
    return {}, None


def _describe_filter(declared: Filter, model: type[Model], text: str) -> tuple[str, str]:
    label = str(declared._label or "")
    if not label:  # else what it filters by may be computed, and no column
        label, model = _describe_column(declared, model)
    values = [each.strip() for each in text.split(",") if each.strip()]
    if isinstance(declared, CommaChoiceFilter | ChoiceFilter):
        words = {str(code): str(word) for code, word in declared.extra["choices"]}
        values = [words.get(each, each) for each in values]
    elif isinstance(declared, CommaKeyFilter):
        values = _describe_rows(model, declared.code_field, values)
    elif isinstance(declared, BooleanFilter):
        values = [_("是") if each.lower() in ("true", "1") else _("否") for each in values]
    return label, "、".join(values)


def _describe_column(declared: Filter, model: type[Model]) -> tuple[str, type[Model]]:
    """Returns what the column is called that is filtered by, and the model that it is of, or
    refers to."""
    label: Any = ""
    for step in declared.field_name.split("__"):
        try:
            column: Any = model._meta.get_field(step)
        except FieldDoesNotExist:  # computed
            return str(_LABELS.get(step, step)), model
        model = column.related_model or model
        label = getattr(column, "verbose_name", "") or model._meta.verbose_name
    return str(_ENDS.get(declared.lookup_expr.rpartition("__")[2], "%s")) % label, model


def _describe_rows(model: type[Model], code_field: str | None, values: list[str]) -> list[str]:
    keys = [int(each) for each in values if each.isdecimal() and len(each) <= MOST_ID_DIGITS]
    wanted = Q(pk__in=keys)
    if code_field:
        wanted |= Q(**{f"{code_field}__in": values})
    rows = list(model._base_manager.filter(wanted))
    found = {str(row.pk): str(row) for row in rows}
    if code_field:
        found |= {str(getattr(row, code_field)): str(row) for row in rows}
    return [found.get(each, each) for each in values]
