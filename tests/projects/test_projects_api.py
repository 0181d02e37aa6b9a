"""The register of projects over HTTP."""

import datetime as dt

import pytest

from projects.register.models import Project
from tests import clients, factories

pytestmark = pytest.mark.django_db
LIST = "/api/v1/projects/"


def url(project) -> str:
    return f"{LIST}{project.pk}/"


def names(response) -> list[str]:
    return [row["name"] for row in response.json()["results"]]


def test_a_person_who_is_not_signed_in_is_answered_401_with_a_problem(client):
    response = client.get(LIST)
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == "Token"


def test_everyone_signed_in_reads_the_register_even_without_a_role():
    factories.ProjectFactory()
    response = clients.signed_in(factories.UserFactory()).get(LIST)
    assert response.status_code == 200
    assert response.json()["count"] == 1


def test_the_address_works_without_its_closing_slash():
    assert clients.viewer().get("/api/v1/projects").status_code == 200


def test_the_names_that_scripts_rely_on_are_there():
    project = factories.ProjectFactory()
    row = clients.viewer().get(url(project)).json()
    relied_on = (
        "id code approval_code name description category cluster district lead_department "
        "supporting_departments officer owner_company total_investment stage light section "
        "synthetic version"
    )
    assert set(relied_on.split()) <= row.keys()
    assert row["total_investment"] == "12000.00"
    assert row["stage_display"] == "谋划储备"


def test_the_readers_language_chooses_the_words():
    project = factories.ProjectFactory(stage="construction")
    chinese = clients.viewer().get(url(project)).json()
    assert chinese["stage_display"] == "开工在建"


def test_a_list_is_filtered_by_several_stages_with_commas():
    factories.ProjectFactory(stage="reserve", name="甲")
    factories.ProjectFactory(stage="construction", name="乙")
    factories.ProjectFactory(stage="commissioned", name="丙")
    response = clients.viewer().get(f"{LIST}?stage=construction,commissioned")
    assert names(response) == ["乙", "丙"]


def test_a_department_is_named_by_its_id_or_by_its_code():
    housing = factories.DepartmentFactory(code="housing")
    factories.ProjectFactory(lead_department=housing, name="甲")
    factories.ProjectFactory(name="乙")
    viewer = clients.viewer()
    assert names(viewer.get(f"{LIST}?lead_department=housing")) == ["甲"]
    assert names(viewer.get(f"{LIST}?lead_department={housing.pk}")) == ["甲"]


@pytest.mark.parametrize("text", ["林南", "lnpfq", "linnan", "BT-2025", "安置 林南"])
def test_a_project_is_found_by_substring_pinyin_initials_or_code(text):
    linnan = factories.ProjectFactory(name="林南平房区安置房")
    response = clients.viewer().get(LIST, {"q": text})
    assert [row["id"] for row in response.json()["results"]] == [linnan.pk]


def test_names_are_ordered_by_pinyin_and_empty_values_come_last():
    for name, money in [("张", 1), ("阿", None), ("林", 2)]:
        factories.ProjectFactory(name=name, total_investment=money)
    viewer = clients.viewer()
    assert names(viewer.get(f"{LIST}?ordering=name")) == ["阿", "林", "张"]
    assert names(viewer.get(f"{LIST}?ordering=-total_investment")) == ["林", "张", "阿"]


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("bogus=1", "/bogus", "unknown_parameter"),
        ("stage=nowhere", "/stage", "invalid_choice"),
        ("district=nowhere", "/district", "does_not_exist"),
        ("ordering=secret", "/ordering", "invalid"),
        ("fields=id,secret", "/fields", "unknown_field"),
        ("expand=secret", "/expand", "unknown_field"),
        ("page_size=501", "/page_size", "out_of_range"),
        ("page_size=x", "/page_size", "out_of_range"),
        ("page=0", "/page", "out_of_range"),
        ("total_investment_min=much", "/total_investment_min", "invalid"),
    ],
)
def test_a_wrong_parameter_is_an_error_that_names_it(query, pointer, code):
    response = clients.viewer().get(f"{LIST}?{query}")
    assert response.status_code == 400
    assert clients.errors_of(response) == {pointer: code}
    assert response.json()["errors"][0]["value"] == query.split("=")[1]


def test_a_null_character_in_a_search_is_no_crash():
    assert clients.viewer().get(LIST, {"q": "\x00"}).status_code == 400


def test_a_lean_answer_has_the_asked_fields_and_the_id_only():
    factories.ProjectFactory(name="甲")
    row = clients.viewer().get(f"{LIST}?fields=name,stage_display").json()["results"][0]
    assert row.keys() == {"id", "name", "stage_display"}


def test_a_foreign_key_can_be_expanded_to_an_object():
    project = factories.ProjectFactory(lead_department__short_name="住建局")
    row = clients.viewer().get(f"{url(project)}?expand=lead_department,officer").json()
    assert row["lead_department"]["short_name"] == "住建局"
    assert row["officer"] is None


