"""Whole chains of reminders, day by day, through planning into the outbox: who is told, and why.

A simulated mail server accepts every mail of the day, unless a test keeps it down.
"""

import datetime as dt
from collections.abc import Iterator

import pytest

from notifications.outbox.models import Message, MessageState, Reminder
from notifications.outbox.plan import planned_moment, reminder_plan
from notifications.outbox.withdraw import reminders_withdraw
from portfolio.core import clock
from projects.milestones.models import Milestone
from projects.register.models import StageTransition
from tests.factories import (
    GrantedExtensionFactory,
    HandoverStepFactory,
    MembershipFactory,
    MilestoneFactory,
    UserFactory,
)
from tests.notifications.conftest import mails_accept

pytestmark = pytest.mark.django_db

ONE_DAY = dt.timedelta(days=1)
# Who is told: those who answer for it; above them, the head; above him, the whole city.
OWN = "乌兰 李强 王建国"
HEAD = "巴特尔"
SUPERVISOR = "督查员"
SPONSOR = "副市长"

Told = tuple[str, str, int, str]


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2025-{text}")


@pytest.fixture
def promise(linnan) -> Milestone:
    """林南, 确保, with everybody who can be told of it."""
    MembershipFactory(department=linnan.project.lead_department, role="head", user__name="巴特尔")
    MembershipFactory(role="supervisor", user__name="督查员")
    linnan.project.sponsor = UserFactory(name="副市长")
    linnan.project.save(update_fields=["sponsor"])
    return linnan


def days(first: str, last: str) -> Iterator[dt.date]:
    day = on(first)
    while day <= on(last):
        yield day
        day += ONE_DAY


def live(first: str, last: str, *, mail_server: bool = True) -> None:
    """Lives through every day, days off too; each has its sweep and its planning."""
    for day in days(first, last):
        with clock.at(planned_moment(day)):
            reminders_withdraw()
            reminder_plan(day=day)
            if mail_server:
                mails_accept(day)


def told_of(milestone: Milestone, state: str = "sent") -> list[Told]:
    """Returns each day's mails about it: day, tier, ordinal, names."""
    rows = Reminder.objects.filter(
        deadline_kind="milestone", object_id=milestone.pk, state=state
    ).order_by("message__day", "id")
    by_tier: dict[tuple[str, str, int], list[str]] = {}
    for row in rows.select_related("message", "recipient_user"):
        key = f"{row.message.day:%m-%d}", row.tier, row.ordinal
        by_tier.setdefault(key, []).append(row.recipient_user.name)
        assert row.falls_on == row.message.day
    return [(*key, " ".join(sorted(names))) for key, names in by_tier.items()]


def names(*who: str) -> str:
    return " ".join(sorted(" ".join(who).split()))


REMINDED = [
    ("08-29", "remind", 30, OWN),  # 30 days ahead is 08-31, a Sunday: the Friday before
    ("09-15", "remind", 15, OWN),  # 15 days ahead, a Monday
    ("09-23", "remind", 7, OWN),  # 7 days ahead, a Tuesday
    ("09-29", "remind", 1, OWN),  # the day before, a Monday
    ("09-30", "remind", 0, OWN),  # the day itself, a Tuesday
]


def test_what_is_ensured_goes_to_the_top_at_once_what_is_planned_is_urged_first(promise):
    plain = MilestoneFactory(project=promise.project, name="配套道路", due_on=promise.due_on)
    live("08-20", "10-29")
    everybody = names(OWN, HEAD, SUPERVISOR, SPONSOR)
    assert told_of(promise) == [
        *REMINDED,
        ("10-09", "supervise", 1, everybody),  # 10-01 to 10-08 are the National Day holiday
        ("10-15", "supervise", 6, everybody),  # 09, 10, 11 (a make-up Saturday), 13, 14, 15
        ("10-22", "supervise", 11, everybody),  # 16, 17, 20, 21, 22
        ("10-29", "supervise", 16, everybody),  # every fifth from then on
    ]
    assert told_of(plain) == [
        *REMINDED,
        ("10-09", "urge", 1, names(OWN, HEAD)),  # the first working day after the holiday
        ("10-14", "urge", 5, names(OWN, HEAD)),  # 09, 10, 11 (a make-up Saturday), 13, 14
        # 15, 16, 17, 20, 21: the tenth
        ("10-21", "supervise", 10, names(OWN, HEAD, SUPERVISOR)),
        ("10-28", "supervise", 15, names(OWN, HEAD, SUPERVISOR)),  # every fifth from then on
    ]
    # What falls on one day is in one mail.
    of_officer = Message.objects.filter(recipient=promise.project.officer.email)
    assert of_officer.count() == 12


