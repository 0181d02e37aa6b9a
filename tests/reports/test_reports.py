"""What all reports share: days of the past, comparison, filters, pages, sheets."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.engine.compare import compare_rows
from portfolio.reports.engine.report import money_column, number_column, shape_row, text_column
from projects.register.services import transition_record
from tests import clients, factories

pytestmark = pytest.mark.django_db

EVENING = dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)
MOST_QUERIES = 12  # issue: every report on the city's 650 projects
TOKEN_QUERIES = 2


@pytest.fixture
def client():
    return clients.supervisor()


@pytest.fixture(autouse=True)
def september():
    with clock.at(EVENING):
        yield


def report(client, name: str, **asked):
    return client.get(f"/api/v1/reports/{name}", asked)


def rows(client, name: str, **asked) -> list[dict]:
    answer = report(client, name, **asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def a_little_of_everything() -> None:
    """A project with each kind of fact that some report counts."""
    year = factories.ProgrammeFactory._meta.model.objects.filter(year=2025).first()
    entry = factories.ProgrammeEntryFactory(
        programme=year or factories.ProgrammeFactory(year=2025), planned_investment=1000
    )
    project = entry.project
    factories.MilestoneFactory(project=project, due_on=dt.date(2025, 8, 1))
    factories.AcceptedReturnFactory(project=project)
    factories.AssignedProblemFactory(project=project)
    factories.FundingApplicationFactory(project=project)
    factories.MonthlyLightFactory(project=project)
    factories.TargetFactory()


def test_the_list_of_reports_describes_each_with_its_columns(client):
    described = client.get("/api/v1/reports").json()
    assert [each["name"] for each in described] == [*REPORTS, "bulletin"]
    summary = described[0]
    assert "district" in summary["parameters"]
    assert {"name": "total_investment", "heading": "总投资", "unit": "万元", "kind": "money"} in (
        summary["columns"]
    )


def test_an_unknown_report_is_not_found(client):
    assert report(client, "nothing").status_code == 404


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_answers_each_row_with_all_its_columns(client, name):
    a_little_of_everything()
    answer = report(client, name).json()
    names = [column["name"] for column in answer["columns"]]
    assert all(list(row) == names for row in answer["results"])
    keys = [tuple(row[name] for name in REPORTS[name].key) for row in answer["results"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", REPORTS)
def test_no_report_asks_more_for_more_projects(client, name):
    def queries(asked: dict) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert report(client, name, **asked).status_code == 200
        return len(captured) - TOKEN_QUERIES

    a_little_of_everything()
    queries({})  # the first use of a token is noted
    few = queries({})
    for _ in range(3):
        a_little_of_everything()
    assert queries({}) == few <= MOST_QUERIES
    of_the_past = queries({"as_of": "2025-09-23"})
    assert of_the_past <= MOST_QUERIES
    assert queries({"compare_to": "2025-09-22"}) < 2 * of_the_past  # rights are read once


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_refuses_an_unknown_parameter(client, name):
    answer = report(client, name, colour="red")
    assert answer.status_code == 400
    assert clients.errors_of(answer) == {"/colour": "unknown_parameter"}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_needs_somebody_signed_in(name):
    assert report(Client(), name).status_code == 401


def test_a_day_that_has_not_come_is_refused(client):
    answer = report(client, "four-batches", as_of="2025-09-24")
    assert clients.errors_of(answer) == {"/as_of": "in_the_future"}


def test_a_past_day_is_answered_as_it_was_known_then(client):
    with clock.at(EVENING - dt.timedelta(days=30)):
        factories.ProjectFactory()
    before = report(client, "portfolio-summary", as_of="2025-09-01").content
    factories.ProjectFactory()
    assert report(client, "portfolio-summary", as_of="2025-09-01").content == before
    assert rows(client, "portfolio-summary")[0]["projects"] == 2


def test_a_second_day_and_the_difference_stand_beside_each_figure(client):
    with clock.at(EVENING - dt.timedelta(days=30)):
        factories.ProjectFactory(total_investment=100)
    factories.ProjectFactory(total_investment=250)
    total = rows(client, "portfolio-summary", compare_to="2025-09-01")[0]
    assert (total["projects"], total["projects_then"], total["projects_difference"]) == (2, 1, 1)
    assert total["total_investment_difference"] == "250.00"


def test_a_row_that_stood_only_on_the_other_day_is_kept_without_figures_of_today():
    columns = [text_column("code", "代码"), money_column("asked", "金额")]
    found = compare_rows(columns, ("code",), [], [{"code": "a", "asked": 5}])
    assert found == [{"code": "a", "asked": None, "asked_then": 5, "asked_difference": None}]


def test_filters_narrow_the_projects(client):
    ours = factories.ProjectFactory()
    factories.ProjectFactory()
    asked = {"lead_department": ours.lead_department.code}
    assert rows(client, "portfolio-summary", **asked)[0]["projects"] == 1
    answer = report(client, "portfolio-summary", lead_department="nobody")
    assert answer.status_code == 400


def test_pages_are_limited_and_counted(client):
    for _ in range(3):
        factories.ProjectFactory()
    answer = report(client, "department-scoreboard", page_size=2).json()
    assert (answer["count"], len(answer["results"])) == (3, 2)
    assert "page=2" in answer["next"]
    assert report(client, "department-scoreboard", page_size=501).status_code == 400


def test_a_sheet_has_chinese_headings_with_units_and_typed_cells(client):
    factories.ProjectFactory(total_investment="12.50")
    answer = report(client, "portfolio-summary", format="xlsx")
    assert "portfolio-summary-2025-09-23.xlsx" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    headings = [cell.value for cell in sheet[1]]
    assert headings[3:5] == ["项目 (个)", "总投资 (万元)"]
    assert (sheet["D2"].value, sheet["E2"].value) == (1, 12.5)


def test_csv_holds_all_rows_not_a_page(client):
    for _ in range(60):
        factories.ProjectFactory()
    lines = report(client, "department-scoreboard", format="csv").content.decode().splitlines()
    assert len(lines) == 61


def test_figures_are_told_alike_however_they_were_computed():
    columns = [money_column("asked", "金额")]
    assert shape_row(columns, {"asked": Decimal("1.005")}) == {"asked": Decimal("1.01")}
    assert shape_row(columns, {"asked": None}) == {"asked": None}


@pytest.mark.parametrize(
    ("value", "told"),
    [("80.00", "80"), ("12.50", "12.5"), ("0.00", "0"), ("1E+3", "1000"), ("-0.25", "-0.25")],
)
def test_numbers_are_told_without_zeros_at_their_end_and_never_by_powers_of_ten(value, told):
    found = shape_row([number_column("points", "得分")], {"points": Decimal(value)})
    assert str(found["points"]) == told


def test_the_days_to_solve_are_the_mean_of_what_is_solved(client):
    solver = factories.DepartmentFactory()
    for solved_on in ("2025-09-11", "2025-09-12", "2025-09-16"):  # 10, 11 and 15 days
        factories.SolvedProblemFactory(solver_department=solver, solved_on=solved_on)
    factories.AssignedProblemFactory(solver_department=solver)
    (row,) = rows(client, "problems")
    assert (row["raised"], row["solved"], row["open"]) == (4, 3, 1)
    assert row["days_to_solve"] == "12"
    factories.SolvedProblemFactory(solver_department=solver, solved_on="2025-09-20")
    assert rows(client, "problems")[0]["days_to_solve"] == "13.75"


def test_commissioning_a_project_moves_the_batch_and_its_share_of_the_goal(client):
    entry = factories.ProgrammeEntryFactory(
        programme=factories.ProgrammeFactory(year=2025), project__stage="construction"
    )
    factories.TargetFactory(
        year=2025, report_key="2025/projects-commissioned", value=300, measure="cumulative"
    )
    transition_record(
        project=entry.project, to_stage="commissioned", effective_on=dt.date(2025, 9, 2), by=None
    )
    done = rows(client, "four-batches")[0]
    assert (done["stage"], done["count"], done["this_month"]) == ("commissioned", 1, 1)
    assert (done["goal"], done["share"]) == ("300", "0.33")
    assert rows(client, "four-batches", as_of="2025-09-22")[0]["count"] == 0
