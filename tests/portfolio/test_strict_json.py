"""What cannot be read in one way only, or cannot be stored, is refused as a problem."""

import pytest
from django.test import Client

from projects.register.models import Project
from tests import clients, factories
from tests.portfolio.test_problems import assert_problem

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects/"


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


@pytest.mark.parametrize("text", [5, 1.5, True, ["a"], {"a": 1}])
def test_text_is_text_and_neither_a_number_nor_a_truth(text):
    department = factories.DepartmentFactory()
    new = {"name": text, "category": "industry", "lead_department": department.pk}
    client = clients.administrator()
    assert clients.errors_of(clients.post(client, PROJECTS, new)) == {"/name": "invalid"}
    assert clients.errors_of(clients.post(client, f"{PROJECTS}bulk", [new])) == {
        "/0/name": "invalid"
    }
    assert not Project.objects.exists()


@pytest.mark.parametrize("email", [5, True])
def test_an_address_is_text_too(email):
    user = factories.UserFactory()
    response = clients.patch(clients.administrator(), f"/api/v1/users/{user.pk}/", {"email": email})
    assert clients.errors_of(response) == {"/email": "invalid"}


@pytest.mark.parametrize("day", ["0202-05-01", "1949-09-30", "2101-01-01", "9999-12-31"])
def test_a_year_that_slipped_on_the_keyboard_is_named_with_its_field(day):
    project = factories.ProjectFactory()
    path, client = f"{PROJECTS}{project.pk}/", clients.administrator()
    response = clients.patch(client, path, {"entered_statistics_on": day})
    assert clients.errors_of(response) == {"/entered_statistics_on": "out_of_range"}
    assert day in str(response.json()["errors"])
    move = {"to_stage": "preparation", "effective_on": day}
    response = clients.post(client, f"{path}transitions", move)
    assert clients.errors_of(response) == {"/effective_on": "out_of_range"}


def test_the_body_of_an_action_is_held_to_text_and_days_too():
    problem, solver = factories.ProblemFactory(), factories.DepartmentFactory()
    body = {"solver_department": solver.pk, "due_on": "0202-05-01"}
    path, client = f"/api/v1/problems/{problem.pk}/", clients.administrator()
    response = clients.post(client, f"{path}assign/", body)
    assert clients.errors_of(response) == {"/due_on": "out_of_range"}
    response = clients.post(client, f"{path}reopen/", {"reason": 5})
    assert clients.errors_of(response) == {"/reason": "invalid"}


@pytest.mark.parametrize("day", ["1949-10-01", "2100-12-31"])
def test_the_first_and_the_last_day_are_days(day):
    project = factories.ProjectFactory()
    path = f"{PROJECTS}{project.pk}/"
    response = clients.patch(clients.administrator(), path, {"entered_statistics_on": day})
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["calendar-days/", "projects/", "auth/me", "projects/bulk"])
def test_asking_what_an_address_can_do_is_answered_by_verbs_without_english_names(path):
    response = clients.administrator().options(f"/api/v1/{path}")
    assert response.status_code == 200
    assert response.json().keys() == {"methods"}
    assert set(response.json()["methods"]) <= set(response.headers["Allow"].split(", "))
