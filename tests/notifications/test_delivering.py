import datetime as dt

import pytest
from django.db import connection

from notifications.outbox import send as module
from notifications.outbox.claim import MOST_ATTEMPTS_COUNTED
from notifications.outbox.mail import RemindersMail
from notifications.outbox.models import DeliveryAttempt, Message, Outcome, Reminder
from notifications.outbox.plan import reminder_plan
from notifications.outbox.send import Delivery, message_send, reminder_state_copy
from notifications.outbox.withdraw import reminders_withdraw
from portfolio.core import clock
from tests.factories import GrantedExtensionFactory, MilestoneFactory, UserFactory
from tests.notifications.conftest import REMINDER_DAY, REMINDER_MORNING, free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(linnan, mail_by_smtp) -> Message:
    """The officer's mail of the day, queued, with 林南 in it."""
    reminder_plan(day=REMINDER_DAY)
    return Message.objects.get(recipient="wang@city.example")


@pytest.fixture
def three(message) -> list[Message]:
    """The officer's mail and those of the two reporters."""
    return list(Message.objects.order_by("pk"))


def deliver(message: Message) -> Delivery | None:
    """Sends the mail, whatever its hour; None when it does not wait."""
    one = Message.objects.filter(pk=message.pk)
    delivered = message_send(limit=1, day=REMINDER_DAY, among=one)
    message.refresh_from_db()
    return delivered[0] if delivered else None


def deliver_batch(moment: dt.datetime = REMINDER_MORNING) -> list[str]:
    with clock.at(moment):
        return [each.outcome for each in message_send(limit=100, day=REMINDER_DAY)]


def state_of(message: Message) -> set[str]:
    return set(message.reminders.values_list("state", flat=True))


def attempts(message: Message) -> list[str]:
    found = message.delivery_attempts.order_by("number")
    return list(found.values_list("outcome", flat=True))


def test_a_mail_is_handed_over_and_marked(message, smtp):
    with clock.at(REMINDER_MORNING):
        delivery = deliver(message)

    assert (delivery.outcome, delivery.reminders) == (Outcome.SENT, 1)
    assert smtp.recipients == ["wang@city.example"]
    assert (message.state, message.attempts, message.last_error) == ("sent", 1, "")
    assert abs(message.sent_at - REMINDER_MORNING) < dt.timedelta(minutes=1)
    assert state_of(message) == {"sent"}
    attempt = DeliveryAttempt.objects.get()
    assert attempt.claimed_at <= attempt.handed_over_at <= attempt.ended_at
    (mail,) = smtp.accepted
    assert mail["Message-ID"] == f"<message-{message.pk}@localhost>"
    assert mail["Date"].datetime.date() == REMINDER_DAY
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_that_is_sent_is_never_sent_again(message, smtp):
    deliver(message)
    assert deliver(message) is None
    assert len(smtp.accepted) == 1


def test_a_batch_goes_over_one_connection(three, smtp):
    assert deliver_batch() == ["sent"] * 3
    assert (len(smtp.accepted), smtp.connections) == (3, 1)
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


# The server cannot be reached, or refuses --------------------------------------------------------


def test_a_mail_server_out_of_reach_leaves_the_mail_queued(message, settings, smtp):
    settings.EMAIL_PORT = free_port()
    delivery = deliver(message)
    assert delivery.outcome is Outcome.UNREACHABLE
    assert (message.state, message.attempts, message.sent_at) == ("queued", 1, None)
    assert "refused" in message.last_error.lower()
    assert state_of(message) == {"queued"}

    settings.EMAIL_PORT = smtp.port
    assert deliver(message).outcome is Outcome.SENT
    assert (message.attempts, message.last_error, message.retry_at) == (2, "", None)


