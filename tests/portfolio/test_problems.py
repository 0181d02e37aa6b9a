"""Whatever goes wrong under /api/ is a problem in the reader's words, never an HTML page."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from portfolio.core.api.problems import PROBLEMS, constraint_message
from tests import clients, factories

pytestmark = pytest.mark.django_db


def assert_problem(response, status: int) -> dict:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= body.keys()
    return body


def test_an_unknown_address_under_api_is_a_problem():
    assert_problem(clients.viewer().get("/api/v1/castles/"), 404)
    assert_problem(Client().get("/api/nothing"), 404)


def test_an_unknown_row_is_a_problem_in_chinese():
    body = assert_problem(clients.viewer().get("/api/v1/projects/999999/"), 404)
    assert body["title"] == "未找到"


def test_a_body_that_is_no_json_is_a_problem():
    client = clients.administrator()
    for path in ("/api/v1/projects/", "/api/v1/auth/tokens"):
        response = client.post(path, "{no", content_type="application/json")
        assert_problem(response, 400)


def test_a_body_that_is_json_but_no_object_is_a_problem():
    client = clients.administrator()
    for body in ([], "text", 5, None):
        response = client.post(
            "/api/v1/projects/", json.dumps(body), content_type="application/json"
        )
        assert_problem(response, 400)


def test_another_media_type_is_a_problem():
    response = clients.administrator().post("/api/v1/projects/", {"name": "表单"})
    assert_problem(response, 415)


def test_a_body_over_the_limit_is_refused_before_it_is_read(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = clients.post(clients.administrator(), "/api/v1/projects/", {"name": "长" * 200})
    body = assert_problem(response, 413)
    assert "10 MB" in body["detail"]


def test_a_format_that_is_not_spoken_is_a_problem():
    response = clients.viewer().get("/api/v1/projects/", headers={"Accept": "text/html"})
    assert response.status_code in (200, 406)
    assert "json" in response.headers["Content-Type"]


def test_a_crash_is_a_problem_without_a_trace(monkeypatch):
    client = clients.viewer()
    client.raise_request_exception = False
    monkeypatch.setattr("projects.register.api.ProjectViewSet.get_queryset", lambda self: 1 / 0)
    body = assert_problem(client.get("/api/v1/projects/"), 500)
    assert "ZeroDivisionError" not in json.dumps(body)


def test_a_message_speaks_english_to_an_english_reader():
    response = Client(headers={"Accept-Language": "en"}).get("/api/v1/projects/")
    assert assert_problem(response, 401)["title"] == "Not signed in"


@pytest.mark.parametrize("code", PROBLEMS)
def test_each_problem_type_points_to_a_page_that_explains_it(code):
    response = Client(headers={"Accept-Language": "zh-hans"}).get(f"/api/problems/{code}/")
    assert response.status_code == 200
    assert str(PROBLEMS[code][1]) in response.content.decode()


def test_every_answer_carries_a_request_id_and_keeps_a_callers_own():
    client = clients.viewer()
    assert len(client.get("/api/v1/projects/").headers["X-Request-Id"]) == 32
    kept = client.get("/api/v1/projects/", headers={"X-Request-Id": "my-call-7"})
    assert kept.headers["X-Request-Id"] == "my-call-7"
    refused = client.get("/api/v1/projects/", headers={"X-Request-Id": 'a" b'})
    assert refused.headers["X-Request-Id"] != 'a" b'


def test_a_broken_constraint_is_told_in_the_words_of_its_model():
    """A race passes the checks of both; the database refuses the second."""
    entry = factories.ProgrammeEntryFactory(planned_investment=1, approved_on="2025-01-10")
    response = clients.patch(
        clients.administrator(),
        f"/api/v1/programme-entries/{entry.pk}/",
        {"planned_investment": "2"},
    )
    body = assert_problem(response, 409)
    assert "已批准" in body["detail"]


def test_a_format_that_there_is_not_is_a_problem_that_says_so():
    for address in ("/api/v1/projects/?format=pdf", "/api/v1/projects/?format=<b>"):
        body = assert_problem(clients.viewer().get(address), 406)
        assert body["detail"] == "可用的格式: json; 列表另有 csv 和 xlsx。"


def test_a_reference_to_what_was_deleted_meanwhile_is_told_without_the_constraints_name():
    entry = factories.ProgrammeEntryFactory()
    type(entry).objects.filter(pk=entry.pk).update(project_id=999_999)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        connection.check_constraints()
    type(entry).objects.filter(pk=entry.pk).update(project_id=entry.project_id)
    assert "所引用的记录刚被删除" in constraint_message(raised.value)


def test_a_constraint_without_words_of_its_own_names_its_fields():
    department = factories.DepartmentFactory()
    response = clients.patch(
        clients.administrator(),
        f"/api/v1/targets/{factories.TargetFactory().pk}/",
        {"year": 1900, "lead_department": department.pk},
    )
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["message"] == "“年度”的值或组合不符合规定, 请核对。"
