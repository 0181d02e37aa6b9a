"""What became of the reminders of a period, counted in the database."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from tests import clients, factories

pytestmark = pytest.mark.django_db
PATH = "/api/v1/reminder-statistics/"
NINE = dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)
COUNTS = (
    "planned", "queued", "sent", "refused", "unknown", "withdrawn", "acknowledged", "late",
)  # fmt: skip


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(NINE):
        yield


def ask(query: str = "", client=None) -> dict:
    response = (client or clients.supervisor()).get(f"{PATH}?{query}")
    assert response.status_code == 200, response.content
    return response.json()


def a_reminder(state: str = "queued", *, minutes: int = 0, **fields):
    """A reminder of that state, whose mail went out so many minutes after nine."""
    mail = {"state": "sent", "sent_at": NINE + dt.timedelta(minutes=minutes)}
    message = {f"message__{name}": value for name, value in mail.items()} if state == "sent" else {}
    return factories.ReminderFactory(state=state, **message, **fields)


def figures(row: dict) -> dict[str, int]:
    return {name: row[name] for name in COUNTS if row[name]}


def test_each_state_is_counted_and_together_they_are_what_was_planned():
    for state in ("queued", "sent", "failed", "unknown", "withdrawn", "withdrawn"):
        a_reminder(state)
    answer = ask("group_by=day")
    expected = {
        "planned": 6, "queued": 1, "sent": 1, "refused": 1, "unknown": 1, "withdrawn": 2,
    }  # fmt: skip
    [row] = answer["results"]
    assert (row["key"], row["name"]) == ("2025-09-23", "2025-09-23")
    assert figures(row) == figures(answer["total"]) == expected


def test_who_has_read_and_what_came_late_are_counted_what_was_withdrawn_is_not():
    a_reminder("sent", message__acknowledged_at=NINE, falls_on="2025-09-22")
    a_reminder("withdrawn", falls_on="2025-09-22")
    a_reminder("sent")
    total = ask()["total"]
    assert (total["acknowledged"], total["late"]) == (1, 1)


@pytest.mark.parametrize(
    ("minutes", "median"), [([], None), ([4], 4.0), ([1, 2, 90], 2.0), ([1, 2], 1.5)]
)
def test_the_median_says_how_long_mails_took(minutes, median):
    for each in minutes:
        a_reminder("sent", minutes=each)
    a_reminder("queued")
    answer = ask()
    assert answer["total"]["median_minutes"] == median
    assert answer["results"][0]["median_minutes"] == median


def test_it_is_told_by_tier_department_kind_and_recipient_under_the_names_that_people_read():
    department = factories.DepartmentFactory(short_name="市住建局")
    user = factories.UserFactory(name="乌兰")
    a_reminder(
        tier="urge", ordinal=1, department=department, message__recipient_user=user,
        deadline_kind="work_item",
    )  # fmt: skip
    for group, key, name in (
        ("tier", "urge", "催办"),
        ("department", str(department.pk), "市住建局"),
        ("kind", "work_item", "清单事项"),
        ("recipient", user.email, "乌兰"),
    ):
        [row] = ask(f"group_by={group}")["results"]
        assert (row["key"], row["name"]) == (key, name)


def test_an_office_mailbox_is_called_by_its_address():
    a_reminder(message__recipient_user=None, message__recipient="office@city.example")
    [row] = ask("group_by=recipient")["results"]
    assert row["name"] == "office@city.example"


def test_the_days_of_the_mails_narrow_it_both_included():
    for day in ("2025-09-20", "2025-09-21", "2025-09-22", "2025-09-23"):
        a_reminder(message__day=day)
    answer = ask("date_from=2025-09-21&date_to=2025-09-22")
    assert [row["key"] for row in answer["results"]] == ["2025-09-21", "2025-09-22"]
    assert answer["total"]["planned"] == 2


def test_without_days_it_is_about_the_last_thirty():
    a_reminder(message__day="2025-08-23")
    a_reminder(message__day="2025-08-24")
    answer = ask()
    assert (answer["date_from"], answer["date_to"]) == ("2025-08-24", "2025-09-23")
    assert answer["total"]["planned"] == 1


def test_everybody_counts_what_he_may_see():
    mine = a_reminder()
    a_reminder()
    assert ask(client=clients.signed_in(mine.recipient_user))["total"]["planned"] == 1
    assert ask(client=clients.signed_in(factories.UserFactory()))["total"]["planned"] == 0


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("group_by=colour", "/group_by"),
        ("date_from=soon", "/date_from"),
        ("date_to=0001-01-01", "/date_to"),
        ("date_from=2025-09-24", "/date_from"),
        ("colour=red", "/colour"),
    ],
)
def test_a_wrong_parameter_is_named(query, pointer):
    response = clients.viewer().get(f"{PATH}?{query}")
    assert list(clients.errors_of(response)) == [pointer]


@pytest.mark.parametrize("group", ["day", "tier", "department", "kind", "recipient"])
def test_its_queries_do_not_grow_with_the_rows(group):
    client = clients.supervisor()
    client.get(PATH)
    counts = []
    for more in (1, 5):
        for _ in range(more):
            a_reminder()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{PATH}?group_by={group}").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 7
