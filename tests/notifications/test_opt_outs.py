"""A person opts out of early 提醒, never of the day itself, of 催办 or of 督办."""

import pytest

from notifications.policies.models import TierOptOut
from tests import clients, factories

pytestmark = pytest.mark.django_db
PATH = "/api/v1/tier-opt-outs/"


def test_a_person_opts_out_of_the_30_days_reminder_and_back_in():
    me = factories.UserFactory()
    client = clients.signed_in(me)
    answer = clients.post(client, PATH, {"days_before": 30})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["user"], answer.json()["days_before"]) == (me.pk, 30)
    assert client.delete(f"{PATH}{answer.json()['id']}/").status_code == 204
    assert not TierOptOut.objects.exists()


def test_it_is_always_for_oneself():
    other = factories.UserFactory()
    answer = clients.post(clients.supervisor(), PATH, {"days_before": 30, "user": other.pk})
    assert clients.errors_of(answer) == {"/user": "unknown_field"}


@pytest.mark.parametrize("days", [0, 366])
def test_the_reminder_of_the_day_itself_cannot_be_opted_out_of(days):
    answer = clients.post(clients.viewer(), PATH, {"days_before": days})
    assert answer.status_code == 400
    assert "催办和督办不能免收" in answer.json()["errors"][0]["message"]


def test_a_second_time_is_refused():
    client = clients.viewer()
    assert clients.post(client, PATH, {"days_before": 15}).status_code == 201
    answer = clients.post(client, PATH, {"days_before": 15})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "已经免收这一级提醒。"


def test_only_supervisors_see_other_peoples_and_they_leave_them_alone():
    owner = factories.UserFactory()
    row = TierOptOut.objects.create(user=owner, days_before=30)
    assert clients.viewer().get(PATH).json()["count"] == 0
    supervisor = clients.supervisor()
    found = supervisor.get(f"{PATH}?user={owner.username}&days_before=30").json()["results"]
    assert [each["id"] for each in found] == [row.pk]
    assert supervisor.delete(f"{PATH}{row.pk}/").status_code == 403