def test_a_mail_that_could_not_be_sent_waits_ever_longer(message, settings):
    settings.EMAIL_PORT = free_port()
    moment, waits = REMINDER_MORNING, []
    for _ in range(4):
        with clock.at(moment):
            assert deliver(message).outcome is Outcome.UNREACHABLE
            waits.append(message.retry_at - clock.now())
        waiting = Message.objects.filter(pk=message.pk)
        assert not waiting.to_send(at=message.retry_at - dt.timedelta(seconds=1)).exists()
        assert waiting.to_send(at=message.retry_at).exists()
        moment = message.retry_at
    for number, wait in enumerate(waits):
        longest = dt.timedelta(minutes=1) * 2**number
        assert longest / 2 - dt.timedelta(seconds=5) < wait <= longest


def test_a_server_out_of_reach_ends_the_whole_batch_at_once(three, settings, monkeypatch):
    tried = []
    opened = module.SmtpConversation._open
    monkeypatch.setattr(
        module.SmtpConversation, "_open", lambda own: tried.append(1) or opened(own)
    )
    settings.EMAIL_PORT = free_port()
    assert deliver_batch() == ["unreachable"] * 3
    assert len(tried) == 1
    assert Message.objects.filter(attempts=1, retry_at__isnull=False).count() == 3


def test_a_recipient_that_is_refused_for_good_fails(message, smtp):
    smtp.refuse_recipients = "550 5.1.1 no such mailbox"
    delivery = deliver(message)
    assert delivery.outcome is Outcome.REFUSED
    assert (message.state, message.attempts) == ("failed", 1)
    assert message.last_error == "550 5.1.1 no such mailbox"
    assert state_of(message) == {"failed"}
    assert DeliveryAttempt.objects.get().handed_over_at is None


def test_a_mail_that_is_refused_for_good_fails(message, smtp):
    smtp.refuse_data = "554 5.7.1 rejected"
    assert deliver(message).outcome is Outcome.REFUSED
    assert message.last_error == "554 5.7.1 rejected"


def test_a_refusal_of_one_mail_keeps_no_other_back(three, smtp):
    smtp.answers["RCPT"] = ["550 5.1.1 no such mailbox", "450 4.2.0 greylisted"]
    assert deliver_batch() == ["refused", "unreachable", "sent"]


@pytest.mark.parametrize("where", ["refuse_recipients", "refuse_data"])
def test_a_passing_refusal_leaves_the_mail_queued(message, smtp, where):
    setattr(smtp, where, "451 4.7.1 try again later")
    assert deliver(message).outcome is Outcome.UNREACHABLE
    assert (message.state, message.last_error) == ("queued", "451 4.7.1 try again later")
    assert message.retry_at is not None


def test_the_count_of_attempts_stops_at_its_limit(message, settings):
    settings.EMAIL_PORT = free_port()
    Message.objects.filter(pk=message.pk).update(attempts=MOST_ATTEMPTS_COUNTED)
    assert deliver(message).outcome is Outcome.UNREACHABLE
    assert message.attempts == MOST_ATTEMPTS_COUNTED


# The server had the mail, and its answer never came ----------------------------------------------


def test_an_answer_that_never_came_leaves_the_mail_unknown_and_waiting(message, smtp):
    smtp.answers["BODY"] = ["lost"]
    assert deliver(message).outcome is Outcome.UNKNOWN
    assert (message.state, message.unknowns, message.sent_at) == ("unknown", 1, None)
    assert message.retry_at is not None
    assert state_of(message) == {"queued"}  # it is told once more


def test_it_is_sent_once_more_under_the_same_message_id(message, smtp):
    smtp.answers["BODY"] = ["lost"]
    deliver(message)
    assert deliver(message).outcome is Outcome.SENT
    assert (message.state, message.unknowns) == ("sent", 1)
    first, second = smtp.accepted
    assert first["Message-ID"] == second["Message-ID"]
    assert state_of(message) == {"sent"}


def test_a_second_answer_that_never_came_is_the_end(message, smtp):
    smtp.answers["BODY"] = ["lost", "lost"]
    deliver(message)
    assert deliver(message).outcome is Outcome.UNKNOWN
    assert (message.state, message.unknowns, message.retry_at) == ("unknown", 2, None)
    assert state_of(message) == {"unknown"}
    assert deliver(message) is None
    assert len(smtp.accepted) == 2


