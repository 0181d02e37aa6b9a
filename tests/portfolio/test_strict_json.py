"""What cannot be read in one way only, or cannot be stored, is refused as a problem."""

import pytest
from django.test import Client

from projects.models import Project
from tests import clients, factories
from tests.portfolio.test_problems import assert_problem

pytestmark = pytest.mark.django_db


def send(client, body: str):
    return client.post("/api/v1/projects/", body.encode(), content_type="application/json")


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"total_investment": 1e999}',
        '{"total_investment": NaN}',
        '{"officer": -Infinity}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "null",
    ],
)
def test_what_neither_database_nor_answer_can_carry_is_a_problem(body):
    assert_problem(send(clients.administrator(), body), 400)
    assert not Project.objects.exists()


def test_bytes_that_are_no_utf_8_are_a_problem():
    client = clients.administrator()
    response = client.post("/api/v1/projects/", b'{"name": "\xff"}', "application/json")
    assert_problem(response, 400)


def test_a_name_written_twice_is_refused_by_its_name():
    body = assert_problem(send(clients.administrator(), '{"name": "a", "name": "b"}'), 400)
    assert "“name”写了两次" in body["detail"]


def test_a_number_beyond_64_bits_is_named_with_its_field():
    response = send(clients.administrator(), '{"total_investment": %s}' % ("9" * 40))
    assert "/total_investment" in clients.errors_of(response)


@pytest.mark.parametrize("key", [1.5, True, "١", [1], {"id": 1}])
def test_a_key_is_a_whole_number_or_its_digits(key):
    project = factories.ProjectFactory(officer=factories.UserFactory())
    response = clients.patch(
        clients.administrator(), f"/api/v1/projects/{project.pk}/", {"officer": key}
    )
    assert clients.errors_of(response) == {"/officer": "incorrect_type"}


def test_an_object_for_a_list_of_keys_is_refused_and_clears_nothing():
    project = factories.ProjectFactory()
    project.supporting_departments.add(factories.DepartmentFactory())
    response = clients.patch(
        clients.administrator(),
        f"/api/v1/projects/{project.pk}/",
        {"supporting_departments": {}},
    )
    assert clients.errors_of(response) == {"/supporting_departments": "not_a_list"}
    assert project.supporting_departments.count() == 1


def test_a_missing_csrf_token_is_a_problem_under_api_in_the_readers_language():
    user = factories.UserFactory()
    browser = Client(enforce_csrf_checks=True)
    body = assert_problem(browser.post("/api/v1/auth/login", {}, "application/json"), 403)
    assert "请刷新页面" in body["detail"]
    browser.force_login(user, "projects.auth_backend.TableBackend")
    body = assert_problem(browser.post("/api/v1/projects/", {}, "application/json"), 403)
    assert "请刷新页面" in body["detail"]


def test_a_missing_csrf_token_is_a_page_in_the_readers_language_elsewhere():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a"})
    assert response.status_code == 403
    assert "请刷新页面" in response.content.decode()
