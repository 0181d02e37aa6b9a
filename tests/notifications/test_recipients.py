"""Who is told of a deadline, and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.outbox.models import Capacity
from notifications.outbox.recipients import AudienceQuery, find_audiences, find_responsible
from tests.factories import DepartmentFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def told(**asked) -> dict[str, str]:
    """Returns name → capacity."""
    return {each.name: each.capacity for each in _audience(AudienceQuery(**asked))}


def _audience(asked: AudienceQuery):
    return find_audiences({asked})[asked]


@pytest.fixture
def bureau():
    department = DepartmentFactory(short_name="市住建局", email="office@city.example")
    MembershipFactory(department=department, user__name="填报员")
    MembershipFactory(department=department, role="head", user__name="局长")
    MembershipFactory(role="supervisor", user__name="督查员甲")
    MembershipFactory(role="supervisor", user__name="督查员乙")
    return department


@pytest.fixture
def empty():
    """A department where nobody is left, without an office mailbox."""
    department = DepartmentFactory(short_name="市文旅局", email="")
    MembershipFactory(department=department, user__is_active=False)
    return department


def test_those_responsible_are_always_told_others_by_the_tier(bureau):
    officer, leader = UserFactory(name="经办人"), UserFactory(name="副市长")
    own = {"经办人": Capacity.RESPONSIBLE, "填报员": Capacity.RESPONSIBLE}
    asked = {"department_id": bureau.pk, "in_charge_id": officer.pk}
    assert told(**asked) == own
    assert told(**asked, to_heads=True) == own | {"局长": Capacity.HEAD}
    supervisors = {"督查员甲": Capacity.SUPERVISOR, "督查员乙": Capacity.SUPERVISOR}
    assert told(**asked, to_supervisors=True) == own | supervisors
    assert told(**asked, sponsor_id=leader.pk) == own | {"副市长": Capacity.SPONSOR}


def test_a_person_is_told_once_in_the_first_capacity(bureau):
    both = MembershipFactory(department=bureau, role="head", user__name="经办人兼局长").user
    MembershipFactory(user=both, role="supervisor")
    asked = {"department_id": bureau.pk, "to_heads": True, "to_supervisors": True}
    assert told(**asked, in_charge_id=both.pk)["经办人兼局长"] == Capacity.RESPONSIBLE
    assert told(**asked, sponsor_id=both.pk)["经办人兼局长"] == Capacity.HEAD


def test_a_decision_is_the_supervisors_own_whoever_else_sits_in_their_department(bureau):
    leader = UserFactory(name="副市长")
    asked = {"department_id": bureau.pk, "answering": "supervisor"}
    supervisors = {"督查员甲": Capacity.RESPONSIBLE, "督查员乙": Capacity.RESPONSIBLE}
    assert told(**asked) == supervisors
    assert told(**asked, in_charge_id=leader.pk) == supervisors | {"副市长": Capacity.RESPONSIBLE}


def test_scores_are_asked_of_the_judge_alone(bureau):
    judge = UserFactory(name="评委")
    asked = {"department_id": bureau.pk, "in_charge_id": judge.pk, "answering": None}
    assert told(**asked) == {"评委": Capacity.RESPONSIBLE}


def test_where_nobody_is_left_the_office_mailbox_answers(bureau):
    bureau.memberships.all().delete()
    gone = UserFactory(is_active=False)
    [mailbox] = _audience(AudienceQuery(bureau.pk, gone.pk))
    assert (mailbox.address, mailbox.name) == ("office@city.example", "市住建局")
    assert (mailbox.user_id, mailbox.capacity) == (None, Capacity.RESPONSIBLE)


def test_where_there_is_no_mailbox_either_every_supervisor_stands_in(bureau, empty):
    stand_ins = {"督查员甲": Capacity.STAND_IN, "督查员乙": Capacity.STAND_IN}
    assert told(department_id=empty.pk) == stand_ins
    assert told(department_id=empty.pk, to_supervisors=True) == stand_ins


def test_a_head_without_reporters_is_told_only_by_the_tiers_for_heads(bureau, empty):
    MembershipFactory(department=empty, role="head", user__name="文旅局长")
    assert "文旅局长" not in told(department_id=empty.pk)
    assert told(department_id=empty.pk, to_heads=True)["文旅局长"] == Capacity.HEAD


def test_a_city_without_supervisors_has_nobody_to_stand_in(empty):
    assert told(department_id=empty.pk, to_supervisors=True) == {}


def test_the_list_of_deadlines_shows_those_responsible_only(bureau, empty):
    found = find_responsible({AudienceQuery(bureau.pk), AudienceQuery(empty.pk)})
    assert [each.name for each in found[AudienceQuery(bureau.pk)]] == ["填报员"]
    assert found[AudienceQuery(empty.pk)] == ()
    assert find_responsible(set()) == {}
    assert find_audiences(set()) == {}


def test_the_number_of_queries_does_not_depend_on_how_many_are_asked_for(bureau, empty):
    def queries(asked: set[AudienceQuery]) -> int:
        with CaptureQueriesContext(connection) as captured:
            find_audiences(asked)
        return len(captured)

    few = {AudienceQuery(bureau.pk, UserFactory().pk)}
    many = {AudienceQuery(each.pk, UserFactory().pk, None, True, True) for each in (bureau, empty)}
    assert queries(few) == queries(few | many) == 3
