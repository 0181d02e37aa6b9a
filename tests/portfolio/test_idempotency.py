"""The same POST twice makes one row, also when both arrive at once."""

import threading

import pytest
from django.db import connection

from portfolio.core.api.models import AnsweredRequest
from projects.milestones.models import Milestone
from projects.register.models import Project
from tests import clients, factories

PROJECTS = "/api/v1/projects/"


def post(client, body, key="k-1", path=PROJECTS):
    return client.post(
        path, body, content_type="application/json", headers={"Idempotency-Key": key}
    )


def body_of(department, name="一个项目"):
    return {"name": name, "category": "industry", "lead_department": department.pk}


@pytest.mark.django_db
def test_the_same_key_gets_the_first_answer_and_makes_no_second_row():
    department, client = factories.DepartmentFactory(), clients.supervisor()
    first = post(client, body_of(department))
    again = post(client, body_of(department))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Project.objects.count() == 1
    assert post(client, body_of(department), key="k-2").status_code == 201
    assert Project.objects.count() == 2


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_a_conflict():
    department, client = factories.DepartmentFactory(), clients.supervisor()
    post(client, body_of(department))
    other = post(client, body_of(department, name="另一个"))
    assert other.status_code == 409
    assert clients.errors_of(other) == {"": "key_reused"}
    assert Project.objects.count() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_person_and_one_address():
    department = factories.DepartmentFactory()
    one, other = clients.supervisor(), clients.supervisor()
    assert post(one, body_of(department)).status_code == 201
    assert post(other, body_of(department)).status_code == 201
    rows = [body_of(department)]
    assert post(one, rows, path=f"{PROJECTS}bulk").status_code == 201
    again = post(one, rows, path=f"{PROJECTS}bulk")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Project.objects.count() == 3


@pytest.mark.django_db
def test_a_refused_request_leaves_no_key_and_may_be_mended():
    department, client = factories.DepartmentFactory(), clients.supervisor()
    assert post(client, {"name": ""}).status_code == 400
    assert not AnsweredRequest.objects.exists()
    assert post(client, body_of(department)).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_out_of_shape_is_refused(key):
    answer = post(clients.supervisor(), body_of(factories.DepartmentFactory()), key=key)
    assert clients.errors_of(answer) == {"/Idempotency-Key": "invalid"}


@pytest.mark.django_db
def test_an_action_is_answered_once_too():
    project, client = factories.ProjectFactory(), clients.supervisor()
    path = f"{PROJECTS}{project.pk}/transitions"
    body = {"to_stage": "preparation", "effective_on": "2025-01-02"}
    assert post(client, body, path=path).status_code == 201
    assert post(client, body, path=path).status_code == 201
    assert project.transitions.count() == 2
    assert not Milestone.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_that_arrive_at_once_make_one_row():
    department, client = factories.DepartmentFactory(), clients.supervisor()
    answers = []
    gate = threading.Barrier(4)

    def send():
        gate.wait()
        answers.append(post(client, body_of(department)))
        connection.close()

    threads = [threading.Thread(target=send) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert Project.objects.count() == 1
