"""Queries whose SQL is kept: what they answer never is."""

import datetime as dt

import pytest
from django.db.models import Count

from portfolio.core import clock
from portfolio.core.api import kept_query
from portfolio.core.api.kept_query import KeptQuery, kept
from portfolio.core.clock import CITY_TIME
from portfolio.core.history.past import read_as_of
from projects.register.models import Project
from tests import clients, factories

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2025, 9, 23, 9, tzinfo=CITY_TIME)


@pytest.fixture(autouse=True)
def nothing_kept():
    kept.clear()
    with clock.at(MORNING):
        yield
    kept.clear()


def codes():
    return Project.objects.order_by("code").values_list("code")


def test_what_is_kept_is_asked_anew_each_time():
    made = []

    def question():
        made.append(1)
        return codes()

    assert KeptQuery("codes", question).rows() == []
    project = factories.ProjectFactory()
    assert KeptQuery("codes", question).rows() == [(project.code,)]
    assert made == [1]


def test_the_past_and_the_present_share_no_sql():
    with clock.at(MORNING - dt.timedelta(days=9)):
        old = factories.ProjectFactory()
    new = factories.ProjectFactory()
    counted = (
        Project.objects.order_by("code")
        .values_list("code")
        .annotate(moves=Count("programme_entries"))
    )
    both = [(old.code, 0), (new.code, 0)]
    for _ in range(2):
        assert KeptQuery("key", lambda: counted).rows() == both
        with read_as_of(dt.date(2025, 9, 20)):
            assert KeptQuery("key", lambda: counted).rows() == both[:1]


def test_a_query_gives_pages_and_its_number():
    made = [factories.ProjectFactory().code for _ in range(3)]
    found = KeptQuery(None, codes)
    assert found.count() == 3
    assert found.rows() == [(code,) for code in made]
    assert found.rows(1, 2) == [(made[1],)]
    assert found.rows(2) == [(made[2],)]
    assert found.rows(3, 9) == []


def test_a_question_that_cannot_have_an_answer_is_not_put():
    found = KeptQuery(None, codes().none)
    assert (found.rows(), found.rows(0, 5), found.count()) == ([], [], 0)


def test_values_are_those_of_the_fields():
    factories.ProjectFactory(total_investment="12.50", synthetic=True)
    columns = ("total_investment", "synthetic", "code")
    wanted = list(Project.objects.values_list(*columns))
    assert KeptQuery(None, lambda: Project.objects.values_list(*columns)).rows() == wanted


def test_without_a_key_nothing_is_kept():
    assert KeptQuery(None, codes).rows() == []
    assert kept == {}


def test_of_very_many_keys_the_old_ones_go(monkeypatch):
    monkeypatch.setattr(kept_query, "MOST", 2)
    for key in ("first", "second", "third"):
        assert KeptQuery(key, codes).rows() == []
    assert [key for key, _past in kept] == ["third"]


def test_people_with_other_rights_share_no_sql_of_a_report():
    mine, other = factories.FundingApplicationFactory(), factories.FundingApplicationFactory()
    reporter = clients.reporter_of(mine.project.lead_department)
    colleague = clients.reporter_of(other.project.lead_department)

    def applications(client):
        answer = client.get("/api/v1/reports/funding").json()["results"]
        return answer[-1]["applications"]

    assert [applications(each) for each in (clients.supervisor(), reporter, colleague)] == [2, 1, 1]
    factories.FundingApplicationFactory(project=mine.project, channel="other")
    assert [applications(each) for each in (clients.supervisor(), reporter, colleague)] == [3, 2, 1]


def test_a_person_whose_rights_change_gets_other_sql():
    mine, other = factories.FundingApplicationFactory(), factories.FundingApplicationFactory()
    membership = factories.MembershipFactory(
        role="reporter", department=mine.project.lead_department
    )
    client = clients.signed_in(membership.user)

    def applications():
        return client.get("/api/v1/reports/funding").json()["results"][-1]["applications"]

    assert applications() == 1
    factories.MembershipFactory(
        user=membership.user, role="reporter", department=other.project.lead_department
    )
    assert applications() == 2
