"""The rulebook of applications for money 资金争取."""

import datetime as dt
from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from portfolio.core import clock
from projects.funding.models import FundingApplication
from projects.funding.rules import FundingState, may_become
from tests import clients, factories

FUNDING = "/api/v1/funding-applications/"

# Written by hand: from each state, the others that it may become.
BECOMES = {
    "planned": {"submitted"},
    "submitted": {"granted", "refused", "planned"},
    "refused": {"submitted"},
    "granted": set(),
}
SUBMITTED = {"state": "submitted", "submitted_on": "2025-03-01"}
GRANTED = {
    "state": "granted",
    "submitted_on": "2025-03-01",
    "decided_on": "2025-06-01",
    "granted": "800",
}
REFUSED = {"state": "refused", "submitted_on": "2025-03-01", "decided_on": "2025-06-01"}


@pytest.mark.parametrize(("before", "after"), list(product(FundingState, FundingState)))
def test_which_state_may_become_which(before, after):
    expected = before == after or after.value in BECOMES[before.value]
    assert may_become(before, after) == expected


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def make(client=None, project=None, **changes):
    project = project or factories.ProjectFactory()
    body = {
        "project": project.pk,
        "channel": "ultra_long_bond",
        "asked": "1000.50",
        **changes,
    }
    return clients.post(client or clients.reporter_of(project.lead_department), FUNDING, body)


def change(application, **changes):
    client = clients.reporter_of(application.project.lead_department)
    return clients.patch(client, f"{FUNDING}{application.pk}/", changes)


def test_a_department_plans_submits_and_is_granted():
    row = make().json()
    assert (row["state"], row["asked"], row["granted"]) == ("planned", "1000.50", None)
    application = FundingApplication.objects.get(pk=row["id"])
    assert change(application, **SUBMITTED).json()["state"] == "submitted"
    row = change(application, **GRANTED).json()
    assert (row["state"], row["granted"], row["decided_on"]) == ("granted", "800.00", "2025-06-01")


@pytest.mark.parametrize("body", [{}, SUBMITTED, GRANTED, REFUSED])
def test_what_stands_already_is_registered_as_it_stands(body):
    assert make(**body).status_code == 201


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"state": "submitted"}, {"/submitted_on": "required"}),
        (
            {"state": "granted"},
            {
                "/submitted_on": "required",
                "/decided_on": "required",
                "/granted": "required",
            },
        ),
        (
            {"state": "refused", "submitted_on": "2025-03-01"},
            {"/decided_on": "required"},
        ),
        ({**REFUSED, "granted": "1"}, {"/granted": "premature"}),
        ({"submitted_on": "2025-03-01"}, {"/submitted_on": "premature"}),
        ({**SUBMITTED, "decided_on": "2025-06-01"}, {"/decided_on": "premature"}),
        ({**SUBMITTED, "submitted_on": "2025-09-24"}, {"/submitted_on": "in_the_future"}),
    ],
)
def test_each_state_says_what_it_knows_and_nothing_else(body, errors):
    response = make(**body)
    assert response.status_code == 400
    assert clients.errors_of(response) == errors
    assert FundingApplication.objects.count() == 0


@pytest.mark.parametrize("asked", ["-1", "1.234", "100000000000000", "many", "NaN"])
def test_wrong_money_is_refused(asked):
    assert "/asked" in clients.errors_of(make(asked=asked))


def test_nothing_is_decided_before_it_is_submitted():
    response = make(**{**GRANTED, "decided_on": "2025-02-01"})
    assert response.status_code == 400
    assert "不能早于申报日期" in response.json()["errors"][0]["message"]


def test_what_was_granted_stays_granted():
    application = factories.FundingApplicationFactory(**GRANTED)
    assert change(application, state="refused").status_code == 409
    assert change(application, granted="900").json()["granted"] == "900.00"


def test_what_was_refused_is_submitted_anew_and_its_old_decision_is_history():
    application = factories.FundingApplicationFactory(**REFUSED)
    row = change(application, state="submitted", submitted_on="2025-09-01").json()
    assert (row["state"], row["submitted_on"], row["decided_on"]) == (
        "submitted",
        "2025-09-01",
        None,
    )


