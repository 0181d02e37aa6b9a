import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from notifications.models import Message, Reminder
from notifications.services import Outcome, day_prepare, message_deliver
from notifications.services.delivering import MOST_ATTEMPTS_COUNTED
from portfolio import clock
from tests.factories import GrantedExtensionFactory, MilestoneFactory, UserFactory
from tests.notifications.conftest import REMINDER_DAY, REMINDER_MORNING, free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(linnan, mail_by_smtp) -> Message:
    """The officer's mail of the day, queued, with 林南 in it."""
    day_prepare(day=REMINDER_DAY)
    return Message.objects.get(recipient="wang@city.example")


def deliver(message: Message, day: dt.date = REMINDER_DAY):
    delivery = message_deliver(message_id=message.pk, day=day)
    message.refresh_from_db()
    return delivery


def state_of(message: Message) -> set[str]:
    return set(message.reminders.values_list("state", flat=True))


def test_a_mail_is_handed_over_and_marked(message, smtp):
    with clock.at(REMINDER_MORNING):
        delivery = deliver(message)

    assert (delivery.outcome, delivery.reminders) == (Outcome.SENT, 1)
    assert smtp.recipients == ["wang@city.example"]
    assert (message.state, message.attempts, message.last_error) == ("sent", 1, "")
    assert abs(message.sent_at - REMINDER_MORNING) < dt.timedelta(minutes=1)
    assert state_of(message) == {"sent"}
    (mail,) = smtp.accepted
    assert mail["Message-ID"] == f"<message-{message.pk}@localhost>"
    assert mail["Date"].datetime.date() == REMINDER_DAY
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_that_is_sent_is_never_sent_again(message, smtp):
    deliver(message)
    assert deliver(message).outcome is Outcome.ALREADY_SENT
    assert len(smtp.accepted) == 1


def test_a_mail_server_out_of_reach_leaves_the_mail_queued(message, settings, smtp):
    settings.EMAIL_PORT = free_port()
    delivery = deliver(message)
    assert delivery.outcome is Outcome.UNREACHABLE
    assert (message.state, message.attempts, message.sent_at) == ("queued", 1, None)
    assert "refused" in message.last_error.lower()
    assert state_of(message) == {"queued"}

    settings.EMAIL_PORT = smtp.port
    assert deliver(message).outcome is Outcome.SENT
    assert (message.attempts, message.last_error) == (2, "")


def test_a_recipient_that_is_refused_for_good_fails(message, smtp):
    smtp.refuse_recipients = "550 5.1.1 no such mailbox"
    delivery = deliver(message)
    assert delivery.outcome is Outcome.REFUSED
    assert (message.state, message.attempts) == ("failed", 1)
    assert message.last_error == "550 5.1.1 no such mailbox"
    assert state_of(message) == {"failed"}


def test_a_mail_that_is_refused_for_good_fails(message, smtp):
    smtp.refuse_data = "554 5.7.1 rejected"
    assert deliver(message).outcome is Outcome.REFUSED
    assert message.last_error == "554 5.7.1 rejected"


@pytest.mark.parametrize("where", ["refuse_recipients", "refuse_data"])
def test_a_passing_refusal_leaves_the_mail_queued(message, smtp, where):
    setattr(smtp, where, "451 4.7.1 try again later")
    assert deliver(message).outcome is Outcome.UNREACHABLE
    assert (message.state, message.last_error) == ("queued", "451 4.7.1 try again later")


def test_the_count_of_attempts_stops_at_its_limit(message, settings):
    settings.EMAIL_PORT = free_port()
    Message.objects.filter(pk=message.pk).update(attempts=MOST_ATTEMPTS_COUNTED)
    assert deliver(message).outcome is Outcome.UNREACHABLE
    assert message.attempts == MOST_ATTEMPTS_COUNTED