def test_the_reason_why_each_person_is_told_is_kept(promise):
    live("10-08", "10-09")
    told = Reminder.objects.values_list("recipient_user__name", "capacity")
    assert sorted(told) == sorted(
        [
            *((name, "responsible") for name in OWN.split()),
            (HEAD, "head"),
            (SUPERVISOR, "supervisor"),
            (SPONSOR, "sponsor"),
        ]
    )


def test_an_extension_withdraws_what_waits_and_starts_the_new_chain(promise):
    live("09-12", "09-22")
    live("09-23", "09-23", mail_server=False)
    assert told_of(promise, "queued") == [("09-23", "remind", 7, OWN)]
    GrantedExtensionFactory(milestone=promise, new_due_on=on("10-31"))

    assert reminders_withdraw() == 3
    assert told_of(promise, "withdrawn") == [("09-23", "remind", 7, OWN)]
    assert set(Message.objects.filter(day=on("09-23")).values_list("state", flat=True)) == {
        "withdrawn"
    }
    live("09-24", "11-10")
    everybody = names(OWN, HEAD, SUPERVISOR, SPONSOR)
    assert told_of(promise) == [
        *REMINDED[1:2],
        ("09-30", "remind", 30, OWN),  # 30 days ahead is 10-01, in the holiday: the day before it
        ("10-16", "remind", 15, OWN),
        ("10-24", "remind", 7, OWN),
        ("10-30", "remind", 1, OWN),
        ("10-31", "remind", 0, OWN),  # a Friday
        ("11-03", "supervise", 1, everybody),  # the Monday after
        ("11-10", "supervise", 6, everybody),
    ]


def test_an_extension_after_the_day_of_the_first_tier_starts_with_the_next(promise):
    live("10-08", "10-10")
    GrantedExtensionFactory(milestone=promise, new_due_on=on("10-31"))
    live("10-11", "10-31")
    assert [each[:3] for each in told_of(promise)[1:]] == [
        ("10-16", "remind", 15),
        ("10-24", "remind", 7),
        ("10-30", "remind", 1),
        ("10-31", "remind", 0),
    ]


def test_what_is_done_is_not_told_any_more(promise):
    live("09-12", "09-22")
    live("09-23", "09-27", mail_server=False)
    Milestone.objects.filter(pk=promise.pk).update(done_on=on("09-28"))
    assert reminders_withdraw() == 3
    live("09-28", "10-10")
    assert told_of(promise) == REMINDED[1:2]
    assert not Reminder.objects.queued().exists()
    assert not Message.objects.filter(state=MessageState.QUEUED).exists()


def test_what_is_cancelled_is_not_told_any_more(promise):
    live("09-12", "09-22")
    live("09-23", "09-23", mail_server=False)
    StageTransition.objects.create(
        project=promise.project,
        from_stage="construction",
        to_stage="cancelled",
        effective_on=on("09-24"),
        reason="规划调整",
    )
    assert reminders_withdraw() == 3
    live("09-24", "10-10")
    assert told_of(promise) == REMINDED[1:2]


def test_what_is_parked_is_silent_until_the_day_on_which_it_is_taken_up_again(promise):
    live("09-12", "09-22")
    live("09-23", "09-23", mail_server=False)
    HandoverStepFactory(milestone=promise)
    HandoverStepFactory(
        milestone=promise, state="parked", notice_number="", parked_until=on("10-14"),
        text="等待上级批复",
    )  # fmt: skip
    with clock.at(planned_moment(on("09-24"))):
        assert reminders_withdraw() == 3
    live("09-24", "10-16")
    # It is there again on 10-14; of the chain the sixth working day comes next.
    assert [each[:3] for each in told_of(promise)[1:]] == [("10-15", "supervise", 6)]
