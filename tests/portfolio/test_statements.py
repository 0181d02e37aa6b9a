"""Statements whose words are kept: what they answer never is."""

import datetime as dt

import pytest
from django.db.models import Count

from portfolio.core import clock
from portfolio.core.api.statements import Statement, clear_statements, fetch_rows
from portfolio.core.clock import CITY_TIME
from portfolio.core.history.past import read_as_of
from projects.register.models import Project
from tests import clients, factories

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2025, 9, 23, 9, tzinfo=CITY_TIME)


@pytest.fixture(autouse=True)
def nothing_kept():
    clear_statements()
    with clock.at(MORNING):
        yield
    clear_statements()


def codes():
    return Project.objects.order_by("code").values_list("code")


def test_what_is_kept_is_asked_anew_each_time():
    made = []

    def question():
        made.append(1)
        return codes()

    assert fetch_rows("codes", question) == []
    project = factories.ProjectFactory()
    assert fetch_rows("codes", question) == [(project.code,)]
    assert made == [1]


def test_the_past_and_the_present_share_no_words():
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
        assert fetch_rows("key", lambda: counted) == both
        with read_as_of(dt.date(2025, 9, 20)):
            assert fetch_rows("key", lambda: counted) == both[:1]


def test_a_statement_gives_pages_and_its_number():
    made = [factories.ProjectFactory().code for _ in range(3)]
    found = Statement(codes())
    assert found.count() == 3
    assert found.rows() == [(code,) for code in made]
    assert found.rows(1, 2) == [(made[1],)]
    assert found.rows(2) == [(made[2],)]
    assert found.rows(3, 9) == []


def test_a_question_that_cannot_have_an_answer_is_not_put():
    found = Statement(codes().none())
    assert (found.rows(), found.rows(0, 5), found.count()) == ([], [], 0)


def test_values_are_those_of_the_fields():
    factories.ProjectFactory(total_investment="12.50", synthetic=True)
    columns = ("total_investment", "synthetic", "code")
    wanted = list(Project.objects.values_list(*columns))
    assert Statement(Project.objects.values_list(*columns)).rows() == wanted


def test_people_with_other_rights_share_no_words_of_a_report():
    mine, other = factories.FundingApplicationFactory(), factories.FundingApplicationFactory()
    reporter = clients.reporter_of(mine.project.lead_department)
    colleague = clients.reporter_of(other.project.lead_department)

    def applications(client):
        answer = client.get("/api/v1/reports/funding").json()["results"]
        return answer[-1]["applications"]

    assert [applications(each) for each in (clients.supervisor(), reporter, colleague)] == [2, 1, 1]
    factories.FundingApplicationFactory(project=mine.project, channel="other")
    assert [applications(each) for each in (clients.supervisor(), reporter, colleague)] == [3, 2, 1]


def test_a_person_whose_rights_change_gets_other_words():
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
