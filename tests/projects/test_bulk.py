"""Many rows at once: checked as a set, written as a set, all or nothing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.inspections.models import InspectionScore
from projects.milestones.models import Milestone
from projects.register.models import Project, StageTransition
from targets.models import Measurement
from tests import clients, factories

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects/bulk"


def send(client, method: str, path: str, rows):
    return getattr(client, method)(path, rows, content_type="application/json")


def project(department, number: int, **more):
    return {
        "name": f"批量项目{number}",
        "category": "industry",
        "lead_department": department.code,
        "total_investment": "1200.50",
        **more,
    }


def events(model):
    return model._meta.get_field("events").related_model._base_manager


def test_projects_are_registered_with_code_stage_pinyin_and_history():
    department, helper = factories.DepartmentFactory(), factories.DepartmentFactory()
    rows = [project(department, n, supporting_departments=[helper.pk]) for n in range(3)]
    response = send(clients.supervisor(), "post", PROJECTS, rows)
    assert response.status_code == 201, response.json()
    assert [row["name"] for row in response.json()["results"]] == [row["name"] for row in rows]
    made = list(Project.objects.order_by("code"))
    assert [p.code[-4:] for p in made] == ["0001", "0002", "0003"]
    assert made[0].pinyin.startswith("piliang")
    assert made[0].lead_department == department
    assert list(made[0].supporting_departments.all()) == [helper]
    assert StageTransition.objects.count() == 3
    assert events(Project).filter(pgh_label="insert").count() == 3


def test_all_wrong_rows_are_named_and_nothing_is_written():
    department = factories.DepartmentFactory()
    taken = factories.ProjectFactory(approval_code="2501-150203-04-01-123456")
    rows = [project(department, n) for n in range(8)]
    rows[1]["category"] = "circus"
    rows[2]["officer"] = "nobody"
    rows[3]["approval_code"] = taken.approval_code
    rows[4]["latitude"] = "40.1"
    rows[5]["total_investment"] = "-1"
    del rows[6]["lead_department"]
    rows[7]["stage"] = "construction"
    response = send(clients.supervisor(), "post", PROJECTS, rows)
    assert response.status_code == 400
    assert clients.errors_of(response) == {
        "/1/category": "invalid_choice",
        "/2/officer": "does_not_exist",
        "/3/approval_code": "unique",
        "/4/longitude": "constraint",
        "/5/total_investment": "min_value",
        "/6/lead_department": "required",
        "/7/stage": "read_only",
    }
    assert Project.objects.count() == 1


def test_the_second_of_two_equal_rows_is_refused():
    department = factories.DepartmentFactory()
    rows = [project(department, n, approval_code="2501-1") for n in range(2)]
    response = send(clients.supervisor(), "post", PROJECTS, rows)
    assert clients.errors_of(response) == {"/1/approval_code": "unique"}


def test_the_number_of_queries_does_not_grow_with_the_rows():
    department = factories.DepartmentFactory()
    client = clients.reporter_of(department)
    client.get("/api/v1/auth/me")
    counts = []
    for count in (2, 200):
        rows = [project(department, n) for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            response = send(client, "post", PROJECTS, rows)
        assert response.status_code == 201
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_reporter_writes_for_the_own_department_only():
    own, other = factories.DepartmentFactory(), factories.DepartmentFactory()
    rows = [project(own, 1), project(other, 2), project(own, 3, sponsor=None)]
    response = send(clients.reporter_of(own), "post", PROJECTS, rows)
    assert response.status_code == 403
    assert clients.errors_of(response) == {"/1": "not_allowed"}
    assert not Project.objects.exists()


def test_a_viewer_is_refused_before_the_rows_are_read():
    assert send(clients.viewer(), "post", PROJECTS, [{}]).status_code == 403
    assert send(clients.viewer(), "patch", PROJECTS, [{}]).status_code == 403


@pytest.mark.parametrize("body", [{}, [], "text", 5])
def test_anything_but_an_array_is_refused(body):
    assert send(clients.supervisor(), "post", PROJECTS, body).status_code == 400


def test_more_than_a_thousand_rows_are_refused_with_the_limit():
    response = send(clients.supervisor(), "post", PROJECTS, [{}] * 1001)
    assert response.status_code == 413
    assert "1000" in response.json()["detail"]


def test_rows_change_together_each_with_its_version():
    projects = [factories.ProjectFactory() for _n in range(3)]
    helper = factories.DepartmentFactory()
    rows = [{"id": p.pk, "version": p.version, "note": f"第{p.pk}号"} for p in projects]
    rows[0]["supporting_departments"] = [helper.code]
    rows[1]["name"] = "改名项目"
    response = send(clients.supervisor(), "patch", PROJECTS, rows)
    assert response.status_code == 200, response.json()
    assert [row["note"] for row in response.json()["results"]] == [row["note"] for row in rows]
    projects[1].refresh_from_db()
    assert projects[1].pinyin.startswith("gaiming")
    assert list(projects[0].supporting_departments.all()) == [helper]
    assert response.json()["results"][1]["version"] == rows[1]["version"] + 1
    assert events(Project).filter(pgh_label="update", note__startswith="第").count() >= 3


def test_stale_rows_are_named_and_nothing_is_written():
    projects = [factories.ProjectFactory() for _n in range(3)]
    rows = [{"id": p.pk, "version": p.version, "note": "改"} for p in projects]
    Project.objects.filter(pk=projects[1].pk).update(note="同事改的")
    response = send(clients.supervisor(), "patch", PROJECTS, rows)
    assert response.status_code == 409
    assert clients.errors_of(response) == {"/1/version": "stale"}
    assert not Project.objects.filter(note="改").exists()


def test_what_is_the_same_is_not_written():
    project = factories.ProjectFactory()
    row = {"id": project.pk, "version": project.version, "name": project.name}
    response = send(clients.supervisor(), "patch", PROJECTS, [row])
    assert response.json()["results"][0]["version"] == project.version


def test_a_row_without_version_missing_or_written_twice_is_named():
    project = factories.ProjectFactory()
    row = {"id": project.pk, "version": project.version, "note": "x"}
    rows = [row, {"id": project.pk, "note": "y"}, {"id": 999999, "version": 1}, row]
    response = send(clients.supervisor(), "patch", PROJECTS, rows)
    assert clients.errors_of(response) == {
        "/1/id": "unique",
        "/2/id": "does_not_exist",
        "/3/id": "unique",
    }


def test_a_department_does_not_move_what_it_promised():
    department = factories.DepartmentFactory()
    milestone = factories.MilestoneFactory(project__lead_department=department)
    row = {"id": milestone.pk, "version": 1, "due_on": "2030-01-01"}
    path = "/api/v1/milestones/bulk"
    response = send(clients.reporter_of(department), "patch", path, [row])
    assert clients.errors_of(response)["/0/due_on"] in ("protected", "by_extension_only")
    row = {"id": milestone.pk, "version": 1, "forecast_on": "2025-09-20"}
    assert send(clients.reporter_of(department), "patch", path, [row]).status_code == 200
    foreign = factories.MilestoneFactory()
    row = {"id": foreign.pk, "version": 1, "forecast_on": "2025-09-20"}
    assert send(clients.reporter_of(department), "patch", path, [row]).status_code == 403


def test_milestones_are_promised_in_bulk_with_their_baseline():
    project = factories.ProjectFactory()
    rows = [{"project": project.code, "name": f"节点{n}", "due_on": "2025-12-31"} for n in (1, 2)]
    response = send(clients.supervisor(), "post", "/api/v1/milestones/bulk", rows)
    assert response.status_code == 201, response.json()
    assert set(Milestone.objects.values_list("baseline_on", flat=True)) == {dt.date(2025, 12, 31)}
    response = send(clients.supervisor(), "post", "/api/v1/milestones/bulk", rows[:1])
    assert clients.errors_of(response) == {"/0/name": "unique"}


def scores(count: int):
    inspection_round = factories.OpenRoundFactory()
    judge = factories.InspectionJudgeFactory(inspection_round=inspection_round)
    criterion = inspection_round.criteria.get()
    entries = [
        factories.InspectionEntryFactory(inspection_round=inspection_round) for _n in range(count)
    ]
    return judge, [
        {"entry": e.pk, "judge": judge.pk, "criterion": criterion.pk, "points": "88.5"}
        for e in entries
    ]


def test_a_judge_scores_all_entries_at_once_but_only_as_himself():
    judge, rows = scores(3)
    factories.MembershipFactory(user=judge.user, role="judge")
    path = "/api/v1/inspection-scores/bulk"
    response = send(clients.signed_in(judge.user), "post", path, rows)
    assert response.status_code == 201, response.json()
    assert InspectionScore.objects.count() == 3
    other = factories.InspectionJudgeFactory(inspection_round=judge.inspection_round)
    foreign = [{**rows[0], "judge": other.pk}]
    assert send(clients.signed_in(judge.user), "post", path, foreign).status_code == 403
    changes = [{"id": s.pk, "version": 1, "points": 90} for s in InspectionScore.objects.all()]
    assert send(clients.signed_in(judge.user), "patch", path, changes).status_code == 200


def test_wrong_scores_are_named_by_row():
    _judge, rows = scores(4)
    foreign = factories.InspectionJudgeFactory(inspection_round__year=2031)
    rows[0]["points"] = 101
    rows[1]["points"] = "88.888"
    rows[2]["judge"] = foreign.pk
    path = "/api/v1/inspection-scores/bulk"
    response = send(clients.supervisor(), "post", path, rows)
    assert response.status_code == 400
    assert clients.errors_of(response) == {
        "/0/points": "range",
        "/1/points": "decimals",
        "/2/judge": "other_round",
    }


def test_a_closed_round_refuses_scores():
    judge, rows = scores(1)
    judge.inspection_round.status = "closed"
    judge.inspection_round.save()
    response = send(clients.supervisor(), "post", "/api/v1/inspection-scores/bulk", rows)
    assert response.status_code == 409
    assert clients.errors_of(response) == {"/0/entry": "round_not_open"}


def test_figures_are_reported_in_bulk():
    target = factories.TargetFactory()
    read_off = factories.TargetFactory(source="from_items")
    rows = [{"target": target.pk, "period": "2025-Q1", "value": "5", "source": "统计局"}] * 2
    path = "/api/v1/measurements/bulk"
    response = send(clients.supervisor(), "post", path, rows)
    assert response.status_code == 201, response.json()
    assert Measurement.objects.count() == 2
    assert Measurement.objects.first().recorded_by is not None
    response = send(clients.supervisor(), "post", path, [{**rows[0], "target": read_off.pk}])
    assert clients.errors_of(response) == {"/0/target": "not_reported"}
    assert send(clients.supervisor(), "patch", path, rows).status_code == 405
