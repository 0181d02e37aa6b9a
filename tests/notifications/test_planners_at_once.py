"""Several planners, sweeps and senders at the same moment: nothing twice, nothing stuck."""

import datetime as dt
from collections import Counter

import pytest

from notifications.outbox.claim import attempts_release, message_claim
from notifications.outbox.models import Message, PlannedDay, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.outbox.withdraw import reminders_withdraw
from projects.milestones.models import Milestone
from tests.at_once import at_once
from tests.factories import MembershipFactory, MilestoneFactory
from tests.notifications.conftest import REMINDER_DAY

pytestmark = pytest.mark.django_db(transaction=True)

NEXT_DAY = dt.date(2025, 9, 24)
PEOPLE = 6


def plan(day: dt.date = REMINDER_DAY) -> int:
    return reminder_plan(day=day).created


@pytest.fixture
def people(transactional_db) -> None:
    """Each has one milestone due in seven days, and one in eight."""
    for _ in range(PEOPLE):
        project = MilestoneFactory(project__lead_department=MembershipFactory().department).project
        MilestoneFactory(project=project, due_on=dt.date(2025, 10, 1))  # 7 ahead: 09-24


def keys() -> Counter:
    return Counter(
        Reminder.objects.values_list(
            "recipient", "deadline_kind", "object_id", "due_on", "tier", "ordinal"
        )
    )


def test_planners_at_once_add_each_reminder_once(people):
    created = at_once(plan, plan, plan)
    assert sorted(created) == [0, 0, PEOPLE]
    assert len(keys()) == sum(keys().values()) == PEOPLE
    assert Message.objects.count() == PEOPLE
    assert PlannedDay.objects.count() == 1


def test_planners_of_two_days_at_once_leave_one_waiting_mail_a_person(people):
    at_once(plan, lambda: plan(NEXT_DAY))
    plan(NEXT_DAY)
    assert len(keys()) == sum(keys().values()) == 2 * PEOPLE
    waiting = Reminder.objects.queued().values_list("recipient", "message__day")
    assert len(set(waiting)) <= 2 * PEOPLE
    for reminder in Reminder.objects.select_related("message"):
        assert reminder.recipient == reminder.message.recipient


def test_planners_sweeps_and_senders_at_once_lose_nothing(people):
    plan()
    done = Milestone.objects.filter(due_on=dt.date(2025, 9, 30)).first()
    Milestone.objects.filter(pk=done.pk).update(done_on=REMINDER_DAY)

    def send() -> int:
        held = 0
        for _ in range(4):
            taken = message_claim(limit=2, now=planned_moment(NEXT_DAY))
            held += len(taken)
            attempts_release(held=taken, now=planned_moment(NEXT_DAY))
        return held

    at_once(send, send, reminders_withdraw, lambda: plan(NEXT_DAY), lambda: plan(NEXT_DAY))
    plan(NEXT_DAY)  # what was being sent at that moment is left to the next run
    reminders_withdraw()

    assert len(keys()) == sum(keys().values()) == 2 * PEOPLE
    states = Counter(Reminder.objects.values_list("state", flat=True))
    assert states == {"queued": 2 * PEOPLE - 1, "withdrawn": 1}
    stranded = Reminder.objects.queued().exclude(message__state="queued")
    assert not stranded.exists()
