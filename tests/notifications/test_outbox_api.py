"""What was told to whom, over the API: late, acknowledged, tried, and what the server said."""

import datetime as dt

import pytest

from notifications.outbox.models import DeliveryAttempt
from portfolio.core import clock
from tests import clients, factories

pytestmark = pytest.mark.django_db
REMINDERS, MESSAGES = "/api/v1/reminders/", "/api/v1/messages/"
NINE = dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(NINE):
        yield


def a_sent_mail(**fields):
    return factories.MessageFactory(state="sent", sent_at=NINE, **fields)


def ids(path: str) -> list[int]:
    response = clients.viewer().get(path)
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


# Reminders ---------------------------------------------------------------------------------------
def test_a_reminder_says_why_it_came_when_it_was_due_and_that_it_is_late():
    reminder = factories.ReminderFactory(
        message=a_sent_mail(acknowledged_at=NINE), capacity="head", falls_on="2025-09-19"
    )
    row = clients.viewer().get(f"{REMINDERS}{reminder.pk}/").json()
    told = {"capacity", "capacity_display", "falls_on", "late", "acknowledged_at"}
    assert {name: row[name] for name in told} == {
        "capacity": "head",
        "capacity_display": "单位负责人",
        "falls_on": "2025-09-19",
        "late": True,
        "acknowledged_at": "2025-09-23T09:00:00+08:00",
    }


@pytest.mark.parametrize(
    "query",
    [
        "late=true",
        "capacity=sponsor",
        "falls_before=2025-09-22",
        "acknowledged=true",
        "falls_after=2025-09-21&falls_before=2025-09-22",
    ],
)
def test_reminders_are_asked_for_by_why_when_and_whether_they_were_read(query):
    asked_for = factories.ReminderFactory(
        message__acknowledged_at=NINE, capacity="sponsor", falls_on="2025-09-22"
    )
    factories.ReminderFactory()
    assert ids(f"{REMINDERS}?{query}") == [asked_for.pk]


def test_a_reminder_of_the_mails_own_day_is_not_late():
    reminder = factories.ReminderFactory()
    assert ids(f"{REMINDERS}?late=false") == [reminder.pk]


# Mails -------------------------------------------------------------------------------------------
def test_a_mail_says_how_often_its_fate_was_unknown_and_when_it_is_tried_again():
    message = factories.MessageFactory(state="unknown", unknowns=1, retry_at=NINE)
    factories.MessageFactory()
    assert ids(f"{MESSAGES}?unknowns=1") == [message.pk]
    row = clients.viewer().get(f"{MESSAGES}{message.pk}/").json()
    assert (row["unknowns"], row["retry_at"]) == (1, "2025-09-23T09:00:00+08:00")


def test_the_attempts_of_a_mail_are_told_in_the_servers_words_the_last_first():
    message = factories.MessageFactory()
    for number, outcome, reply in ((1, "unreachable", "450 4.2.1 busy"), (2, "sent", "250 OK")):
        DeliveryAttempt.objects.create(
            message=message,
            number=number,
            claimed_at=NINE,
            lease_until=NINE + dt.timedelta(minutes=5),
            ended_at=NINE,
            outcome=outcome,
            reply=reply,
        )
    rows = clients.viewer().get(f"{MESSAGES}{message.pk}/attempts/").json()
    told = [(row["number"], row["outcome_display"], row["reply"]) for row in rows]
    assert told == [(2, "已送出", "250 OK"), (1, "暂时无法送达", "450 4.2.1 busy")]


def test_the_attempts_of_another_persons_mail_are_not_found():
    message = factories.MessageFactory()
    stranger = clients.signed_in(factories.UserFactory())
    assert stranger.get(f"{MESSAGES}{message.pk}/attempts/").status_code == 404


def test_a_mails_log_has_no_past_of_its_own():
    message = factories.MessageFactory()
    answer = clients.viewer().get(f"{MESSAGES}{message.pk}/attempts/?as_of=2025-09-23")
    assert clients.errors_of(answer) == {"/as_of": "unknown_parameter"}


# Acknowledging -----------------------------------------------------------------------------------
def acknowledge(client, message):
    return clients.post(client, f"{MESSAGES}{message.pk}/acknowledge/", {})


def test_the_recipient_acknowledges_once_and_the_first_time_counts():
    message = a_sent_mail()
    client = clients.signed_in(message.recipient_user)
    first = acknowledge(client, message)
    assert first.status_code == 200, first.content
    with clock.at(NINE + dt.timedelta(hours=1)):
        again = acknowledge(client, message)
    assert again.json() == first.json()
    assert first.json()["acknowledged_by"] == message.recipient_user.pk
    assert first.json()["acknowledged_at"].startswith("2025-09-23T09:00:0")
    assert ids(f"{MESSAGES}?acknowledged=true") == [message.pk]


def test_nobody_acknowledges_for_the_recipient():
    message = a_sent_mail()
    assert acknowledge(clients.supervisor(), message).status_code == 403
    assert acknowledge(clients.reporter_of(factories.DepartmentFactory()), message).status_code in (
        403,
        404,
    )
    message.refresh_from_db()
    assert message.acknowledged_at is None


def test_a_mail_of_unknown_fate_can_be_acknowledged_it_did_arrive():
    message = factories.MessageFactory(state="unknown", unknowns=2)
    answer = acknowledge(clients.signed_in(message.recipient_user), message)
    assert answer.json()["acknowledged_at"]


@pytest.mark.parametrize("state", ["queued", "failed", "withdrawn"])
def test_a_mail_that_did_not_go_out_cannot_be_acknowledged(state):
    message = factories.MessageFactory(state=state)
    answer = acknowledge(clients.signed_in(message.recipient_user), message)
    assert answer.status_code == 409
    assert clients.errors_of(answer) == {"": "not_sent"}
