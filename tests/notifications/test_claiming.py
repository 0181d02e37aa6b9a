import datetime as dt
import threading

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from notifications.outbox.claim import (
    ClaimedMail,
    attempt_end,
    attempt_hand_over,
    lease_duration,
    leases_expire,
    message_claim,
)
from notifications.outbox.models import DeliveryAttempt, Message, Outcome
from notifications.outbox.plan import reminder_plan
from tests.factories import MembershipFactory, MilestoneFactory
from tests.notifications.conftest import REMINDER_DAY, REMINDER_MORNING

pytestmark = pytest.mark.django_db

LATER = REMINDER_MORNING + lease_duration()


@pytest.fixture
def planned(linnan) -> None:
    """Three mails, each with 林南 in it, whose hour has come."""
    reminder_plan(day=REMINDER_DAY)


def claim(limit: int = 10, now: dt.datetime = REMINDER_MORNING) -> list[ClaimedMail]:
    return message_claim(limit=limit, now=now)


def attempts(held: ClaimedMail) -> list[str]:
    found = DeliveryAttempt.objects.filter(message=held.message).order_by("number")
    return list(found.values_list("outcome", flat=True))


def test_a_mail_is_held_by_one_at_a_time(planned):
    first, second = claim(1), claim()
    assert (len(first), len(second)) == (1, 2)
    assert {each.message.pk for each in first}.isdisjoint(each.message.pk for each in second)
    assert claim() == []


def test_before_its_hour_no_mail_is_taken(planned):
    assert claim(now=REMINDER_MORNING - dt.timedelta(minutes=1)) == []


def test_what_a_mail_tells_comes_with_it(planned, linnan):
    for each in claim():
        ((reminder, deadline),) = each.told
        assert reminder.message_id == each.message.pk
        assert deadline.object_id == linnan.pk


def test_a_mail_with_nothing_left_is_ended_at_once(planned, linnan):
    linnan.delete()
    for each in claim():
        assert each.told == []
        assert each.message.state == "withdrawn"
        assert attempts(each) == ["nothing_left"]
    assert claim() == []


def test_the_number_of_queries_does_not_grow_with_the_mails(linnan):
    def run(members: int) -> int:
        MembershipFactory.create_batch(members, department=linnan.project.lead_department)
        reminder_plan(day=REMINDER_DAY)
        with CaptureQueriesContext(connection) as queries:
            assert len(claim(100)) >= members
        return len(queries)

    assert run(1) == run(10)


def test_a_mail_about_to_leave_renews_its_lease(planned):
    (held,) = claim(1)
    late = LATER - dt.timedelta(seconds=1)
    assert attempt_hand_over(held=held, now=late)
    assert leases_expire(now=LATER) == ([], [])
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.handed_over_at, attempt.lease_until) == (late, late + lease_duration())


def test_a_lease_that_ran_out_before_the_mail_left_keeps_hands_off(planned):
    (held,) = claim(1)
    assert not attempt_hand_over(held=held, now=LATER)


def test_a_mail_that_had_not_left_when_its_lease_ran_out_waits_as_before(planned):
    (held,) = claim(1)
    assert leases_expire(now=LATER) == ([held.message], [])
    (again,) = claim(1, now=LATER)
    assert again.message == held.message
    assert (again.message.state, again.message.attempts, again.message.unknowns) == ("queued", 0, 0)
    assert attempts(held) == ["abandoned", ""]
    # Whoever comes back too late changes nothing any more.
    assert not attempt_hand_over(held=held, now=LATER)
    assert not attempt_end(held=held, outcome=Outcome.SENT, now=LATER)
    assert Message.objects.get(pk=held.message.pk).state == "queued"


def test_a_mail_that_had_left_when_its_lease_ran_out_is_of_unknown_fate(planned):
    (held,) = claim(1)
    attempt_hand_over(held=held, now=REMINDER_MORNING)
    assert leases_expire(now=LATER) == ([], [held.message])
    held.message.refresh_from_db()
    assert (held.message.state, held.message.unknowns, held.message.attempts) == ("unknown", 1, 1)
    assert dt.timedelta(seconds=30) <= held.message.retry_at - LATER <= dt.timedelta(minutes=1)
    assert attempts(held) == ["unknown"]


def test_a_mail_of_unknown_fate_is_taken_once_more_and_never_again(planned):
    now = REMINDER_MORNING
    taken = []
    for _ in range(4):
        held = [each for each in claim(now=now) if not taken or each.message == taken[0]]
        for each in held[:1]:
            attempt_hand_over(held=each, now=now)
            taken.append(each.message)
        now += 2 * lease_duration()
        leases_expire(now=now)
        now += dt.timedelta(minutes=5)
    message = Message.objects.get(pk=taken[0].pk)
    assert len(taken) == 2
    assert (message.state, message.unknowns, message.retry_at) == ("unknown", 2, None)


def test_only_what_has_run_out_is_taken_back(planned):
    claim(1)
    claim(now=REMINDER_MORNING + dt.timedelta(seconds=1))
    abandoned, _ = leases_expire(now=LATER)
    assert len(abandoned) == 1


@pytest.mark.django_db(transaction=True)
def test_what_another_is_taking_at_this_moment_is_passed_by(planned):
    found: list[ClaimedMail] = []

    def take() -> None:
        try:
            found.extend(claim())
        finally:
            connections.close_all()

    with transaction.atomic():
        locked = Message.objects.select_for_update().order_by("pk")[:2]
        mine = set(locked.values_list("pk", flat=True))
        other = threading.Thread(target=take)
        other.start()
        other.join(10)
        assert not other.is_alive()
    assert len(found) == 1
    assert found[0].message.pk not in mine


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_each_mail_once(linnan):
    MembershipFactory.create_batch(37, department=linnan.project.lead_department)
    reminder_plan(day=REMINDER_DAY)
    found: list[int] = []
    start = threading.Barrier(4)

    def take() -> None:
        try:
            start.wait(10)
            while taken := claim(3):
                found.extend(each.message.pk for each in taken)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert len(found) == len(set(found)) == 40


@pytest.mark.django_db(transaction=True)
def test_nothing_is_claimed_inside_a_transaction_that_may_be_undone(planned):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        claim()


def test_the_reminders_of_an_office_mailbox_are_taken_too(db):
    MilestoneFactory(project__lead_department__email="office@city.example")
    reminder_plan(day=REMINDER_DAY)
    (held,) = claim()
    assert held.message.recipient_user is None