@pytest.mark.parametrize("change", ["done", "moved", "cancelled", "deleted"])
def test_what_is_meanwhile_settled_is_withdrawn_and_an_empty_mail_not_sent(
    message, linnan, smtp, change
):
    settle(linnan, change)
    assert deliver(message).outcome is Outcome.NOTHING_LEFT
    message.refresh_from_db()
    assert message.state == "withdrawn"
    assert smtp.accepted == []
    assert state_of(message) == {"withdrawn"}
    assert not Message.objects.to_send(at=clock.now()).filter(pk=message.pk).exists()


def settle(milestone, change: str) -> None:
    if change == "done":
        milestone.done_on = dt.date(2025, 9, 22)
        milestone.save()
    elif change == "moved":
        GrantedExtensionFactory(milestone=milestone, new_due_on=dt.date(2025, 10, 31))
    elif change == "deleted":
        milestone.delete()
    else:
        milestone.project.transitions.create(
            from_stage="construction", to_stage="cancelled", effective_on=dt.date(2025, 9, 22)
        )


def test_what_is_left_of_a_mail_is_still_told(message, linnan, smtp):
    MilestoneFactory(project=linnan.project, name="通过验收")
    day_prepare(day=REMINDER_DAY)
    settle(linnan, "done")
    assert deliver(message).reminders == 1
    assert sorted(message.reminders.values_list("state", flat=True)) == ["sent", "withdrawn"]
    assert "通过验收" in smtp.accepted[0]["Subject"]


def test_of_two_tiers_in_one_mail_the_graver_is_told(message, linnan):
    nearer = message.reminders.get()
    nearer.pk, nearer.ordinal = None, 1
    nearer.save()
    assert deliver(message).reminders == 1
    told = Reminder.objects.filter(message=message).values_list("ordinal", "state")
    assert dict(told) == {7: "withdrawn", 1: "sent"}


def test_the_number_of_queries_does_not_grow_with_the_reminders(message, linnan):
    def run(reminders: int) -> int:
        MilestoneFactory.create_batch(reminders, project=linnan.project)
        day_prepare(day=REMINDER_DAY)
        Message.objects.filter(pk=message.pk).update(state="queued", sent_at=None)
        Reminder.objects.filter(message=message).update(state="queued")
        with CaptureQueriesContext(connection) as queries:
            assert deliver(message).reminders > reminders
        return len(queries)

    # Before it has gone out: what is new joins the mail.
    assert run(1) == run(0)


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_another_is_handing_over_is_passed_by(message, smtp):
    smtp.release.clear()
    first = threading.Thread(target=deliver_in_thread, args=(message,))
    first.start()
    assert smtp.holding.wait(10)
    assert message_deliver(message_id=message.pk, day=REMINDER_DAY).outcome is Outcome.BUSY
    # Nor does preparing the day wait for it.
    assert day_prepare(day=REMINDER_DAY).created == 0
    smtp.release.set()
    first.join(10)
    assert smtp.accepted == []


def deliver_in_thread(message: Message) -> None:
    try:
        message_deliver(message_id=message.pk, day=REMINDER_DAY)
    finally:
        connections.close_all()


def test_who_has_left_since_the_mail_was_prepared_is_not_told(message, smtp):
    person = message.recipient_user
    person.is_active = False
    person.save()
    assert deliver(message).outcome is Outcome.NOTHING_LEFT
    assert smtp.accepted == []
    assert state_of(message) == {"withdrawn"}


def test_an_officer_who_was_replaced_since_is_not_told_and_the_new_one_is(message, linnan, smtp):
    linnan.officer = UserFactory(email="zhao@city.example")
    linnan.save()
    assert deliver(message).outcome is Outcome.NOTHING_LEFT
    day_prepare(day=REMINDER_DAY)
    assert deliver(Message.objects.get(recipient="zhao@city.example")).outcome is Outcome.SENT
    assert smtp.recipients == ["zhao@city.example"]
