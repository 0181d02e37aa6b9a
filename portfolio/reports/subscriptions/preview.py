"""Says what a subscription would send next, on which days and to whom; writes nothing."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice, takewhile
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from portfolio.core.clock import CITY_TIME
from portfolio.reports.exporting.addresses import parse_address
from portfolio.reports.exporting.refusals import describe_refusal
from portfolio.reports.subscriptions.addresses import ONE_DAY, build_issue_address, issue_as_of
from portfolio.reports.subscriptions.issues import find_previous_end, planned_at, rhythm_of
from portfolio.reports.subscriptions.models import ReportSubscription
from portfolio.reports.subscriptions.rhythm import due_days, named_day
from projects.people.models import User
from projects.people.working_calendar import calendar_overrides
from projects.people.working_days import is_working_day

MOST_DAYS = 5


@dataclass(frozen=True, slots=True)
class UpcomingIssue:
    """An issue to come: its day and hour, what it will tell of, and the address it asks for."""

    day: dt.date
    planned_for: dt.datetime
    as_of: dt.date
    address: str


@dataclass(frozen=True, slots=True)
class RecipientPreview:
    """Somebody who is to get it; ``hindrance`` says why they would not, "" if nothing does."""

    user: int
    name: str
    email: str
    hindrance: str

    @property
    def receives(self) -> bool:
        return not self.hindrance


def list_upcoming_issues(
    subscription: ReportSubscription, *, now: dt.datetime
) -> list[UpcomingIssue]:
    """Returns the next issues, up to five; none of a subscription that is switched off."""
    if not subscription.active:
        return []
    works = lru_cache(maxsize=None)(partial(is_working_day, overrides=calendar_overrides()))
    today = now.astimezone(CITY_TIME).date()
    first = today if planned_at(subscription, today) > now else today + ONE_DAY
    newest = subscription.issues.order_by("-day").values_list("day", flat=True).first()
    if newest is not None:  # today's was made already, if the hour was changed since
        first = max(first, newest + ONE_DAY)
    until, rhythm = subscription.until or dt.date.max, rhythm_of(subscription)
    days = takewhile(lambda day: day <= until, due_days(rhythm, first, works))
    found: list[UpcomingIssue] = []
    for day in islice(days, MOST_DAYS):
        before = found[-1].as_of if found else find_previous_end(subscription, day, works)
        named = named_day(rhythm, day, works)
        address = build_issue_address(subscription, day, named=named, told_until=before)
        found.append(
            UpcomingIssue(
                day=day,
                planned_for=planned_at(subscription, day),
                as_of=issue_as_of(subscription.report, day, named=named),
                address=settings.BASE_URL + iri_to_uri(address),
            )
        )
    return found


def preview_recipients(
    subscription: ReportSubscription, *, today: dt.date
) -> list[RecipientPreview]:
    """Returns the recipients, and what would keep the report from each as of today."""
    content = parse_address(build_issue_address(subscription, today + ONE_DAY))
    people = subscription.recipients.order_by("pk")
    return [
        RecipientPreview(each.pk, each.name, each.email, _hindrance(each, content))
        for each in people
    ]


def _hindrance(user: User, content: Any) -> str:
    if not user.is_active or not user.email:
        return _("账号已停用或没有邮箱")
    try:
        content.check(user)
    except (APIException, PermissionDenied) as error:
        return describe_refusal(error)
    return ""
