"""Whatever is due and whenever the planner ran: each reminder once, and planning again adds none.

Few examples, for each lives through days: a database is asked."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.outbox.models import Message, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.policies.tiers import DEFAULT, find_due_tiers, find_schedule
from portfolio.core import clock
from projects.people.working_days import is_working_day
from tests.factories import MembershipFactory, MilestoneFactory
from tests.notifications.conftest import mails_accept

pytestmark = pytest.mark.django_db

ONE_DAY = dt.timedelta(days=1)
BEGINNING = dt.date(2025, 9, 15)
PERIOD = [BEGINNING + number * ONE_DAY for number in range(45)]  # the National Day holiday in it
PROMISES = st.lists(
    st.tuples(st.integers(-20, 70), st.sampled_from(["ensure", "plan"]), st.none() | st.just(90)),
    min_size=1,
    max_size=3,
)
# Days on which the planner ran: their number in the period, and whether the mails went out.
RUNS = st.dictionaries(st.integers(0, len(PERIOD) - 1), st.booleans(), min_size=1, max_size=6)


def rows() -> list[tuple]:
    return sorted(Reminder.objects.values_list("pk", "message", "state", "falls_on", "version"))


@settings(max_examples=8, deadline=None)
@given(PROMISES, RUNS)
def test_planning_a_day_again_changes_nothing_and_no_tier_comes_twice(promises, runs):
    with transaction.atomic():
        department = MembershipFactory().department
        milestones = [
            MilestoneFactory(
                project__lead_department=department,
                commitment=commitment,
                due_on=BEGINNING + due * ONE_DAY,
                forecast_on=BEGINNING + forecast * ONE_DAY if forecast else None,
            )
            for due, commitment, forecast in promises
        ]
        for number in sorted(runs):
            live(PERIOD[number], mails_go_out=runs[number])
        told = list(Reminder.objects.values_list("object_id", "tier", "ordinal"))
        assert len(told) == len(set(told))
        assert all(is_working_day(day) for day in Message.objects.values_list("day", flat=True))
        for milestone in milestones:
            assert_told_when_due(milestone)
        transaction.set_rollback(True)


def live(day: dt.date, *, mails_go_out: bool) -> None:
    with clock.at(planned_moment(day)):
        reminder_plan(day=day)
        before = rows()
        assert reminder_plan(day=day).created == 0
        assert rows() == before
        if mails_go_out:
            mails_accept(day)
        assert reminder_plan(day=day).created == 0


def assert_told_when_due(milestone) -> None:
    """Each of its reminders is of a tier that falls on that very day."""
    schedule = find_schedule(DEFAULT, "milestone", milestone.commitment)
    falling = find_due_tiers(schedule, milestone.due_on, PERIOD[0], PERIOD[-1], is_working_day)
    dated = {(each.tier.name, each.ordinal, each.on) for each in falling}
    for reminder in Reminder.objects.filter(object_id=milestone.pk):
        if (reminder.tier, reminder.ordinal) == ("urge", 0):
            assert reminder.falls_on <= milestone.due_on < milestone.forecast_on
        else:
            assert (reminder.tier, reminder.ordinal, reminder.falls_on) in dated