def test_pages_have_a_total_and_links_to_their_neighbours():
    factories.ProjectFactory.create_batch(5)
    body = clients.viewer().get(f"{LIST}?page=2&page_size=2").json()
    assert body["count"] == 5
    assert len(body["results"]) == 2
    assert "page=3" in body["next"]
    assert body["previous"] is not None


def test_the_leads_reporter_changes_the_officer_and_history_says_who_before_and_after():
    project = factories.ProjectFactory()
    officer = factories.UserFactory()
    membership = factories.MembershipFactory(department=project.lead_department)
    reporter = clients.signed_in(membership.user)
    response = clients.patch(reporter, url(project), {"officer": officer.pk})
    assert response.status_code == 200
    assert response.json()["officer"] == officer.pk
    newest = reporter.get(f"{url(project)}history/").json()["results"][0]
    assert newest["user"] == membership.user.pk
    assert newest["user_name"] == membership.user.name
    assert newest["door"] == "api"
    assert newest["request_id"] == response.headers["X-Request-Id"]
    assert newest["changes"] == {"officer": {"before": None, "after": officer.pk}}


def test_another_departments_reporter_is_refused_and_nothing_changes():
    project = factories.ProjectFactory()
    other = clients.reporter_of(factories.DepartmentFactory())
    response = clients.patch(other, url(project), {"officer": factories.UserFactory().pk})
    assert response.status_code == 403
    project.refresh_from_db()
    assert project.officer is None


def test_a_viewer_may_not_write_at_all():
    project = factories.ProjectFactory()
    assert clients.patch(clients.viewer(), url(project), {"name": "乙"}).status_code == 403


def test_a_reporter_of_the_department_above_writes_for_those_below():
    above = factories.DepartmentFactory()
    project = factories.ProjectFactory(lead_department=factories.DepartmentFactory(parent=above))
    response = clients.patch(clients.reporter_of(above), url(project), {"name": "新名"})
    assert response.status_code == 200


def test_a_reporter_does_not_hand_the_project_to_another_department():
    project = factories.ProjectFactory()
    other = factories.DepartmentFactory()
    reporter = clients.reporter_of(project.lead_department)
    response = clients.patch(reporter, url(project), {"lead_department": other.pk})
    assert response.status_code == 403
    assert "牵头单位" in response.json()["detail"]


def test_a_reporter_registers_a_project_for_the_own_department_only():
    own, other = factories.DepartmentFactory(), factories.DepartmentFactory()
    reporter = clients.reporter_of(own)
    body = {"name": "新项目", "category": "industry"}
    assert clients.post(reporter, LIST, body | {"lead_department": own.pk}).status_code == 201
    refused = clients.post(reporter, LIST, body | {"lead_department": other.pk})
    assert refused.status_code == 403
    assert Project.objects.count() == 1


def test_a_new_project_gets_a_code_a_stage_and_a_location():
    department = factories.DepartmentFactory()
    response = clients.post(
        clients.supervisor(),
        LIST,
        {"name": "新项目", "category": "energy", "lead_department": department.pk},
    )
    assert response.status_code == 201
    row = response.json()
    assert row["code"].startswith("BT-")
    assert row["stage"] == "reserve"
    assert response.headers["Location"] == f"/api/v1/projects/{row['id']}/"
    assert Project.objects.get().transitions.count() == 1


def test_a_code_is_not_reused_after_its_project_was_deleted():
    first = factories.ProjectFactory()
    assert clients.administrator().delete(url(first)).status_code == 204
    assert factories.ProjectFactory().code != first.code


def test_a_patch_without_the_etag_is_answered_428():
    project = factories.ProjectFactory()
    response = clients.administrator().patch(
        url(project), {"name": "乙"}, content_type="application/json"
    )
    assert response.status_code == 428


def test_a_patch_with_a_stale_etag_is_answered_412_with_the_present_row():
    project = factories.ProjectFactory()
    client = clients.administrator()
    stale = client.get(url(project)).headers["ETag"]
    clients.patch(client, url(project), {"name": "同事的改名"})
    response = client.patch(
        url(project),
        {"name": "我的改名"},
        content_type="application/json",
        headers={"If-Match": stale},
    )
    assert response.status_code == 412
    assert response.json()["current"]["name"] == "同事的改名"
    assert response.headers["ETag"] != stale


def test_a_changed_supporting_department_changes_the_etag():
    project = factories.ProjectFactory()
    client = clients.administrator()
    before = client.get(url(project)).headers["ETag"]
    department = factories.DepartmentFactory()
    response = clients.patch(client, url(project), {"supporting_departments": [department.pk]})
    assert response.json()["supporting_departments"] == [department.pk]
    assert response.headers["ETag"] != before


