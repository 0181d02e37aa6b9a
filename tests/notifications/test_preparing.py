import datetime as dt
import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.outbox.models import Message, MessageState, PlannedDay, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.policies.services import schedules_in_force
from projects.people.models import CalendarDay, Department
from tests.factories import (
    DepartmentFactory,
    GrantedExtensionFactory,
    MembershipFactory,
    MilestoneFactory,
    ProjectFactory,
    TargetFactory,
    UserFactory,
    WorkItemFactory,
)
from tests.notifications.conftest import REMINDER_DAY

pytestmark = pytest.mark.django_db

NEXT_DAY = dt.date(2025, 9, 24)


def mark_sent(day: dt.date = REMINDER_DAY) -> None:
    Message.objects.filter(day=day).update(state=MessageState.SENT, sent_at=planned_moment(day))


def test_the_officer_and_the_departments_reporters_are_reminded_once(linnan):
    prepared = reminder_plan(day=REMINDER_DAY)

    assert (prepared.due, prepared.created, prepared.unaddressed) == (1, 3, 0)
    reminders = Reminder.objects.select_related("recipient_user", "message")
    assert {each.recipient_user.name for each in reminders} == {"王建国", "乌兰", "李强"}
    for each in reminders:
        assert (each.tier, each.ordinal, each.state) == ("remind", 7, "queued")
        assert (each.title, each.due_on) == ("林南平房区安置房 · 建成交付", linnan.due_on)
        assert each.department == linnan.project.lead_department
        assert each.planned_for.isoformat() == "2025-09-23T01:00:00+00:00"
        assert each.message.recipient == each.recipient
        assert each.message.planned_for == each.planned_for


def test_a_second_run_adds_nothing(linnan):
    reminder_plan(day=REMINDER_DAY)
    assert reminder_plan(day=REMINDER_DAY).created == 0
    assert Reminder.objects.count() == Message.objects.count() == 3


def test_one_mail_a_person_holds_all_that_is_due_to_them(linnan):
    bureau = linnan.project.lead_department
    WorkItemFactory(lead_department=bureau, due_on=dt.date(2025, 9, 24))
    TargetFactory(lead_department=bureau, due_on=dt.date(2025, 10, 8))
    reminder_plan(day=REMINDER_DAY)
    carried = {each.recipient: each.reminders.count() for each in Message.objects.all()}
    assert sorted(carried.values()) == [1, 3, 3]
    assert carried["wang@city.example"] == 1


def test_who_is_officer_and_reporter_is_reminded_once():
    member = MembershipFactory()
    project = ProjectFactory(lead_department=member.department, officer=member.user)
    MilestoneFactory(project=project)
    assert reminder_plan(day=REMINDER_DAY).created == 1


def test_people_who_left_heads_and_other_departments_are_not_reminded(linnan):
    bureau = linnan.project.lead_department
    MembershipFactory(department=bureau, role="head")
    MembershipFactory(department=bureau, user__is_active=False)
    MembershipFactory()
    assert reminder_plan(day=REMINDER_DAY).created == 3


def test_where_nobody_is_left_the_office_mailbox_is_reminded():
    department = DepartmentFactory(email="office@city.example")
    officer = UserFactory(is_active=False)
    MilestoneFactory(project=ProjectFactory(lead_department=department, officer=officer))
    reminder_plan(day=REMINDER_DAY)
    reminder = Reminder.objects.get()
    assert (reminder.recipient, reminder.recipient_user) == ("office@city.example", None)


def test_a_deadline_that_nobody_can_be_told_of_is_logged_once(caplog):
    caplog.set_level(logging.WARNING)
    milestone = MilestoneFactory(project__lead_department__email="")
    for _ in range(2):
        assert reminder_plan(day=REMINDER_DAY).unaddressed == 1
    said = [each.getMessage() for each in caplog.records]
    assert len(said) == 1
    assert milestone.name in said[0]
    assert not Reminder.objects.exists()


