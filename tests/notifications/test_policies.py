"""The tiers as data: the default, the versions, and which of them holds on a day."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from notifications.policies.models import ReminderPolicy, TierRule
from notifications.policies.services import reminder_policy_create, schedules_in_force
from notifications.policies.tiers import ANY, DEFAULT, ScheduleTier
from portfolio.core import clock
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

TODAY = dt.date(2025, 9, 23)
SEVEN = {"tier": "remind", "timing": "before", "days": 7}


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(dt.datetime(2025, 9, 23, 8, tzinfo=clock.CITY_TIME)):
        yield


def create(*rules, **fields):
    supervisor = MembershipFactory(role="supervisor").user
    return reminder_policy_create(by=supervisor, fields={"rules": list(rules), **fields})


def refused(*rules, **fields) -> str:
    with pytest.raises(ValidationError) as error:
        create(*rules, **fields)
    return "".join(error.value.messages)


def test_until_there_is_a_policy_the_default_is_made_once(django_assert_num_queries):
    assert schedules_in_force(on=TODAY) == DEFAULT
    assert schedules_in_force(on=dt.date(2030, 1, 1)) == DEFAULT
    policy = ReminderPolicy.objects.get()
    assert (policy.number, policy.note) == (1, "默认规则")
    assert policy.rules.count() == sum(map(len, DEFAULT.values()))
    with django_assert_num_queries(1):
        schedules_in_force(on=TODAY)


def test_the_default_passes_the_checks_that_a_supervisors_own_does():
    schedules_in_force(on=TODAY)
    for rule in TierRule.objects.all():
        rule.full_clean()


def test_the_newest_that_has_come_into_force_holds_the_default_before():
    create(SEVEN, in_force_from=TODAY + dt.timedelta(days=2))
    create(SEVEN | {"days": 3}, in_force_from=TODAY + dt.timedelta(days=9))
    seven = {(ANY, ANY): (ScheduleTier("remind", "before", 7),)}
    three = {(ANY, ANY): (ScheduleTier("remind", "before", 3),)}
    held = [schedules_in_force(on=TODAY + dt.timedelta(days=n)) for n in (0, 1, 2, 8, 9, 400)]
    assert held == [DEFAULT, DEFAULT, seven, seven, three, three]


def test_tiers_are_kept_with_all_that_they_say_for_each_kind_and_commitment():
    top = SEVEN | {
        "kind": "milestone", "commitment": "ensure", "tier": "supervise", "timing": "after",
        "days": 2, "repeat_every": 3, "to_heads": True, "to_supervisors": True, "to_sponsor": True,
    }  # fmt: skip
    create(SEVEN, top)
    assert schedules_in_force(on=TODAY) == {
        (ANY, ANY): (ScheduleTier("remind", "before", 7),),
        ("milestone", "ensure"): (ScheduleTier("supervise", "after", 2, 3, True, True, True),),
    }


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "至少写一条"),
        ([SEVEN | {"kind": "milestone"}], "所有类别"),
        ([SEVEN | {"commitment": "ensure"}], "所有类别"),
        ([SEVEN, SEVEN | {"kind": "castle"}], "没有“castle”这类事项"),
        ([SEVEN, SEVEN], "只能写一条"),
        ([SEVEN, SEVEN | {"timing": "after"}], "提醒在到期前"),
        ([SEVEN, SEVEN | {"days": 366}], "0 到 365 天"),
        ([SEVEN, SEVEN | {"repeat_every": 5, "days": 1}], "每隔若干工作日重复"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(rules, said):
    assert said in refused(*rules)
    assert ReminderPolicy.objects.filter(number__gt=1).count() == 0


def test_a_policy_begins_today_or_later():
    assert create(SEVEN).in_force_from == TODAY
    assert "早于今天" in refused(SEVEN, in_force_from=TODAY - dt.timedelta(days=1))


def test_only_supervisors_change_the_tiers():
    with pytest.raises(PermissionDenied):
        reminder_policy_create(by=MembershipFactory().user, fields={"rules": [SEVEN]})
