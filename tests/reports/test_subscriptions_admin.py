"""Supervisors subscribe reports on a page of the admin site, which says what comes next."""

import datetime as dt

import pytest

from portfolio.core import clock
from portfolio.reports.subscriptions.issues import issues_create
from portfolio.reports.subscriptions.models import ReportSubscription
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db
TUESDAY = dt.datetime(2025, 9, 23, 18, tzinfo=clock.CITY_TIME)
MONDAY = dt.datetime(2025, 9, 29, 9, tzinfo=clock.CITY_TIME)


@pytest.fixture(autouse=True)
def tuesday():
    with clock.at(TUESDAY):
        yield


def typed(reader, **changes):
    return {
        "report": "department-scoreboard", "format": "xlsx", "parameters": "light=red",
        "recipients": [reader.pk], "rhythm": "weekly", "number": "1", "time_of_day": "08:30",
        **changes,
    }  # fmt: skip


def test_a_report_is_subscribed_changed_and_switched_off():
    client, reader = pages.supervisor(), factories.UserFactory()
    saved = pages.save(client, pages.add_url(ReportSubscription), **typed(reader))
    assert saved.status_code == 302, pages.errors(saved)
    row = ReportSubscription.objects.get()
    assert (row.report, row.parameters, list(row.recipients.all())) == (
        "department-scoreboard",
        "light=red",
        [reader],
    )
    assert row.time_of_day == dt.time(8, 30)
    assert row.owner.memberships.get().role == "supervisor"

    saved = pages.save(client, pages.url(row), number="2", active="")
    assert saved.status_code == 302, pages.errors(saved)
    row.refresh_from_db()
    assert (row.number, row.active) == (2, False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"parameters": "light=purple"}, "没有“purple”这个值"),
        ({"number": "8"}, "为 1 至 7"),
        ({"report": "bulletin"}, "docx 或 pdf"),
    ],
)
def test_what_would_never_arrive_is_refused_beside_its_field(wrong, words):
    reader = factories.UserFactory()
    answer = pages.save(
        pages.supervisor(), pages.add_url(ReportSubscription), **typed(reader, **wrong)
    )
    assert words in pages.errors(answer)
    assert not ReportSubscription.objects.exists()


def test_the_page_says_what_comes_next_and_who_could_not_receive_it():
    subscription = factories.ReportSubscriptionFactory(
        report="bulletin", format="docx", recipients=[factories.UserFactory(name="无权者")]
    )
    page = pages.supervisor().get(pages.url(subscription)).content.decode()
    assert "2025年9月29日 星期一, 数据截至2025年9月28日" in page
    assert "无权者: 督查通报据全市数据生成" in page


def test_a_viewer_reads_the_page_and_the_issues_and_types_nothing():
    supervisor = factories.MembershipFactory(role="supervisor").user
    subscription = factories.ReportSubscriptionFactory(owner=supervisor)
    with clock.at(MONDAY):
        issues_create(now=clock.now())
    viewer = pages.signed_in(factories.MembershipFactory(role="viewer").user)
    page = viewer.get(pages.url(subscription))
    assert page.status_code == 200
    assert not pages.field_names(page)
    [inline] = page.context["inline_admin_formsets"]
    assert [each.instance.as_of for each in inline.formset.forms] == [dt.date(2025, 9, 28)]
