"""Working days on which nobody planned are caught up on: of each deadline the gravest, once."""

import datetime as dt

import pytest

from notifications.outbox.models import PlannedDay, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.policies.services import reminder_policy_create
from portfolio.core import clock
from tests.factories import (
    GrantedExtensionFactory,
    MembershipFactory,
    MilestoneFactory,
    TierOptOutFactory,
)
from tests.notifications.conftest import mails_accept

pytestmark = pytest.mark.django_db


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2025-{text}")


def prepare(*days: str):
    """Plans these days, and no others; each day's mails are sent."""
    for text in days:
        with clock.at(planned_moment(on(text))):
            prepared = reminder_plan(day=on(text))
        mails_accept(on(text))
    return prepared


def plan(**fields):
    return MilestoneFactory(
        project__lead_department=MembershipFactory().department, commitment="plan", **fields
    )


def told(milestone=None) -> list[tuple[str, str, int, str]]:
    """Returns the day of the mail, the tier, and the day on which it should have come."""
    rows = Reminder.objects.select_related("message").order_by("message__day", "pk")
    if milestone is not None:
        rows = rows.filter(object_id=milestone.pk)
    return [
        (f"{each.message.day:%m-%d}", each.tier, each.ordinal, f"{each.falls_on:%m-%d}")
        for each in rows
    ]


def test_what_fell_on_missed_days_is_sent_late_and_says_its_own_day():
    plan(due_on=on("09-30"))
    prepare("09-19", "09-24")  # 7 days ahead was 09-23
    assert told() == [("09-24", "remind", 7, "09-23")]


def test_of_several_missed_tiers_only_the_gravest_is_sent():
    plan(due_on=on("09-30"))
    prepare("08-28", "09-29")  # 30, 15 and 7 days ahead were missed; one day ahead is today
    assert told() == [("09-29", "remind", 1, "09-29")]
    MilestoneFactory.create_batch(2)
    Reminder.objects.all().delete()
    PlannedDay.objects.filter(day=on("09-29")).delete()
    prepare("09-26")
    assert ("09-26", "remind", 7, "09-23") in told()


def test_an_outage_over_the_due_day_urges_and_does_not_remind():
    plan(due_on=on("09-30"))
    prepare("09-22", "10-15")  # 7, 1 and 0 ahead, 催办 of 10-09 and of 10-14
    assert told() == [("10-15", "urge", 5, "10-14")]


def test_the_first_day_ever_has_missed_nothing():
    plan(due_on=on("09-30"))
    prepare("09-24")
    assert told() == []


def test_days_off_do_not_end_an_outage():
    plan(due_on=on("09-30"))
    prepare("09-22")
    assert prepare("09-27").due == 0  # a Saturday: nobody is told anything
    assert not PlannedDay.objects.filter(day=on("09-27")).exists()
    prepare("09-28")  # a Sunday that is worked
    assert told() == [("09-28", "remind", 7, "09-23")]


def test_planning_the_day_again_and_the_next_day_adds_nothing():
    plan(due_on=on("09-30"))
    prepare("09-10", "09-24", "09-24", "09-25", "09-24")
    assert told() == [("09-24", "remind", 7, "09-23")]


def test_a_tier_that_was_told_is_not_told_again_nor_one_less_grave_in_its_place():
    milestone = plan(due_on=on("09-30"))
    prepare("09-22", "09-23")
    PlannedDay.objects.filter(day__in=[on("09-22"), on("09-23")]).delete()
    PlannedDay.objects.create(day=on("09-01"), planned_at=planned_moment(on("09-01")))
    prepare("09-24")  # 09-15 and 09-23 count as missed; 09-23 is held already
    assert told(milestone) == [("09-23", "remind", 7, "09-23")]


def test_what_was_recorded_during_the_outage_is_caught_up_on_too():
    prepare("09-22")
    plan(due_on=on("09-30"))
    prepare("09-25")
    assert told() == [("09-25", "remind", 7, "09-23")]


