"""What a mail still has to tell when it is about to be sent."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.outbox.models import Message, Reminder
from notifications.outbox.plan import reminder_plan
from notifications.outbox.settle import message_settle
from projects.milestones.models import Milestone
from projects.people.models import Membership
from tests.factories import (
    GrantedExtensionFactory,
    MembershipFactory,
    MilestoneFactory,
    ProjectFactory,
    ReminderFactory,
    UserFactory,
)
from tests.notifications.conftest import REMINDER_DAY

pytestmark = pytest.mark.django_db


def settle() -> dict[str, list[str]]:
    """Returns what each address is still told, as "tier ordinal"."""
    messages = list(Message.objects.order_by("recipient"))
    told = message_settle(messages)
    assert told.keys() == {each.pk for each in messages}
    return {
        each.recipient: [f"{reminder.tier} {reminder.ordinal}" for reminder, _ in told[each.pk]]
        for each in messages
    }


def remind_of(milestone: Milestone, **fields) -> Reminder:
    return ReminderFactory(
        object_id=milestone.pk,
        due_on=milestone.due_on,
        department=milestone.project.lead_department,
        **fields,
    )


@pytest.fixture
def milestone(db) -> Milestone:
    return MilestoneFactory(
        project=ProjectFactory(
            lead_department=MembershipFactory(user__email="li@city.example").department,
            officer=UserFactory(email="wang@city.example"),
        )
    )


def test_what_stands_is_told_with_its_deadline_as_it_is_now(milestone):
    reminder_plan(day=REMINDER_DAY)
    Milestone.objects.filter(pk=milestone.pk).update(name="改名之后")
    for told in message_settle(list(Message.objects.all())).values():
        [(reminder, deadline)] = told
        assert (reminder.state, deadline.promise) == ("queued", "改名之后")


def test_what_is_done_or_moved_is_withdrawn(milestone):
    moved = MilestoneFactory(project=milestone.project)
    reminder_plan(day=REMINDER_DAY)
    Milestone.objects.filter(pk=milestone.pk).update(done_on=REMINDER_DAY)
    GrantedExtensionFactory(milestone=moved, new_due_on=dt.date(2025, 10, 31))
    assert settle() == {"li@city.example": [], "wang@city.example": []}
    assert set(Reminder.objects.values_list("state", flat=True)) == {"withdrawn"}
    # The mails themselves are the sender's.
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}


def test_who_is_no_longer_in_charge_is_not_told(milestone):
    reminder_plan(day=REMINDER_DAY)
    milestone.project.officer = None
    milestone.project.save(update_fields=["officer"])
    assert settle() == {"li@city.example": ["remind 7"], "wang@city.example": []}


def test_each_capacity_is_asked_for_by_itself(milestone):
    """A head is told as long as he is the head, whatever the tiers say meanwhile."""
    head = MembershipFactory(
        department=milestone.project.lead_department, role="head", user__email="head@city.example"
    )
    supervisor = MembershipFactory(role="supervisor", user__email="supervisor@city.example")
    sponsor = UserFactory(email="sponsor@city.example")
    milestone.project.sponsor = sponsor
    milestone.project.save(update_fields=["sponsor"])
    for user, capacity in (
        (head.user, "head"), (supervisor.user, "supervisor"), (sponsor, "sponsor"),
    ):  # fmt: skip
        remind_of(milestone, message__recipient_user=user, capacity=capacity)
    assert all(settle().values())
    Membership.objects.filter(pk__in=[head.pk, supervisor.pk]).delete()
    assert settle() == {
        "head@city.example": [], "supervisor@city.example": [],
        "sponsor@city.example": ["remind 7"],
    }  # fmt: skip


def test_who_stands_in_is_told_even_if_somebody_has_come_meanwhile():
    supervisor = MembershipFactory(role="supervisor").user
    milestone = MilestoneFactory(project__lead_department__email="")
    reminder_plan(day=REMINDER_DAY)
    MembershipFactory(department=milestone.project.lead_department)
    assert settle() == {supervisor.email: ["remind 7"]}


def test_of_several_tiers_of_one_deadline_in_a_mail_the_gravest_is_told(milestone):
    officer = milestone.project.officer
    first = remind_of(milestone, message__recipient_user=officer)
    for tier, ordinal in (("urge", 1), ("urge", 5), ("remind", 0)):
        remind_of(milestone, message=first.message, tier=tier, ordinal=ordinal)
    assert settle() == {"wang@city.example": ["urge 5"]}
    assert sorted(Reminder.objects.values_list("tier", "ordinal", "state")) == [
        ("remind", 0, "withdrawn"),
        ("remind", 7, "withdrawn"),
        ("urge", 1, "withdrawn"),
        ("urge", 5, "queued"),
    ]


def test_what_was_settled_before_is_left_alone(milestone):
    reminder_plan(day=REMINDER_DAY)
    Reminder.objects.update(state="sent")
    assert not any(settle().values())
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


def test_the_number_of_queries_does_not_depend_on_the_mails():
    def queries(count: int) -> int:
        for _ in range(count):
            department = MembershipFactory().department
            MilestoneFactory.create_batch(2, project__lead_department=department)
        reminder_plan(day=REMINDER_DAY)
        messages = list(Message.objects.all())
        with CaptureQueriesContext(connection) as captured:
            assert sum(map(len, message_settle(messages).values())) >= 2 * count
        return len(captured)

    assert queries(1) == queries(12)
    assert message_settle([]) == {}