def test_a_known_answer_on_the_second_sending_does_not_use_it_up(message, smtp):
    smtp.answers |= {"BODY": ["lost"], "RCPT": ["", "450 4.2.0 greylisted"]}
    deliver(message)
    assert deliver(message).outcome is Outcome.UNREACHABLE
    assert (message.state, message.unknowns) == ("unknown", 1)
    assert deliver(message).outcome is Outcome.SENT
    assert attempts(message) == ["unknown", "unreachable", "sent"]


def test_a_refusal_for_good_on_the_second_sending_fails(message, smtp):
    smtp.answers |= {"BODY": ["lost"], "RCPT": ["", "550 5.1.1 no such mailbox"]}
    deliver(message)
    assert deliver(message).outcome is Outcome.REFUSED
    assert (message.state, state_of(message)) == ("failed", {"failed"})


def test_an_unknown_mail_whose_matter_is_settled_is_not_sent_again(message, linnan, smtp):
    smtp.answers["BODY"] = ["lost"]
    deliver(message)
    settle(linnan, "done")
    reminders_withdraw()
    assert state_of(message) == {"queued"}
    assert deliver(message).outcome is Outcome.NOTHING_LEFT
    assert message.state == "unknown"
    assert state_of(message) == {"unknown"}  # it may have been read
    assert len(smtp.accepted) == 1


# What goes wrong on this side --------------------------------------------------------------------


def test_a_mail_that_cannot_be_written_is_logged_and_keeps_no_other_back(
    three, smtp, monkeypatch, caplog
):
    build = RemindersMail.build

    def broken(self, *, to: str, **rest):
        if to == three[0].recipient:
            raise ValueError("no such template")
        return build(self, to=to, **rest)

    monkeypatch.setattr(RemindersMail, "build", broken)
    assert sorted(deliver_batch()) == ["abandoned", "sent", "sent"]
    three[0].refresh_from_db()
    assert (three[0].state, three[0].attempts, three[0].last_error) == (
        "queued", 1, "no such template",
    )  # fmt: skip
    assert three[0].retry_at is not None
    assert [each.exc_info is not None for each in caplog.records] == [True]


def test_a_lease_that_ran_out_meanwhile_keeps_hands_off(three, smtp, monkeypatch):
    monkeypatch.setattr(module, "attempt_hand_over", lambda **_: False)
    assert deliver_batch() == []
    assert smtp.accepted == []
    assert Message.objects.filter(state="queued", attempts=0).count() == 3


def test_a_slow_batch_lets_go_of_what_it_has_not_sent(three, smtp, monkeypatch):
    monkeypatch.setattr(module, "BATCH_IN_STEPS", 0)
    assert deliver_batch() == []
    assert attempts(three[0]) == ["abandoned"]
    assert Message.objects.to_send(at=REMINDER_MORNING).count() == 3


def test_reminders_left_behind_by_a_worker_that_died_follow_their_mail(message):
    message.state, message.sent_at = "sent", REMINDER_MORNING
    message.save()
    assert reminder_state_copy() == 1
    assert state_of(message) == {"sent"}


# What is settled since ---------------------------------------------------------------------------


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
    reminder_plan(day=REMINDER_DAY)
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
    reminder_plan(day=REMINDER_DAY)
    assert deliver(Message.objects.get(recipient="zhao@city.example")).outcome is Outcome.SENT
    assert smtp.recipients == ["zhao@city.example"]


@pytest.mark.django_db(transaction=True)
def test_reminders_follow_their_mails_without_waiting_for_those_that_another_process_has(three):
    """Ticks and deliveries once waited for each other's rows until the database ended one."""
    Message.objects.update(state="sent", sent_at=REMINDER_MORNING)
    other = connection.copy()
    with other.cursor() as theirs, connection.cursor() as ours:
        theirs.execute("BEGIN")
        theirs.execute(
            "SELECT 1 FROM notifications_reminder WHERE message_id = %s FOR UPDATE", [three[0].pk]
        )
        ours.execute("SET lock_timeout = '1s'")
        assert reminder_state_copy() == 2
        theirs.execute("ROLLBACK")
        assert reminder_state_copy() == 1
        ours.execute("RESET lock_timeout")
    other.close()
