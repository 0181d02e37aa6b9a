"""The preview says what would go out, to whom and why, and writes nothing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.outbox.models import Message, Reminder
from notifications.outbox.plan import reminder_plan
from notifications.policies.models import ReminderPolicy, TierOptOut
from portfolio.core import clock
from tests import clients, factories

pytestmark = pytest.mark.django_db
PATH = "/api/v1/reminder-preview/"
FIRST = dt.date(2025, 9, 23)


@pytest.fixture(autouse=True)
def on_tuesday():
    with clock.at(dt.datetime(2025, 9, 23, 8, tzinfo=clock.CITY_TIME)):
        yield


@pytest.fixture
def promise():
    """A plain milestone due on 2025-09-30, with a reporter and a head."""
    milestone = factories.MilestoneFactory(due_on=dt.date(2025, 9, 30), commitment="strive")
    department = milestone.project.lead_department
    milestone.reporter = factories.MembershipFactory(role="reporter", department=department).user
    milestone.head = factories.MembershipFactory(role="head", department=department).user
    return milestone


@pytest.fixture
def supervisor():
    return factories.MembershipFactory(role="supervisor").user


def preview(user, query: str = "") -> dict:
    response = clients.signed_in(user).get(f"{PATH}?page_size=500{query}")
    assert response.status_code == 200, response.content
    return response.json()


def told(answer: dict) -> list[tuple]:
    return [
        (row["day"][5:], row["tier"], row["ordinal"], row["name"], row["capacity"])
        for row in answer["results"]
    ]


def test_it_tells_each_working_day_who_would_be_told_and_why(promise, supervisor):
    reporter, head = promise.reporter.name, promise.head.name
    assert told(preview(supervisor)) == [
        ("09-23", "remind", 7, reporter, "responsible"),
        ("09-29", "remind", 1, reporter, "responsible"),
        ("09-30", "remind", 0, reporter, "responsible"),
        # October 1 to 8 is the National Day holiday, Saturday the 11th a make-up day.
        ("10-09", "urge", 1, reporter, "responsible"),
        ("10-09", "urge", 1, head, "head"),
        ("10-14", "urge", 5, reporter, "responsible"),
        ("10-14", "urge", 5, head, "head"),
        ("10-21", "supervise", 10, reporter, "responsible"),
        ("10-21", "supervise", 10, head, "head"),
        ("10-21", "supervise", 10, supervisor.name, "supervisor"),
    ]


def test_a_line_says_what_it_is_about(promise, supervisor):
    line = preview(supervisor, "&days=1")["results"][0]
    assert line == {
        "day": "2025-09-23",
        "recipient": promise.reporter.email,
        "name": promise.reporter.name,
        "user": promise.reporter.pk,
        "capacity": "responsible",
        "capacity_display": "责任人或填报员",
        "tier": "remind",
        "tier_display": "提醒",
        "ordinal": 7,
        "kind": "milestone",
        "kind_display": "节点",
        "object_id": promise.pk,
        "title": f"{promise.project.name} · {promise.name}",
        "due_on": "2025-09-30",
        "department": promise.project.lead_department_id,
    }


def test_what_is_previewed_for_a_day_is_what_its_planning_puts_into_the_outbox(promise, supervisor):
    factories.MilestoneFactory(due_on=dt.date(2025, 10, 8), project=promise.project)
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 22), project=promise.project)
    TierOptOut.objects.create(user=promise.reporter, days_before=15)
    expected = {
        (row["recipient"], row["object_id"], row["tier"], row["ordinal"], row["capacity"])
        for row in preview(supervisor, "&days=1")["results"]
    }
    reminder_plan(day=FIRST)
    columns = ("recipient", "object_id", "tier", "ordinal", "capacity")
    assert set(Reminder.objects.values_list(*columns)) == expected
    assert len(expected) == 3


def test_who_has_opted_out_of_an_early_tier_is_left_out_of_it(promise, supervisor):
    TierOptOut.objects.create(user=promise.reporter, days_before=7)
    assert told(preview(supervisor, "&days=8"))[0][:3] == ("09-29", "remind", 1)


def test_it_is_narrowed_by_recipient_department_kind_and_tier(promise, supervisor):
    factories.TargetFactory(due_on="2025-09-30")
    code = promise.project.lead_department.code
    for query, expected in (
        (f"recipient={promise.head.email}", 3),
        (f"department={code}&kind=milestone", 10),
        ("kind=milestone&tier=supervise", 3),
        (f"tier=urge,supervise&recipient={promise.reporter.email}&kind=milestone", 3),
    ):
        assert preview(supervisor, f"&{query}")["count"] == expected, query


def test_it_comes_in_pages(promise, supervisor):
    whole = preview(supervisor)["results"]
    client = clients.signed_in(supervisor)
    pages = [client.get(f"{PATH}?page_size=4&page={number}").json() for number in (1, 2, 3)]
    assert [len(page["results"]) for page in pages] == [4, 4, 2]
    assert [row for page in pages for row in page["results"]] == whole
    assert pages[0]["next"].endswith("?page=2&page_size=4")
    assert client.get(f"{PATH}?page=9").status_code == 404


def test_departments_without_anybody_are_named_and_the_supervisors_stand_in(supervisor):
    empty = factories.DepartmentFactory(short_name="市空局", email="")
    milestone = factories.MilestoneFactory(due_on=FIRST, project__lead_department=empty)
    answer = preview(supervisor, "&days=1")
    assert told(answer) == [("09-23", "remind", 0, supervisor.name, "stand_in")]
    [warning] = answer["warnings"]
    assert warning["code"] == "nobody_to_tell"
    assert warning["subject"] == milestone.project.lead_department_id
    assert "市空局" in warning["message"]


def test_a_year_whose_holidays_nobody_knows_is_named(supervisor):
    with clock.at(dt.datetime(2032, 3, 1, 8, tzinfo=clock.CITY_TIME)):
        [warning] = preview(supervisor, "&days=1")["warnings"]
    assert (warning["code"], warning["subject"]) == ("unknown_year", 2032)


# By other rules ----------------------------------------------------------------------------------
def test_proposed_rules_are_tried_and_not_kept(promise, supervisor):
    rules = [{"tier": "remind", "timing": "before", "days": 3}]
    answer = clients.post(clients.signed_in(supervisor), f"{PATH}?days=30", {"rules": rules})
    assert answer.status_code == 200, answer.content
    # Three days before is a Saturday: the Friday before it.
    assert told(answer.json()) == [("09-26", "remind", 3, promise.reporter.name, "responsible")]
    assert not ReminderPolicy.objects.exclude(note="默认规则").exists()


def test_wrong_rules_are_told_by_their_row(supervisor):
    rules = [{"tier": "remind", "timing": "before", "days": 3, "kind": "castle"}]
    answer = clients.post(clients.signed_in(supervisor), PATH, {"rules": rules})
    assert clients.errors_of(answer) == {"/rules/0/kind": "invalid_choice"}


def test_nothing_is_written(promise, supervisor):
    preview(supervisor)
    assert not Reminder.objects.exists()
    assert not Message.objects.exists()


# Who and how much --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 200), ("supervisor", 200), ("head", 403), ("leader", 403)]
)
def test_it_is_for_those_who_see_all_mails(role, status):
    client = clients.signed_in(factories.MembershipFactory(role=role).user)
    assert client.get(PATH).status_code == status
    rules = [{"tier": "remind", "timing": "before", "days": 3}]
    assert clients.post(client, PATH, {"rules": rules}).status_code == status


@pytest.mark.parametrize(
    "query", ["days=0", "days=367", "days=x", "tier=shout", "kind=castle", "department=nowhere"]
)
def test_a_wrong_parameter_is_named(supervisor, query):
    answer = clients.signed_in(supervisor).get(f"{PATH}?{query}")
    assert list(clients.errors_of(answer)) == [f"/{query.split('=')[0]}"]


def test_its_queries_do_not_grow_with_what_is_due(supervisor):
    client = clients.signed_in(supervisor)
    client.get(PATH)
    counts = []
    for more in (1, 6):
        for _ in range(more):
            milestone = factories.MilestoneFactory(due_on=dt.date(2025, 9, 30))
            factories.MembershipFactory(department=milestone.project.lead_department)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{PATH}?days=366").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20
