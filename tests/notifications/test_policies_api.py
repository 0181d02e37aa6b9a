"""The tiers over the API: read by all, changed by supervisors as a whole new version."""

import datetime as dt

import pytest

from notifications.policies.models import ReminderPolicy
from portfolio.core import clock
from tests import clients, factories

pytestmark = pytest.mark.django_db
PATH = "/api/v1/reminder-policies/"
ANY_REMIND = {"tier": "remind", "timing": "before", "days": 7}


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(dt.datetime(2025, 9, 23, 8, tzinfo=clock.CITY_TIME)):
        yield


def make(client=None, **body):
    return clients.post(client or clients.supervisor(), PATH, {"rules": [ANY_REMIND], **body})


def test_a_supervisor_makes_a_new_version_and_everybody_reads_it():
    urge = {
        "kind": "milestone", "commitment": "ensure", "tier": "supervise", "timing": "after",
        "days": 1, "repeat_every": 5, "to_heads": True, "to_supervisors": True, "to_sponsor": True,
    }  # fmt: skip
    made = make(rules=[ANY_REMIND, urge], note="试行", in_force_from="2025-10-01")
    assert made.status_code == 201, made.content
    row = clients.viewer().get(f"{PATH}{made.json()['id']}/").json()
    assert (row["in_force_from"], row["note"]) == ("2025-10-01", "试行")
    first, second = row["rules"]
    assert (first["kind"], first["days"], first["tier_display"]) == ("", 7, "提醒")
    assert {name: second[name] for name in urge} == urge
    assert second["timing_display"] == "逾期后 (工作日)"


def test_a_version_holds_from_today_unless_a_later_day_is_given():
    assert make().json()["in_force_from"] == "2025-09-23"
    assert clients.errors_of(make(in_force_from="2025-09-22")) == {"/in_force_from": "in_the_past"}


def test_versions_are_counted_and_old_ones_stay():
    numbers = [make().json()["number"] for _ in range(2)]
    assert numbers[1] == numbers[0] + 1
    assert ReminderPolicy.objects.filter(number__in=numbers).count() == 2
    assert [row["number"] for row in clients.viewer().get(PATH).json()["results"]][:2] == [
        numbers[1], numbers[0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "errors"),
    [
        ({"kind": "castle"}, {"/rules/1/kind": "invalid_choice"}),
        ({"commitment": "perhaps"}, {"/rules/1/commitment": "invalid_choice"}),
        ({"days": -1}, {"/rules/1/days": "min_value"}),
        ({"days": "soon"}, {"/rules/1/days": "invalid"}),
        ({"colour": "red"}, {"/rules/1/colour": "unknown_field"}),
    ],
)
def test_a_wrong_rule_is_told_by_its_row(rule, errors):
    answer = make(rules=[ANY_REMIND, {**ANY_REMIND, "days": 15, **rule}])
    assert clients.errors_of(answer) == errors
    assert not ReminderPolicy.objects.exclude(note="默认规则").exists()


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"tier": "urge"}, "提醒在到期前"),
        ({"days": 366}, "到期前为 0 到 365 天"),
        ({"repeat_every": 5}, "只有逾期后的级别可以每隔若干工作日重复"),
        ({"days": 7}, "同一级别、时点和天数只能写一条"),
    ],
)
def test_a_rule_that_does_not_fit_itself_is_told_by_its_row(rule, says):
    answer = make(rules=[ANY_REMIND, {**ANY_REMIND, "days": 15, **rule}])
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/rules/1"
    assert says in error["message"]


def test_an_unknown_kind_names_those_that_there_are():
    [error] = make(rules=[{**ANY_REMIND, "kind": "castle"}]).json()["errors"]
    assert "milestone" in error["message"]
    assert error["value"] == "castle"


def test_a_set_of_rules_leaves_no_deadline_without_any():
    answer = make(rules=[{**ANY_REMIND, "kind": "milestone"}])
    assert clients.errors_of(answer) == {"/rules": "required"}
    assert clients.errors_of(make(rules=[])) == {"/rules": "empty"}


def test_versions_are_never_changed_nor_deleted():
    path = f"{PATH}{factories.ReminderPolicyFactory().pk}/"
    client = clients.administrator()
    assert client.delete(path).status_code == 405
    assert client.patch(path, {}, content_type="application/json").status_code == 405


def test_only_supervisors_make_one():
    assert make(clients.viewer()).status_code == 403
