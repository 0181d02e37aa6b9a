"""Dated promises: what a department may change, and what moves by an extension only."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from portfolio.core import clock
from projects.milestones.models import ExtensionRequest, Milestone
from tests import clients, factories

pytestmark = pytest.mark.django_db
MILESTONES = "/api/v1/milestones/"
EXTENSIONS = "/api/v1/extension-requests/"


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def url(milestone) -> str:
    return f"{MILESTONES}{milestone.pk}/"


def test_the_first_due_date_is_the_baseline():
    project = factories.ProjectFactory()
    body = {"project": project.pk, "name": "建成交付", "due_on": "2025-09-30"}
    row = clients.post(clients.reporter_of(project.lead_department), MILESTONES, body).json()
    assert (row["due_on"], row["baseline_on"]) == ("2025-09-30", "2025-09-30")


def test_a_reporter_says_when_it_will_be_and_when_it_was_done():
    milestone = factories.MilestoneFactory()
    reporter = clients.reporter_of(milestone.project.lead_department)
    body = {"forecast_on": "2025-10-15", "done_on": "2025-09-20", "evidence": "验收单"}
    assert clients.patch(reporter, url(milestone), body).status_code == 200


def test_nobody_just_edits_a_due_date_not_even_an_administrator():
    milestone = factories.MilestoneFactory()
    response = clients.patch(clients.administrator(), url(milestone), {"due_on": "2025-12-31"})
    assert clients.errors_of(response) == {"/due_on": "by_extension_only"}
    milestone.refresh_from_db()
    assert milestone.due_on == dt.date(2025, 9, 30)


def test_a_department_does_not_soften_its_promise():
    milestone = factories.MilestoneFactory(commitment="ensure")
    reporter = clients.reporter_of(milestone.project.lead_department)
    response = clients.patch(reporter, url(milestone), {"commitment": "strive"})
    assert response.status_code == 403


def test_nothing_is_done_in_the_future():
    milestone = factories.MilestoneFactory()
    response = clients.patch(clients.administrator(), url(milestone), {"done_on": "2025-09-24"})
    assert clients.errors_of(response) == {"/done_on": "in_the_future"}


def test_the_database_keeps_a_due_date_from_falling_before_its_baseline():
    milestone = factories.MilestoneFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Milestone.objects.filter(pk=milestone.pk).update(due_on=dt.date(2025, 9, 1))


def test_overdue_means_open_and_due_before_the_day():
    factories.DoneMilestoneFactory(due_on=dt.date(2025, 9, 1))
    late = factories.MilestoneFactory(due_on=dt.date(2025, 9, 22))
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 23))
    assert list(Milestone.objects.overdue(on=dt.date(2025, 9, 23))) == [late]


def test_milestones_are_listed_by_due_date():
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 30), name="甲")
    factories.MilestoneFactory(due_on=dt.date(2025, 12, 31), name="乙")
    response = clients.viewer().get(f"{MILESTONES}?due_before=2025-09-30&done=false")
    assert [row["name"] for row in response.json()["results"]] == ["甲"]


class TestAskingForALaterDate:
    def ask(self, milestone, client=None, **changes):
        body = {
            "milestone": milestone.pk,
            "new_due_on": "2025-10-20",
            "reason": "雨季停工",
            "progress": "主体完工",
            **changes,
        }
        client = client or clients.reporter_of(milestone.project.lead_department)
        return clients.post(client, EXTENSIONS, body)

    def test_the_department_asks_before_the_day_is_over(self):
        response = self.ask(factories.MilestoneFactory())
        assert response.status_code == 201, response.json()
        row = response.json()
        assert (row["state"], row["due_on_before"]) == ("asked", "2025-09-30")

    def test_another_department_does_not_ask(self):
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert self.ask(factories.MilestoneFactory(), client=stranger).status_code == 403
        assert ExtensionRequest.objects.count() == 0

    def test_it_is_too_late_once_the_day_is_over(self):
        response = self.ask(factories.MilestoneFactory(due_on=dt.date(2025, 9, 22)))
        assert response.status_code == 409

    def test_the_new_date_is_later_than_the_old(self):
        response = self.ask(factories.MilestoneFactory(), new_due_on="2025-09-30")
        assert clients.errors_of(response) == {"/new_due_on": "not_later"}

    def test_one_open_request_at_a_time(self):
        milestone = factories.MilestoneFactory()
        self.ask(milestone)
        response = self.ask(milestone)
        assert response.status_code == 400
        assert "已有一份" in response.json()["errors"][0]["message"]

    def test_a_request_is_seen_by_whom_it_concerns(self):
        milestone = factories.MilestoneFactory()
        made = self.ask(milestone).json()
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert stranger.get(f"{EXTENSIONS}{made['id']}/").status_code == 404
        supporting = factories.DepartmentFactory()
        milestone.project.supporting_departments.add(supporting)
        assert clients.reporter_of(supporting).get(EXTENSIONS).json()["count"] == 1


def test_nothing_is_promised_as_done_on_a_day_to_come():
    project = factories.ProjectFactory()
    body = {
        "project": project.pk,
        "name": "建成交付",
        "due_on": "2025-09-30",
        "done_on": "2025-09-24",
    }
    response = clients.post(clients.reporter_of(project.lead_department), MILESTONES, body)
    assert clients.errors_of(response) == {"/done_on": "in_the_future"}
    assert not Milestone.objects.exists()


def test_a_request_for_a_later_date_stays_with_its_milestone():
    milestone = factories.MilestoneFactory(due_on="2025-09-30")
    other = factories.MilestoneFactory(project=milestone.project, due_on="2025-12-30", name="别的")
    reporter = clients.reporter_of(milestone.project.lead_department)
    body = {"milestone": milestone.pk, "new_due_on": "2025-10-15", "reason": "a", "progress": "b"}
    row = clients.post(reporter, EXTENSIONS, body).json()
    response = clients.patch(reporter, f"{EXTENSIONS}{row['id']}/", {"milestone": other.pk})
    assert clients.errors_of(response) == {"/milestone": "fixed"}
