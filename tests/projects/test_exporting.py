"""Lists as sheets: readable, safe to open, and unchanged when they come back."""

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core.api import tables
from portfolio.urls import router
from projects.register.models import Project
from tests import clients, factories
from tests.portfolio.test_lists import MAKERS
from tests.projects.test_importing import commit, project_rows, upload, workbook

pytestmark = pytest.mark.django_db


def sheet_of(response):
    return openpyxl.load_workbook(io.BytesIO(response.content)).active


def csv_of(response) -> list[list[str]]:
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def exported(client, kind, path="projects"):
    response = client.get(f"/api/v1/{path}/?format={kind}")
    assert response.status_code == 200, response.content
    assert f".{kind}" in response.headers["Content-Disposition"]
    return response


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_650_projects_come_back_the_same(kind):
    department = factories.DepartmentFactory()
    person = factories.UserFactory(name="张三")
    client = clients.supervisor()
    preview = upload(client, "projects", workbook(project_rows(department, 650))).json()
    commit(client, preview)
    first = Project.objects.first()
    first.supporting_departments.add(department, factories.DepartmentFactory())
    Project.objects.filter(pk=first.pk).update(
        officer=person, note="=1+1", description="第一行\n第二行", owner_company="-减号公司"
    )
    response = exported(client, kind)
    back = upload(client, "projects", response.content, f"项目.{kind}").json()
    assert back["counts"] == {"new": 0, "changed": 0, "same": 650, "wrong": 0}, back["errors"][:3]


def test_cells_are_typed_readable_and_frozen():
    project = factories.ProjectFactory(
        entered_statistics_on="2025-03-31", name="=cmd|' /C calc'!A0"
    )
    sheet = sheet_of(exported(clients.viewer(), "xlsx"))
    row = dict(zip([c.value for c in sheet[1]], sheet[2], strict=True))
    assert row["总投资 (万元)"].value == 12000
    assert row["入统日期"].is_date
    assert row["类别"].value == "产业"
    assert row["阶段"].value == "谋划储备"
    assert row["牵头单位"].value == project.lead_department.name
    assert row["名称"].value.startswith("'=")
    assert row["名称"].data_type == "s"
    assert sheet.freeze_panes == "A2"


def test_csv_defuses_formulas_and_opens_in_excel():
    factories.ProjectFactory(name="@SUM(A1)", note="+1", owner_company="\t=1")
    heading, row = csv_of(exported(clients.viewer(), "csv"))
    told = dict(zip(heading, row, strict=True))
    assert told["名称"] == "'@SUM(A1)"
    assert told["说明"] == "'+1"
    assert told["业主单位"].startswith("'")
    assert told["总投资 (万元)"] == "12000.00"


def test_filters_fields_and_what_a_person_may_see_hold_in_sheets_too():
    department = factories.DepartmentFactory()
    factories.ProjectFactory(lead_department=department, name="要的")
    factories.ProjectFactory()
    path = f"/api/v1/projects/?format=csv&lead_department={department.code}&fields=id,name"
    assert csv_of(clients.viewer().get(path)) == [["ID", "名称"], [str(_only(department)), "要的"]]
    factories.InspectionEntryFactory()
    _heading, *rows = csv_of(exported(clients.viewer(), "csv", "inspection-scores"))
    assert rows == []


def _only(department) -> int:
    return Project.objects.get(lead_department=department).pk


