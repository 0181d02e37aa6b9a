import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.outbox.acknowledge import message_acknowledge
from notifications.outbox.models import DeliveryAttempt, Message
from notifications.outbox.signed_links import (
    LINK_LASTS,
    acknowledge_address,
    is_acknowledge_signature,
)
from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.core.errors import StateConflictError
from tests.factories import MessageFactory, ReminderFactory, UserFactory

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2025, 9, 23, 10, tzinfo=CITY_TIME)


@pytest.fixture(autouse=True)
def that_morning():
    with clock.at(MORNING):
        yield


@pytest.fixture
def message() -> Message:
    """A mail that was sent to a person, with 林南 in it."""
    sent = MessageFactory(state="sent", sent_at=MORNING)
    ReminderFactory(message=sent, state="sent", tier="supervise", ordinal=6)
    return sent


@pytest.fixture
def visitor() -> Client:
    """A browser that is not signed in, and that a form without a token would not get past."""
    return Client(enforce_csrf_checks=True, headers={"Accept-Language": "zh-hans"})


def path_of(message: Message) -> str:
    address = acknowledge_address(message.pk, message.recipient)
    return address[address.index("/acknowledge/") :]


def acknowledged(message: Message) -> bool:
    return Message.objects.get(pk=message.pk).acknowledged_at is not None


def test_the_page_says_what_the_mail_told(message, visitor):
    ReminderFactory(message=message, state="withdrawn", title="已办结的")
    page = visitor.get(path_of(message))
    text = page.content.decode()
    assert page.status_code == 200
    for said in (
        "林南平房区安置房 · 建成交付",
        "督办",
        "2025年9月30日",
        message.recipient,
        "我已收到",
    ):
        assert said in text
    assert "已办结的" not in text


@pytest.mark.parametrize("method", ["get", "head"])
def test_who_only_opens_the_link_acknowledges_nothing(method, message, visitor):
    assert getattr(visitor, method)(path_of(message)).status_code == 200
    assert not acknowledged(message)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_refused(method, message, visitor):
    assert getattr(visitor, method)(path_of(message)).status_code == 405
    assert not acknowledged(message)


def test_the_button_acknowledges_without_a_session(message, visitor):
    page = visitor.post(path_of(message))
    assert page.status_code == 200
    assert "已收到" in page.content.decode()
    assert "我已收到" not in page.content.decode()
    message.refresh_from_db()
    assert abs(message.acknowledged_at - MORNING) < dt.timedelta(minutes=1)
    assert message.acknowledged_by == message.recipient_user
    assert visitor.cookies == {}


def test_the_history_says_that_it_came_by_the_mails_link(message, visitor):
    visitor.post(path_of(message))
    context = message.events.latest("pgh_id").pgh_context
    assert context["door"] == "mail"
    assert path_of(message) not in str(context)


def test_a_second_time_changes_nothing(message, visitor):
    visitor.post(path_of(message))
    first = Message.objects.get(pk=message.pk)
    with clock.at(MORNING + dt.timedelta(days=1)):
        assert "已收到" in visitor.post(path_of(message)).content.decode()
    again = Message.objects.get(pk=message.pk)
    assert (again.acknowledged_at, again.version) == (first.acknowledged_at, first.version)


def test_an_acknowledged_mail_shows_no_button(message, visitor):
    visitor.post(path_of(message))
    text = visitor.get(path_of(message)).content.decode()
    assert "2025-09-23 10:0" in text
    assert "<button" not in text


def test_an_office_mailbox_acknowledges_as_nobody(visitor):
    office = MessageFactory(
        recipient="office@city.example", recipient_user=None, state="sent", sent_at=MORNING
    )
    visitor.post(path_of(office))
    office.refresh_from_db()
    assert office.acknowledged_at is not None
    assert office.acknowledged_by is None


def test_an_english_reader_gets_an_english_page(message):
    text = Client(headers={"Accept-Language": "en"}).get(path_of(message)).content.decode()
    assert '<html lang="en">' in text
    assert "I have received it" in text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.replace(path[-3:-1], "zz" if path[-3:-1] != "zz" else "aa"),
        lambda path: path[:-2] + "/",
        lambda path: path[:-1] + ":x/",
        lambda path: path[:-1] + "；/",
        lambda path: path.replace("/acknowledge/", "/acknowledge/1"),
        lambda path: "/acknowledge/99999999999999999999/" + path.split("/")[3] + "/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_was_tampered_with_is_unknown(spoil, method, message, visitor):
    page = getattr(visitor, method)(spoil(path_of(message)))
    assert page.status_code == 404
    assert "链接无效" in page.content.decode()
    assert not acknowledged(message)