def test_what_was_read_can_be_sent_back_whole():
    project = factories.ProjectFactory()
    client = clients.administrator()
    row = client.get(url(project)).json()
    response = clients.patch(client, url(project), row | {"name": "改名"})
    assert response.status_code == 200, response.json()
    assert response.json()["name"] == "改名"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"officer": 999999}, "/officer", "does_not_exist"),
        ({"total_investment": "-1"}, "/total_investment", "min_value"),
        ({"total_investment": "much"}, "/total_investment", "invalid"),
        ({"category": "castle"}, "/category", "invalid_choice"),
        ({"owner_credit_code": "123"}, "/owner_credit_code", "invalid"),
        ({"entered_statistics_on": "2025-02-30"}, "/entered_statistics_on", "invalid"),
        ({"name": ""}, "/name", "blank"),
        ({"stage": "commissioned"}, "/stage", "read_only"),
        ({"code": "BT-2025-9999"}, "/code", "read_only"),
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"latitude": "40.6"}, "", "project_point_whole"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_changes(body, pointer, code):
    project = factories.ProjectFactory()
    version = project.version
    response = clients.patch(clients.administrator(), url(project), body)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["pointer"] == pointer
    assert error["message"]
    if pointer:
        assert error["value"] == next(iter(body.values()))
        assert error["code"] == code
    project.refresh_from_db()
    assert project.version == version


def test_a_national_approval_code_belongs_to_one_project():
    code = "2501-150203-04-01-123456"
    factories.ProjectFactory(approval_code=code)
    second = factories.ProjectFactory()
    response = clients.patch(clients.administrator(), url(second), {"approval_code": code})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/approval_code"


def test_a_project_that_something_refers_to_is_not_deleted():
    milestone = factories.MilestoneFactory()
    response = clients.administrator().delete(url(milestone.project))
    assert response.status_code == 409
    assert f"节点 {milestone.pk}" in response.json()["detail"]


def test_a_put_is_no_way_to_change_a_row():
    project = factories.ProjectFactory()
    response = clients.administrator().put(url(project), {}, content_type="application/json")
    assert response.status_code == 405
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_stage_moves_by_a_transition_over_http():
    project = factories.ProjectFactory(stage="construction")
    reporter = clients.reporter_of(project.lead_department)
    body = {"to_stage": "commissioned", "effective_on": "2025-06-30", "evidence": "验收报告"}
    response = clients.post(reporter, f"{url(project)}transitions/", body)
    assert response.status_code == 201, response.json()
    assert reporter.get(url(project)).json()["stage"] == "commissioned"
    moves = reporter.get(f"{url(project)}transitions").json()
    assert [move["to_stage"] for move in moves] == ["construction", "commissioned"]


def test_only_a_supervisor_takes_a_move_back_and_only_with_a_reason():
    project = factories.ProjectFactory(stage="construction")
    reporter = clients.reporter_of(project.lead_department)
    supervisor = clients.supervisor()
    body = {"to_stage": "commissioned", "effective_on": "2025-06-30"}
    move = clients.post(reporter, f"{url(project)}transitions/", body).json()
    revoke = f"{url(project)}transitions/{move['id']}/revoke/"
    assert clients.post(reporter, revoke, {"reason": "误报"}).status_code == 403
    assert clients.post(supervisor, revoke, {"reason": ""}).status_code == 400
    assert clients.post(supervisor, revoke, {"reason": "误报"}).status_code == 201
    assert supervisor.get(url(project)).json()["stage"] == "construction"


def test_a_days_history_is_newest_first_and_paged():
    project = factories.ProjectFactory()
    client = clients.administrator()
    for name in ("一", "二", "三"):
        clients.patch(client, url(project), {"name": name})
    body = client.get(f"{url(project)}history?page_size=2").json()
    assert [row["changes"]["name"]["after"] for row in body["results"]] == ["三", "二"]
    assert body["results"][1]["changes"]["name"]["before"] == "一"
    assert body["count"] == 4  # registered, renamed three times
    assert "page=2" in body["next"]


def test_the_planned_programme_states_its_count_and_counts_what_is_registered():
    entry = factories.ProgrammeEntryFactory()
    row = clients.viewer().get(f"/api/v1/programmes/{entry.programme_id}/").json()
    assert (row["planned_count"], row["registered_count"]) == (650, 1)


def test_an_approved_plan_is_frozen():
    entry = factories.ProgrammeEntryFactory(planned_investment=100, approved_on=dt.date(2025, 2, 1))
    response = clients.patch(
        clients.administrator(),
        f"/api/v1/programme-entries/{entry.pk}/",
        {"planned_investment": "200"},
    )
    assert response.status_code == 409


def test_a_projects_moves_say_how_many_they_are(monkeypatch):
    project = factories.ProjectFactory()
    answer = clients.viewer().get(f"{url(project)}transitions")
    assert (len(answer.json()), answer.headers["X-Total-Count"]) == (1, "1")
    clients.post(
        clients.supervisor(),
        f"{url(project)}transitions",
        {"to_stage": "preparation", "effective_on": "2025-01-02"},
    )
    monkeypatch.setattr("projects.register.api.MOST_MOVES", 1)
    answer = clients.viewer().get(f"{url(project)}transitions")
    assert (len(answer.json()), answer.headers["X-Total-Count"]) == (1, "2")