def test_the_accept_header_asks_for_a_sheet_as_well():
    client = clients.viewer()
    answer = client.get("/api/v1/projects/", headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")


def test_a_refusal_stays_a_problem_whatever_was_asked_for():
    answer = clients.viewer().get("/api/v1/projects/?format=xlsx&colour=red")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert clients.errors_of(answer) == {"/colour": "unknown_parameter"}


def test_a_list_too_long_for_a_sheet_is_refused_with_the_limit(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    factories.ProjectFactory(), factories.ProjectFactory()
    answer = clients.viewer().get("/api/v1/projects/?format=csv")
    assert clients.errors_of(answer) == {"/format": "too_many_rows"}


SHEETS = sorted(prefix for prefix, view, _name in router.registry if hasattr(view, "_table"))


@pytest.mark.long
@pytest.mark.parametrize("prefix", [prefix for prefix in SHEETS if prefix in MAKERS])
def test_every_list_is_a_sheet_with_a_bounded_number_of_queries(prefix):
    client = clients.administrator()
    client.get("/api/v1/auth/me")
    counts = []
    for numbers in ((0, 1), range(2, 10)):
        for number in numbers:
            MAKERS[prefix](number)
        with CaptureQueriesContext(connection) as captured:
            response = exported(client, "xlsx", prefix)
        counts.append(len(captured))
    assert sheet_of(response).max_row >= 9
    assert counts[0] == counts[1]


def make_returns(number):
    first = factories.AcceptedReturnFactory(period__month=number + 1)
    factories.ProgressReturnFactory(
        project=first.project, period=first.period, revision=2, revision_reason="更正"
    )


ROUND_TRIPS = {
    "departments": ("departments", MAKERS["departments"]),
    "people": ("users", MAKERS["users"]),
    "memberships": ("memberships", MAKERS["memberships"]),
    "projects": ("projects", MAKERS["projects"]),
    "milestones": ("milestones", MAKERS["milestones"]),
    "progress-returns": ("progress-returns", make_returns),
    "inspection-scores": ("inspection-scores", MAKERS["inspection-scores"]),
    "scores": ("inspection-scores", MAKERS["amendments"]),  # of a published round
    "work-items": ("work-items", MAKERS["work-items"]),
}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("model", ROUND_TRIPS)
def test_what_is_exported_comes_back_the_same(model, kind):
    path, make = ROUND_TRIPS[model]
    for number in range(3):
        make(number)
    client = clients.administrator()
    content = exported(client, kind, path).content
    back = upload(client, model, content, f"表.{kind}").json()
    assert back["counts"].pop("same") >= 3, back["errors"][:3]
    assert back["counts"] == {"new": 0, "changed": 0, "wrong": 0}, back["errors"][:3]


def test_a_sheet_that_is_full_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(tables, "ROWS_A_SHEET", 2)
    monkeypatch.setattr(tables, "LONGEST_NAME", 6)
    factories.ProjectFactory.create_batch(5)
    response = clients.viewer().get("/api/v1/projects/?format=xlsx&fields=id&ordering=id")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert [sheet.title for sheet in book] == ["重大项目", "重大 (2)", "重大 (3)"]
    ids = list(Project.objects.order_by("id").values_list("id", flat=True))
    told = [[row[0] for row in sheet.values] for sheet in book]
    assert told == [["ID", *ids[:2]], ["ID", *ids[2:4]], ["ID", *ids[4:]]]
    assert {sheet.freeze_panes for sheet in book} == {"A2"}
    assert [sheet.auto_filter.ref for sheet in book] == ["A1:A3", "A1:A3", "A1:A2"]


def test_a_text_that_looks_like_markup_stays_a_text():
    factories.ProjectFactory(name="<r><t>名</t></r>")
    sheet = sheet_of(clients.viewer().get("/api/v1/projects/?format=xlsx&fields=name"))
    assert sheet["A2"].value == "<r><t>名</t></r> "


def test_an_empty_list_is_a_sheet_with_its_headings():
    sheet = sheet_of(clients.viewer().get("/api/v1/projects/?format=xlsx&fields=id,name"))
    assert list(sheet.values) == [("ID", "名称")]


def test_the_sheet_of_targets_says_where_they_stand():
    factories.TargetFactory()
    address = "/api/v1/targets/?format=csv&fields=name,status,status_display"
    _heading, row = csv_of(clients.viewer().get(address))
    [told] = clients.viewer().get("/api/v1/targets/").json()["results"]
    assert told["status"] in row
