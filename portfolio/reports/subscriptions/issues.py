"""Creates the issues of subscriptions that are due, and the mails that bring them.

Each tick looks for issues that are due but not created, and for files that are ready but not
mailed. So a missed tick is made up for by the next, and two ticks at once do no harm: unique keys
allow one issue for each subscription and day, one copy for each recipient, one mail for each copy.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import override
from rest_framework.exceptions import APIException

from notifications.outbox.models import Message, MessageKind
from portfolio.core.clock import CITY_TIME
from portfolio.reports.exporting.refusals import describe_refusal
from portfolio.reports.exporting.services import export_create
from portfolio.reports.subscriptions.addresses import build_issue_address, issue_as_of
from portfolio.reports.subscriptions.models import (
    ReportSubscription,
    SubscriptionCopy,
    SubscriptionIssue,
)
from portfolio.reports.subscriptions.rhythm import (
    LONGEST_WAIT,
    IsWorkingDay,
    Rhythm,
    last_due_day,
    named_day,
)
from projects.people.models import User
from projects.people.working_calendar import calendar_overrides
from projects.people.working_days import is_working_day
from projects.permissions import may_act

logger = logging.getLogger(__name__)

# How long after its day an issue is still made: an outage is made up for by the newest alone.
MADE_UP_FOR = 31
ONE_DAY = dt.timedelta(days=1)


def issues_create(*, now: dt.datetime) -> int:
    """Makes the issues that have fallen due by now, the newest of each subscription; returns how
    many. One that cannot be made does not keep back the others."""
    works = lru_cache(maxsize=None)(partial(is_working_day, overrides=calendar_overrides()))
    since = now.astimezone(CITY_TIME).date() - MADE_UP_FOR * ONE_DAY
    made = 0
    running: Iterable[Any] = ReportSubscription.objects.running(since=since)  # with ``last_day``
    for subscription in running:
        day = due_day(subscription, now, works)
        if day is None or (subscription.last_day is not None and subscription.last_day >= day):
            continue
        try:
            made += _create_issue(subscription.pk, day, works)
        except Exception:
            logger.exception("报表订阅 %s 的 %s 期无法生成", subscription.pk, day)
    return made


def due_day(
    subscription: ReportSubscription, now: dt.datetime, works: IsWorkingDay
) -> dt.date | None:
    """Returns the newest day on which the subscription fell due, its hour included; ``None`` if
    that was too long ago, or before it counted."""
    local = now.astimezone(CITY_TIME)
    last = local.date() if local.time() >= subscription.time_of_day else local.date() - ONE_DAY
    if subscription.until is not None:
        last = min(last, subscription.until)
    within = MADE_UP_FOR - (local.date() - last).days
    day = last_due_day(rhythm_of(subscription), last, works, within=within)
    if day is None or planned_at(subscription, day) < subscription.counts_from:
        return None
    return day


def rhythm_of(subscription: ReportSubscription) -> Rhythm:
    return Rhythm(subscription.rhythm, subscription.number)


def planned_at(subscription: ReportSubscription, day: dt.date) -> dt.datetime:
    """Returns when an issue of the day is made."""
    return dt.datetime.combine(day, subscription.time_of_day, tzinfo=CITY_TIME)


def find_previous_end(
    subscription: ReportSubscription, day: dt.date, works: IsWorkingDay
) -> dt.date | None:
    """Returns the day up to which the issue before one of ``day`` told; for the first, up to which
    it would have."""
    issues = subscription.issues.filter(day__lt=day).order_by("-day")
    newest = issues.values_list("as_of", flat=True).first()
    if newest is not None:
        return newest
    before = last_due_day(rhythm_of(subscription), day - ONE_DAY, works, within=LONGEST_WAIT)
    return before and issue_as_of(subscription.report, before)


@transaction.atomic
def _create_issue(pk: int, day: dt.date, works: IsWorkingDay) -> int:
    """Makes the issue with a copy for each recipient, unless somebody else has or does."""
    rows = ReportSubscription.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    subscription = rows.select_related("owner").filter(pk=pk, active=True).first()
    if subscription is None or subscription.issues.filter(day=day).exists():
        return 0
    if not _may_subscribe(subscription.owner):
        _warn_of_owner(pk, day)
        return 0
    until = find_previous_end(subscription, day, works)
    named = named_day(rhythm_of(subscription), day, works)
    address = build_issue_address(subscription, day, named=named, told_until=until)
    issue = SubscriptionIssue.objects.create(
        subscription=subscription,
        day=day,
        as_of=issue_as_of(subscription.report, day, named=named),
    )
    with override(settings.LANGUAGE_CODE):
        for user in subscription.recipients.filter(is_active=True).exclude(email="").order_by("pk"):
            _request_copy(issue, user, address)
    return 1


def _may_subscribe(owner: Any) -> bool:
    return owner.is_active and may_act(owner, "add", ReportSubscription._meta.label)


@lru_cache(maxsize=1000)
def _warn_of_owner(pk: int, day: dt.date) -> None:
    """Says it once an issue, not once a minute."""
    logger.warning(
        "报表订阅 %s 的 %s 期未生成: 订阅人已不是督查员, 请由在任督查员另行订阅", pk, day
    )


def _request_copy(issue: SubscriptionIssue, user: User, address: str) -> None:
    """Asks for the recipient's copy with the recipient's rights; what is refused is kept."""
    export, refused = None, ""
    try:
        with transaction.atomic():
            export = export_create(by=user, address=address, unbidden=True)
    except (APIException, PermissionDenied, ValidationError) as error:
        refused = describe_refusal(error)
    SubscriptionCopy.objects.create(issue=issue, recipient=user, export=export, refused=refused)


# Their mails --------------------------------------------------------------------------------------
@transaction.atomic
def report_messages_create(*, now: dt.datetime) -> int:
    """Puts into the outbox the mails that bring a finished copy to its recipient, and those that
    tell an owner that copies of an issue have failed: one an issue, when nothing of it is left to
    be made. Returns how many were put."""
    told = [(copy.pk, copy.recipient) for copy in _finished_copies()]
    told += [(copy.pk, copy.issue.subscription.owner) for copy in _failed_copies()]
    day = now.astimezone(CITY_TIME).date()
    Message.objects.bulk_create(
        (
            Message(
                kind=MessageKind.REPORT,
                reference=reference,
                recipient=user.email,
                recipient_user=user,
                day=day,
                planned_for=now,
            )
            for reference, user in told
        ),
        ignore_conflicts=True,
    )
    return len(told)


def _finished_copies() -> Any:
    found = SubscriptionCopy.objects.with_file().untold().select_related("recipient")
    return found.filter(recipient__is_active=True).exclude(recipient__email="")


def _failed_copies() -> Any:
    """Returns the first failed copy of each issue that is at its end, unless no mail would reach
    its owner."""
    of_issue = SubscriptionCopy.objects.filter(issue=OuterRef("issue"))
    found = SubscriptionCopy.objects.failed().filter(
        ~Exists(of_issue.failed().filter(pk__lt=OuterRef("pk"))), ~Exists(of_issue.unfinished())
    )
    found = found.filter(issue__subscription__owner__is_active=True)
    found = found.exclude(issue__subscription__owner__email="")
    return found.untold().select_related("issue__subscription__owner")