def test_a_day_off_sends_nothing_and_the_day_before_sends_for_it():
    MilestoneFactory(due_on=dt.date(2025, 10, 5))
    assert reminder_plan(day=dt.date(2025, 10, 5)).due == 0
    assert reminder_plan(day=dt.date(2025, 9, 30)).due == 1
    assert Reminder.objects.get().ordinal == 0


def test_a_day_that_the_city_has_taken_off_is_moved_too(linnan):
    CalendarDay.objects.create(day=REMINDER_DAY, working=False)
    assert reminder_plan(day=REMINDER_DAY).due == 0
    assert reminder_plan(day=dt.date(2025, 9, 22)).due == 1


def test_what_is_new_after_the_mail_has_gone_waits_for_the_next_working_day(linnan):
    reminder_plan(day=REMINDER_DAY)
    mark_sent()
    MilestoneFactory(project=linnan.project, name="通过验收")
    prepared = reminder_plan(day=REMINDER_DAY)

    assert (prepared.created, prepared.deferred) == (3, 3)
    waiting = Message.objects.filter(day=NEXT_DAY)
    assert waiting.count() == 3
    assert {each.planned_for for each in waiting} == {planned_moment(NEXT_DAY)}
    assert reminder_plan(day=REMINDER_DAY).created == 0


def test_a_reminder_is_put_off_past_mails_that_have_gone_but_not_past_its_day(linnan):
    reminder_plan(day=REMINDER_DAY)
    later = Message.objects.first()
    Message.objects.create(
        recipient=later.recipient, day=NEXT_DAY, planned_for=planned_moment(NEXT_DAY)
    )
    mark_sent()
    mark_sent(NEXT_DAY)
    MilestoneFactory(project=linnan.project, name="通过验收", due_on=dt.date(2025, 9, 24))
    MilestoneFactory(project=linnan.project, name="报送材料", due_on=REMINDER_DAY)
    reminder_plan(day=REMINDER_DAY)
    placed = Reminder.objects.filter(title__endswith="通过验收")
    assert {str(each.message.day) for each in placed} == {"2025-09-24"}
    assert later.recipient not in {each.recipient for each in placed}
    assert not Reminder.objects.filter(title__endswith="报送材料").exists()


def test_a_new_due_date_starts_its_own_tiers(linnan):
    reminder_plan(day=REMINDER_DAY)
    GrantedExtensionFactory(milestone=linnan, new_due_on=dt.date(2025, 10, 31))
    reminder_plan(day=dt.date(2025, 10, 24))
    assert sorted({str(each.due_on) for each in Reminder.objects.all()}) == [
        "2025-09-30",
        "2025-10-31",
    ]


def test_the_number_of_queries_does_not_grow_with_the_deadlines():
    def run(deadlines: int) -> int:
        PlannedDay.objects.all().delete()
        for _ in range(deadlines):
            member = MembershipFactory()
            project = ProjectFactory(lead_department=member.department, officer=UserFactory())
            MilestoneFactory(project=project)
            WorkItemFactory(lead_department=member.department, due_on=dt.date(2025, 10, 8))
        with CaptureQueriesContext(connection) as queries:
            prepared = reminder_plan(day=REMINDER_DAY)
        assert prepared.created >= 3 * deadlines
        Reminder.objects.all().delete()
        Message.objects.all().delete()
        return len(queries)

    schedules_in_force(on=REMINDER_DAY)  # makes the default policy
    assert run(1) == run(15) <= 20


def test_a_run_with_nothing_new_does_not_write(linnan, django_assert_num_queries):
    reminder_plan(day=REMINDER_DAY)
    # The calendar, the lock, the tiers, the days planned; all kinds of deadlines, and which targets
    # there are to be judged; three for whom to tell, who opted out, what is in the outbox; two for
    # the test's own transaction.
    with django_assert_num_queries(13) as queries:
        reminder_plan(day=REMINDER_DAY)
    assert not [each for each in queries if "INSERT" in each["sql"]]


def test_the_mailbox_of_a_department_is_no_persons(linnan):
    Department.objects.update(email="")
    assert reminder_plan(day=REMINDER_DAY).created == 3
