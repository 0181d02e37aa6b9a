"""The sweep: what need not be told any more is withdrawn, with the mails that then say nothing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.outbox.models import DeliveryAttempt, Message, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.outbox.withdraw import reminders_withdraw
from projects.milestones.models import Milestone
from tests.factories import (
    MembershipFactory,
    MilestoneFactory,
    ReminderFactory,
    TargetFactory,
    WorkItemFactory,
)
from tests.notifications.conftest import REMINDER_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def department(db):
    return MembershipFactory().department


def test_a_mail_with_something_left_stays(department):
    done = MilestoneFactory(project__lead_department=department)
    MilestoneFactory(project=done.project)
    reminder_plan(day=REMINDER_DAY)
    Milestone.objects.filter(pk=done.pk).update(done_on=REMINDER_DAY)
    assert reminders_withdraw() == 1
    assert Message.objects.get().state == "queued"
    assert Reminder.objects.get(object_id=done.pk).state == "withdrawn"
    assert reminders_withdraw() == 0


def test_a_deleted_row_is_withdrawn_too(department):
    item = WorkItemFactory(lead_department=department, due_on=dt.date(2025, 9, 30))
    reminder_plan(day=REMINDER_DAY)
    waiting = Reminder.objects.get(deadline_kind="work_item")
    item.delete()
    reminders_withdraw()
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"


def test_a_kind_that_no_longer_exists_is_withdrawn():
    ReminderFactory(deadline_kind="no_such_kind")
    assert reminders_withdraw() == 1


def test_what_is_being_sent_is_left_to_the_sender(department):
    milestone = MilestoneFactory(project__lead_department=department)
    reminder_plan(day=REMINDER_DAY)
    moment = planned_moment(REMINDER_DAY)
    attempt = DeliveryAttempt.objects.create(
        message=Message.objects.get(), number=1, claimed_at=moment,
        lease_until=moment + dt.timedelta(hours=1),
    )  # fmt: skip
    Milestone.objects.filter(pk=milestone.pk).update(done_on=REMINDER_DAY)
    assert reminders_withdraw() == 0
    attempt.ended_at, attempt.outcome = moment, "unreachable"
    attempt.save()
    assert reminders_withdraw() == 1


def test_a_forecast_that_is_in_time_again_is_not_told(department):
    milestone = MilestoneFactory(
        project__lead_department=department, commitment="ensure",
        due_on=dt.date(2025, 12, 19), forecast_on=dt.date(2025, 12, 31),
    )  # fmt: skip
    reminder_plan(day=REMINDER_DAY)
    assert reminders_withdraw() == 0
    for forecast_on in (dt.date(2025, 12, 19), dt.date(2025, 12, 31)):
        Milestone.objects.filter(pk=milestone.pk).update(forecast_on=forecast_on)
        reminders_withdraw()
    assert Reminder.objects.get().state == "withdrawn"
    # Nobody has been told: the next day on which it is late, it is.
    reminder_plan(day=dt.date(2025, 9, 24))
    reminder = Reminder.objects.get()
    assert (reminder.state, str(reminder.falls_on)) == ("queued", "2025-09-24")


def test_the_number_of_queries_does_not_depend_on_how_much_waits(department):
    def queries(count: int) -> int:
        for _ in range(count):
            milestone = MilestoneFactory(project__lead_department=department)
            TargetFactory(lead_department=department, due_on=milestone.due_on)
        reminder_plan(day=REMINDER_DAY)
        Milestone.objects.update(done_on=REMINDER_DAY)
        with CaptureQueriesContext(connection) as captured:
            assert reminders_withdraw() == count
        return len(captured)

    assert queries(1) == queries(12)


def test_where_nothing_waits_one_question_is_asked(django_assert_num_queries):
    with django_assert_num_queries(3):  # two are the test's own transaction
        assert reminders_withdraw() == 0
