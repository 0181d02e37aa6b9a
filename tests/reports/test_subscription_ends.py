"""Subscriptions at the ends of things: of months, of holidays, of what was subscribed."""

import datetime as dt

import pytest
from django.conf import settings
from django.http import QueryDict

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.subscriptions.issues import issues_create
from portfolio.reports.subscriptions.models import SubscriptionCopy, SubscriptionIssue
from portfolio.reports.subscriptions.preview import UpcomingIssue, list_upcoming_issues
from tests import clients, factories

pytestmark = pytest.mark.django_db

TUESDAY = dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)
MONDAY = dt.datetime(2025, 9, 29, 9, tzinfo=CITY_TIME)
PATH = "/api/v1/report-subscriptions/"


@pytest.fixture
def supervisor():
    return factories.MembershipFactory(role="supervisor").user


def subscribed(owner, **fields):
    with clock.at(TUESDAY):
        return factories.ReportSubscriptionFactory(owner=owner, **fields)


def change(subscription, moment, **changes) -> None:
    with clock.at(moment):
        client = clients.signed_in(subscription.owner)
        answer = clients.patch(client, f"{PATH}{subscription.pk}/", changes)
    assert answer.status_code == 200, answer.content
    subscription.refresh_from_db()


def made(moment) -> int:
    with clock.at(moment):
        issues_create(now=clock.now())
    return SubscriptionIssue.objects.count()


# Of months ---------------------------------------------------------------------------------------
def month_of(each: UpcomingIssue) -> str:
    return QueryDict(each.address.split("?")[1])["month"]


@pytest.mark.parametrize(
    ("rhythm", "number", "months"),
    [
        # 30 November 2025 and 31 January 2026 are days off: those come on 1 December, 2 February.
        ("monthly", 31, ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]),
        ("monthly", 1, ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01"]),
        ("working_day", 23, ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]),
        ("quarterly", 31, ["2025-09", "2025-12", "2026-03", "2026-06", "2026-09"]),
    ],
)
def test_each_month_has_its_bulletin_when_the_last_day_is_a_day_off(
    supervisor, rhythm, number, months
):
    each = subscribed(supervisor, report="bulletin", format="docx", rhythm=rhythm, number=number)
    coming = list_upcoming_issues(each, now=TUESDAY)
    assert [month_of(issue) for issue in coming] == months


def test_a_bulletin_that_a_day_off_moved_into_the_next_month_is_made(supervisor):
    """Of December, to come on Saturday 31 January: on 2 February, as of the end of January."""
    each = subscribed(supervisor, report="bulletin", format="docx", rhythm="monthly", number=31)
    [coming] = [one for one in list_upcoming_issues(each, now=TUESDAY) if one.day.month == 2]
    assert made(coming.planned_for) == 1
    copy = SubscriptionCopy.objects.get()
    assert copy.refused == ""
    assert settings.BASE_URL + copy.export.address == coming.address
    assert copy.issue.as_of == coming.as_of == dt.date(2026, 1, 31)


# Of what was subscribed --------------------------------------------------------------------------
def test_an_outage_over_the_end_is_made_up_for_no_longer_than_another(supervisor):
    """Due on 1 August, over on the 29th; the system is back 31 days after that, too late."""
    subscribed(
        supervisor,
        rhythm="monthly",
        number=1,
        until=dt.date(2025, 8, 29),
        counts_from=dt.datetime(2025, 7, 15, tzinfo=CITY_TIME),
    )
    assert made(MONDAY) == 0


def test_what_goes_on_after_its_end_counts_from_then(supervisor):
    each = subscribed(supervisor, until=dt.date(2025, 9, 24))
    change(each, MONDAY + dt.timedelta(minutes=1), until="2025-12-31")
    assert made(MONDAY + dt.timedelta(minutes=2)) == 0
    assert made(dt.datetime(2025, 10, 9, 9, tzinfo=CITY_TIME)) == 1


def test_an_end_that_is_over_may_be_sent_back_as_it_was_read(supervisor):
    each = subscribed(supervisor, until=dt.date(2025, 9, 24))
    change(each, MONDAY, until="2025-09-24", note="已结束")
    assert each.note == "已结束"


def test_an_hour_that_is_put_off_after_the_issue_was_made_makes_no_second(supervisor):
    each = subscribed(supervisor)
    assert made(MONDAY) == 1
    change(each, MONDAY + dt.timedelta(minutes=1), time_of_day="18:00")
    later = MONDAY + dt.timedelta(hours=9)
    coming, *_later = list_upcoming_issues(each, now=MONDAY)
    assert coming.day == dt.date(2025, 10, 9)
    assert made(later) == 1
