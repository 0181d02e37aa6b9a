"""One mail a person a day: what joins it, what is merged into it, and what nobody may touch."""

import datetime as dt
import logging

import pytest

from notifications.outbox.models import DeliveryAttempt, Message, MessageState, PlannedDay, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.outbox.withdraw import reminders_withdraw
from projects.milestones.models import Milestone
from tests.factories import MembershipFactory, MilestoneFactory
from tests.notifications.conftest import REMINDER_DAY, mails_accept

pytestmark = pytest.mark.django_db

NEXT_DAY = dt.date(2025, 9, 24)
LATER = dt.date(2025, 9, 25)


@pytest.fixture
def milestone(db) -> Milestone:
    """Due in seven days; one reporter answers for it."""
    return MilestoneFactory(project__lead_department=MembershipFactory().department)


def another(milestone: Milestone, due_on: dt.date) -> Milestone:
    """Of the same project, so that the same person is told."""
    return MilestoneFactory(project=milestone.project, due_on=due_on)


def hold(message: Message) -> DeliveryAttempt:
    moment = planned_moment(message.day)
    return DeliveryAttempt.objects.create(
        message=message, number=1, claimed_at=moment, lease_until=moment + dt.timedelta(hours=1)
    )


def contents() -> dict[str, tuple[str, list[str]]]:
    """Returns each day's mail: its state, and the due days of what it tells."""
    return {
        f"{mail.day:%m-%d}": (
            mail.state,
            sorted(f"{each.due_on:%m-%d}" for each in mail.reminders.queued()),
        )
        for mail in Message.objects.all()
    }


class TestMerging:
    def test_a_mail_that_still_waits_goes_into_the_next_ones(self, milestone):
        another(milestone, dt.date(2025, 10, 8))  # 15 and 7 days ahead: 09-23 and 09-30
        another(milestone, dt.date(2025, 10, 9))  # 15 days ahead: 09-24
        reminder_plan(day=REMINDER_DAY)
        reminder_plan(day=NEXT_DAY)
        assert contents() == {
            "09-23": ("withdrawn", []),
            "09-24": ("queued", ["09-30", "10-08", "10-09"]),
        }
        for reminder in Reminder.objects.select_related("message"):
            assert reminder.planned_for == reminder.message.planned_for

    def test_each_persons_goes_into_that_persons_own(self, milestone):
        other = MilestoneFactory(project__lead_department=MembershipFactory().department)
        for each in (milestone, other):
            another(each, dt.date(2025, 10, 9))
        reminder_plan(day=REMINDER_DAY)
        reminder_plan(day=NEXT_DAY)
        for reminder in Reminder.objects.select_related("message"):
            assert reminder.message.recipient == reminder.recipient
        assert Message.objects.filter(state="withdrawn").count() == 2

    def test_who_gets_no_mail_today_keeps_the_old_one(self, milestone):
        reminder_plan(day=REMINDER_DAY)
        reminder_plan(day=NEXT_DAY)
        assert contents() == {"09-23": ("queued", ["09-30"])}

    def test_a_mail_that_is_being_sent_or_of_unknown_fate_stays_as_it_is(self, milestone):
        another(milestone, dt.date(2025, 10, 9))
        another(milestone, dt.date(2025, 10, 10))
        reminder_plan(day=REMINDER_DAY)
        hold(Message.objects.get())
        reminder_plan(day=NEXT_DAY)
        Message.objects.filter(day=NEXT_DAY).update(state=MessageState.UNKNOWN, unknowns=1)
        reminder_plan(day=LATER)
        assert contents() == {
            "09-23": ("queued", ["09-30"]),
            "09-24": ("unknown", ["10-09"]),
            "09-25": ("queued", ["10-10"]),
        }