def test_a_new_policy_counts_from_its_day():
    with clock.at(planned_moment(on("09-01"))):
        only = {"tier": "remind", "timing": "before", "days": 3}
        reminder_policy_create(by=None, fields={"in_force_from": on("09-20"), "rules": [only]})
    plan(due_on=on("09-26"))
    prepare("09-19", "09-22", "09-23", "09-24", "09-25", "09-26", "09-28")
    assert told() == [("09-19", "remind", 7, "09-19"), ("09-23", "remind", 3, "09-23")]


class TestOptingOut:
    def test_an_early_reminder_is_left_out_for_that_person_only(self):
        milestone = plan(due_on=on("09-30"))
        other = MembershipFactory(department=milestone.project.lead_department).user
        TierOptOutFactory(user=other, days_before=7)
        prepare("09-23")
        assert other.pk not in Reminder.objects.values_list("recipient_user", flat=True)
        assert len(told()) == 1

    def test_other_days_and_the_day_itself_are_told(self):
        milestone = plan(due_on=on("09-30"))
        user = milestone.project.lead_department.memberships.get().user
        TierOptOutFactory(user=user, days_before=7)
        prepare("09-23", "09-29", "09-30", "10-09")
        assert [each[1:3] for each in told()] == [("remind", 1), ("remind", 0), ("urge", 1)]

    def test_who_stands_in_for_a_department_is_told_nevertheless(self):
        supervisor = MembershipFactory(role="supervisor").user
        MilestoneFactory(project__lead_department__email="")
        TierOptOutFactory(user=supervisor, days_before=7)
        prepare("09-23")
        assert Reminder.objects.get().capacity == "stand_in"


class TestForecasts:
    """确保: as soon as the forecast passes the due day, 催办, once."""

    @pytest.fixture
    def late(self):
        department = MembershipFactory().department
        MembershipFactory(department=department, role="head", user__name="局长")
        return MilestoneFactory(
            project__lead_department=department, commitment="ensure",
            due_on=on("12-19"), forecast_on=on("12-20"),
        )  # fmt: skip

    def test_it_urges_long_before_the_day_and_only_once(self, late):
        prepare("09-22", "09-22", "09-23", "09-24")
        assert told() == [("09-22", "urge", 0, "09-22")] * 2
        capacities = Reminder.objects.values_list("capacity", flat=True)
        assert sorted(capacities) == ["head", "responsible"]

    def test_it_waits_for_a_working_day(self, late):
        assert prepare("09-21").due == 0
        prepare("09-22")
        assert len(told()) == 2

    def test_a_reminder_of_the_same_day_gives_way(self, late):
        near = MilestoneFactory(project=late.project, commitment="ensure", forecast_on=on("10-20"))
        prepare("09-23", "09-29")  # due on 09-30: 7 days and one day ahead
        assert told(near) == [
            *[("09-23", "urge", 0, "09-23")] * 2,
            ("09-29", "remind", 1, "09-29"),
        ]

    def test_somebody_new_is_not_told_of_an_old_forecast(self, late):
        prepare("09-22")
        MembershipFactory(department=late.project.lead_department)
        prepare("09-23")
        assert len(told()) == 2

    def test_a_new_due_day_has_its_own(self, late):
        prepare("09-22")
        GrantedExtensionFactory(milestone=late, new_due_on=on("12-25"))
        late.forecast_on = on("12-31")
        late.save(update_fields=["forecast_on"])
        prepare("09-23")
        assert [each[0] for each in told()] == ["09-22", "09-22", "09-23", "09-23"]

    def test_a_forecast_in_time_and_a_plain_promise_bring_none(self, late):
        late.forecast_on = on("12-19")
        late.save(update_fields=["forecast_on"])
        plan(due_on=on("12-19"), forecast_on=on("12-31"))
        assert prepare("09-22").due == 0
