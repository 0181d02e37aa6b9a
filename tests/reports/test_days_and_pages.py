"""Days at the edges, two days beside each other, and pages that follow one another."""

import datetime as dt
from urllib.parse import urlsplit

import pytest

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.catalogue.registry import REPORTS
from tests import clients, factories
from tests.reports.test_reports import a_little_of_everything, report, rows

pytestmark = pytest.mark.django_db

EVENING = dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)
# Reports that have their lines also when there is nothing to count in them.
ALWAYS = {"portfolio-summary": 1, "four-batches": 4, "funding": 6, "lights-by-month": None}


@pytest.fixture(autouse=True)
def september():
    with clock.at(EVENING):
        yield


@pytest.fixture
def client():
    return clients.supervisor()


@pytest.mark.parametrize("day", ["2025-09-22", "0001-01-01"])
@pytest.mark.parametrize("name", REPORTS)
def test_a_day_before_the_first_fact_knows_nothing(client, name, day):
    a_little_of_everything()
    found = rows(client, name, as_of=day, year=2025)
    if name not in ALWAYS:
        assert found == []
        return
    assert ALWAYS[name] in (None, len(found))
    for row in found:
        counted = {key: value for key, value in row.items() if key not in ("month", "goal")}
        assert not any(isinstance(value, int) and value for value in counted.values())


def test_the_year_is_that_of_the_day_also_long_ago(client):
    for name in REPORTS:
        answer = report(client, name, as_of="0001-01-01").json()
        assert (answer["year"], answer["as_of"]) == (1, "0001-01-01")


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_can_be_compared_with_a_day_on_which_nothing_was_known(client, name):
    a_little_of_everything()
    answer = report(client, name, compare_to="2025-09-01")
    assert answer.status_code == 200, answer.content
    assert answer.json()["compare_to"] == "2025-09-01"
    assert answer.json()["count"] == len(rows(client, name))


@pytest.mark.parametrize("wrong", ["2025-09-24", "9999-12-31", "2025-02-30", "yesterday", ""])
@pytest.mark.parametrize("parameter", ["as_of", "compare_to"])
def test_a_day_that_is_none_or_has_not_come_is_refused_by_the_name_of_its_parameter(
    client, parameter, wrong
):
    answer = report(client, "funding", **{parameter: wrong})
    assert answer.status_code == 400
    assert set(clients.errors_of(answer)) == {f"/{parameter}"}


def test_today_is_a_day_like_another(client):
    a_little_of_everything()
    for name in REPORTS:
        today = report(client, name, as_of="2025-09-23").json()["results"]
        assert today == report(client, name).json()["results"], name


@pytest.mark.parametrize("past", [{}, {"as_of": "2025-09-23"}, {"compare_to": "2025-09-22"}])
@pytest.mark.parametrize("name", ["deadlines", "milestones", "project-lights", "target-progress"])
def test_the_links_lead_through_all_rows_once_and_keep_what_was_asked(client, name, past):
    for _ in range(2):  # on the same days: nothing but the order tells them apart
        a_little_of_everything()
        factories.MilestoneFactory(due_on=dt.date(2025, 8, 1))
    whole = rows(client, name, page_size=500, **past)
    assert len(whole) > 1
    address = f"/api/v1/reports/{name}"
    answer = client.get(address, {"page_size": 1, **past}).json()
    found = list(answer["results"])
    while answer["next"]:
        parts = urlsplit(answer["next"])
        assert all(f"{key}={value}" in parts.query for key, value in past.items())
        answer = client.get(f"{parts.path}?{parts.query}").json()
        found += answer["results"]
        assert answer["count"] == len(whole)
    assert found == whole


def test_a_page_beyond_the_last_is_not_found(client):
    factories.MilestoneFactory(due_on=dt.date(2025, 8, 1))
    assert report(client, "milestones", page=2).status_code == 404
    assert report(client, "deadlines", page=99).status_code == 404


def test_a_page_of_the_past_is_read_in_the_past(client):
    with clock.at(EVENING - dt.timedelta(days=30)):
        milestone = factories.MilestoneFactory(due_on=dt.date(2025, 10, 1), name="旧名")
    milestone.name = "新名"
    milestone.save()
    before = rows(client, "deadlines", as_of="2025-09-01", kind="milestone")
    assert [row["title"].endswith("旧名") for row in before] == [True]
    assert rows(client, "deadlines", kind="milestone")[0]["title"].endswith("新名")