class TestWhatIsNew:
    def test_it_joins_the_mail_that_still_waits(self, milestone):
        reminder_plan(day=REMINDER_DAY)
        another(milestone, dt.date(2025, 10, 8))
        assert reminder_plan(day=REMINDER_DAY).created == 1
        assert contents() == {"09-23": ("queued", ["09-30", "10-08"])}

    def test_it_waits_while_the_mail_is_being_sent(self, milestone):
        reminder_plan(day=REMINDER_DAY)
        attempt = hold(Message.objects.get())
        another(milestone, dt.date(2025, 10, 8))
        assert reminder_plan(day=REMINDER_DAY).created == 0
        attempt.delete()
        assert reminder_plan(day=REMINDER_DAY).created == 1

    @pytest.mark.parametrize(
        "gone",
        [
            {"state": "sent", "sent_at": planned_moment(REMINDER_DAY)},
            {"state": "failed"},
            {"state": "unknown", "unknowns": 1},
            {"state": "withdrawn", "unknowns": 1},  # it may have been read
        ],
    )
    def test_it_goes_into_tomorrows_when_todays_has_gone(self, milestone, gone):
        reminder_plan(day=REMINDER_DAY)
        Message.objects.update(**gone)
        another(milestone, dt.date(2025, 10, 8))
        assert reminder_plan(day=REMINDER_DAY).deferred == 1
        assert contents()["09-24"] == ("queued", ["10-08"])
        assert reminder_plan(day=REMINDER_DAY).created == 0

    def test_a_reminder_is_not_put_off_past_the_day_but_what_comes_after_it_is(self, milestone):
        ordinary = another(milestone, dt.date(2025, 9, 22))  # 催办 on 09-23
        another(milestone, REMINDER_DAY)
        Message.objects.create(
            recipient=milestone.project.lead_department.memberships.get().user.email,
            day=REMINDER_DAY, planned_for=planned_moment(REMINDER_DAY),
            state="sent", sent_at=planned_moment(REMINDER_DAY),
        )  # fmt: skip
        reminder_plan(day=REMINDER_DAY)
        waiting = Reminder.objects.select_related("message")
        assert {(each.due_on, str(each.message.day)) for each in waiting} == {
            (milestone.due_on, "2025-09-24"),
            (ordinary.due_on, "2025-09-24"),
        }

    def test_a_mail_that_was_withdrawn_unsent_is_used_again(self, milestone):
        reminder_plan(day=REMINDER_DAY)
        Milestone.objects.filter(pk=milestone.pk).update(done_on=REMINDER_DAY)
        reminders_withdraw()
        assert contents() == {"09-23": ("withdrawn", [])}
        another(milestone, dt.date(2025, 10, 8))
        assert reminder_plan(day=REMINDER_DAY).created == 1
        assert contents() == {"09-23": ("queued", ["10-08"])}


class TestAMarkTakenBack:
    """What was withdrawn is told after all when it is wanted again the same day."""

    def undo(self, milestone: Milestone) -> None:
        for done_on in (REMINDER_DAY, None):
            Milestone.objects.filter(pk=milestone.pk).update(done_on=done_on)
            reminders_withdraw()

    def test_it_is_told_once(self, milestone):
        reminder_plan(day=REMINDER_DAY)
        self.undo(milestone)
        assert reminder_plan(day=REMINDER_DAY).created == 1
        assert reminder_plan(day=REMINDER_DAY).created == 0
        assert contents() == {"09-23": ("queued", ["09-30"])}
        assert Reminder.objects.count() == 1

    def test_it_goes_into_tomorrows_mail_when_todays_has_gone(self, milestone):
        later = another(milestone, dt.date(2025, 10, 8))
        reminder_plan(day=REMINDER_DAY)
        self.undo(milestone)
        mails_accept(REMINDER_DAY)
        reminder_plan(day=REMINDER_DAY)
        assert contents() == {"09-23": ("sent", []), "09-24": ("queued", ["09-30"])}
        assert Reminder.objects.get(object_id=later.pk).state == "sent"

    def test_what_was_told_more_gravely_stays_withdrawn(self, milestone):
        reminder_plan(day=REMINDER_DAY)
        graver = Reminder.objects.get()
        Reminder.objects.update(state="withdrawn")
        graver.pk, graver.tier, graver.ordinal, graver.state = None, "urge", 0, "sent"
        graver.save(force_insert=True)
        assert reminder_plan(day=REMINDER_DAY).created == 0


class TestAYearThatNobodyKnows:
    def test_it_is_said_once_a_day_loudly_and_monday_to_friday_are_worked(self, caplog):
        caplog.set_level(logging.ERROR)
        milestone = MilestoneFactory(
            project__lead_department=MembershipFactory().department,
            due_on=dt.date(2031, 10, 1), baseline_on=dt.date(2031, 10, 1),
        )  # fmt: skip
        # A holiday, if somebody had announced it; a Wednesday.
        assert [reminder_plan(day=milestone.due_on).created for _ in range(2)] == [1, 0]
        [said] = [each.getMessage() for each in caplog.records]
        assert "2031" in said
        assert reminder_plan(day=dt.date(2031, 10, 4)).due == 0  # a Saturday
        assert PlannedDay.objects.count() == 1

    def test_it_is_said_as_soon_as_a_due_day_ahead_lies_in_it(self, caplog):
        caplog.set_level(logging.ERROR)
        reminder_plan(day=dt.date(2025, 9, 23))
        assert caplog.records == []
        reminder_plan(day=dt.date(2026, 12, 15))
        assert "2027" in caplog.records[0].getMessage()