def test_an_application_does_not_move_to_another_project():
    application = factories.FundingApplicationFactory()
    response = clients.patch(
        clients.administrator(),
        f"{FUNDING}{application.pk}/",
        {"project": factories.ProjectFactory().pk},
    )
    assert clients.errors_of(response) == {"/project": "fixed"}


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "granted"},
        {"state": "submitted"},
        {"state": "refused", "submitted_on": dt.date(2025, 3, 1)},
        {"granted": Decimal(1)},
        {"asked": Decimal(-1)},
        {"state": "nonsense"},
        {"channel": "nonsense"},
    ],
)
def test_by_the_database_too(changes):
    application = factories.FundingApplicationFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingApplication.objects.filter(pk=application.pk).update(**changes)


def test_who_writes_and_who_sees():
    project = factories.ProjectFactory()
    application = factories.FundingApplicationFactory(project=project)
    path = f"{FUNDING}{application.pk}/"
    stranger = clients.reporter_of(factories.DepartmentFactory())
    assert stranger.get(path).status_code == 404
    assert make(client=stranger, project=project).status_code == 403
    assert make(client=clients.supervisor(), project=project).status_code == 403
    assert clients.supervisor().get(path).status_code == 200
    supporting = factories.DepartmentFactory()
    project.supporting_departments.add(supporting)
    assert clients.reporter_of(supporting).get(path).status_code == 200
    assert clients.patch(clients.reporter_of(supporting), path, {"note": "甲"}).status_code == 403


class TestTheSummary:
    def sums(self, client=None, query=""):
        response = (client or clients.viewer()).get(f"{FUNDING}summary/{query}")
        assert response.status_code == 200, response.json()
        return response.json()

    def test_sums_by_channel_and_state(self):
        make = factories.FundingApplicationFactory
        make(asked=Decimal("100.10"))
        make(asked=Decimal("200.20"))
        make(channel="region", asked=Decimal("50"), **{**GRANTED, "granted": Decimal("40.05")})
        assert self.sums() == {
            "count": 3,
            "asked": "350.30",
            "granted": "40.05",
            "by_channel_and_state": [
                {
                    "channel": "central_budget",
                    "channel_display": "中央预算内投资",
                    "state": "planned",
                    "state_display": "谋划",
                    "count": 2,
                    "asked": "300.30",
                    "granted": "0.00",
                },
                {
                    "channel": "region",
                    "channel_display": "自治区资金",
                    "state": "granted",
                    "state_display": "已获批",
                    "count": 1,
                    "asked": "50.00",
                    "granted": "40.05",
                },
            ],
        }

    def test_nothing_at_all_is_zero(self):
        assert self.sums() == {
            "count": 0,
            "asked": "0.00",
            "granted": "0.00",
            "by_channel_and_state": [],
        }

    def test_the_lists_filters_narrow_it(self):
        application = factories.FundingApplicationFactory()
        factories.FundingApplicationFactory(channel="region")
        department = application.project.lead_department
        assert self.sums(query=f"?lead_department={department.code}")["count"] == 1
        assert self.sums(query="?channel=region,other")["count"] == 1
        assert self.sums(query="?state=granted")["count"] == 0
        response = clients.viewer().get(f"{FUNDING}summary/?colour=red")
        assert clients.errors_of(response) == {"/colour": "unknown_parameter"}

    def test_only_what_the_person_may_see_is_counted(self):
        own = factories.FundingApplicationFactory()
        factories.FundingApplicationFactory()
        assert self.sums(clients.reporter_of(own.project.lead_department))["count"] == 1

    def test_it_is_one_query_however_many_rows(self, django_assert_max_num_queries):
        factories.FundingApplicationFactory.create_batch(5)
        client = clients.viewer()
        self.sums(client)
        with django_assert_max_num_queries(5):  # sign-in, the rights, one for the sums
            self.sums(client)