def test_a_link_is_of_one_mail_and_one_recipient(message):
    other = MessageFactory(state="sent", sent_at=MORNING)
    signature = path_of(message).split("/")[3]
    assert is_acknowledge_signature(signature, message.pk, message.recipient)
    assert is_acknowledge_signature(signature, message.pk, message.recipient.upper())
    assert not is_acknowledge_signature(signature, other.pk, message.recipient)
    assert not is_acknowledge_signature(signature, message.pk, other.recipient)


def test_the_link_outlives_a_change_of_the_key(message, visitor, settings):
    path = path_of(message)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert visitor.get(path).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert visitor.get(path).status_code == 404


def test_the_link_lasts_a_year(message, visitor):
    path = path_of(message)
    for days, status in ((LINK_LASTS.days, 200), (LINK_LASTS.days + 1, 404)):
        with clock.at(MORNING + dt.timedelta(days=days)):
            assert visitor.get(path).status_code == status
    assert LINK_LASTS.days >= 180


@pytest.mark.parametrize("state", ["queued", "withdrawn", "failed"])
def test_a_mail_that_never_left_cannot_be_acknowledged(state, visitor):
    waiting = MessageFactory(state=state)
    for method in (visitor.get, visitor.post):
        assert method(path_of(waiting)).status_code == 404
    with pytest.raises(StateConflictError):
        message_acknowledge(message=waiting, by=None)
    assert not acknowledged(waiting)


@pytest.mark.parametrize("state", ["unknown", "failed", "withdrawn"])
def test_a_mail_that_may_have_arrived_can_be_acknowledged(state, visitor):
    """The mail server had it once; what became of the second attempt takes nothing back."""
    perhaps = MessageFactory(state=state, unknowns=1)
    assert visitor.post(path_of(perhaps)).status_code == 200
    assert acknowledged(perhaps)


@pytest.mark.parametrize(("handed_over", "status"), [(True, 200), (False, 404)])
def test_a_mail_that_is_leaving_can_be_acknowledged_once_it_was_handed_over(
    handed_over, status, visitor
):
    leaving = MessageFactory()
    DeliveryAttempt.objects.create(
        message=leaving,
        number=1,
        claimed_at=MORNING,
        lease_until=MORNING + dt.timedelta(minutes=5),
        handed_over_at=MORNING if handed_over else None,
    )
    assert visitor.post(path_of(leaving)).status_code == status


@pytest.mark.parametrize("known", [True, False])
def test_nobody_keeps_lists_or_frames_the_page(known, message, visitor):
    page = visitor.get(path_of(message) if known else "/acknowledge/1/x/")
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page["X-Robots-Tag"]
    assert page["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in page["Content-Security-Policy"]


def test_the_log_does_not_tell_the_link(message, visitor):
    from portfolio.core.api.log_lines import _without_secrets

    path = path_of(message)
    said = _without_secrets(f"Not Found: {path}")
    assert path.split("/")[3] not in said
    assert str(message.pk) in said


def test_only_the_recipient_acknowledges_by_the_api(message):
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        message_acknowledge(message=message, by=UserFactory())
    message_acknowledge(message=message, by=message.recipient_user)
    assert acknowledged(message)


def test_the_number_of_queries_does_not_grow_with_the_reminders(message, visitor):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            visitor.get(path_of(message))
        return len(captured)

    before = queries()
    ReminderFactory.create_batch(5, message=message, state="sent")
    assert queries() == before


def test_a_very_long_mail_is_shown_in_part_and_the_rest_counted(message, visitor, monkeypatch):
    monkeypatch.setattr("notifications.outbox.acknowledge_page.MOST_SHOWN", 3)
    ReminderFactory.create_batch(5, message=message, state="sent")
    text = visitor.get(path_of(message)).content.decode()
    assert text.count("<li>") == 3
    assert "另有 3 项" in text
