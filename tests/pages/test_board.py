"""The board: its figures are those of the reports, as of the day that is asked for."""

import datetime as dt
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portfolio.core import clock
from portfolio.reports.catalogue.registry import REPORTS
from projects.people.models import Department
from projects.register.services import transition_record
from tests import factories
from tests.pages.test_every_page import browser_of
from tests.reports.test_reports import EVENING, a_little_of_everything

pytestmark = pytest.mark.django_db

MOST_QUERIES = 25  # issue: the board, its session and rights included
PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def september():
    with clock.at(EVENING):
        yield


@pytest.fixture
def browser():
    return browser_of(factories.MembershipFactory(role="supervisor").user)


def board(browser, **asked) -> str:
    answer = browser.get("/board/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(browser, name: str, **asked) -> list[dict]:
    return browser.get(f"/api/v1/reports/{name}", asked).json()["results"]


def chart(page: str, name: str) -> dict:
    """Returns the data of a chart, as its script reads them."""
    found = re.search(rf'<script id="chart-{name}" type="application/json">(.*?)</script>', page)
    assert found, name
    return json.loads(found[1])


def red_project() -> object:
    project = factories.ProjectFactory(district=factories.DistrictFactory())
    factories.MonthlyLightFactory(project=project, colour="red", computed_colour="red")
    return project


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"as_of": "2025-09-20"},
        {"year": "2024"},
        {"as_of": "2025-09-20", "lead_department": "energy", "district": "jiuyuan"},
    ],
)
def test_the_board_takes_few_queries_however_many_projects_there_are(browser, asked):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            board(browser, **asked)
        return len(captured)

    factories.DistrictFactory(code="jiuyuan")
    factories.DepartmentFactory(code="energy")
    for _each in range(2):
        a_little_of_everything()
    few = queries()
    for _each in range(3):
        a_little_of_everything()
    assert queries() == few <= MOST_QUERIES


def test_every_panel_leads_to_its_table_and_its_sheet(browser):
    a_little_of_everything()
    page = board(browser, lead_department=factories.DepartmentFactory().code)
    sheets = set(re.findall(r'"(/api/v1/reports/[^"]+)"', page))
    assert len(sheets) == 6  # lights and money share one
    for address in sheets:
        answer = browser.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/csv")
    for address in set(re.findall(r'"(/board/[a-z-]+/[^"]*)"', page)):
        assert browser.get(address.replace("&amp;", "&")).status_code in (200, 302), address


def test_the_charts_show_the_rows_of_the_reports(browser):
    a_little_of_everything()
    red_project()
    page = board(browser)
    batches = rows(browser, "four-batches")
    assert chart(page, "batches")["values"] == [each["count"] for each in batches]
    summary = rows(browser, "portfolio-summary")
    lights = chart(page, "lights-district")
    by_name = dict(zip(lights["labels"], lights["series"][0]["values"], strict=True))
    assert by_name == {
        each["name"]: each["light_red"] for each in summary if each["group"] == "district"
    }
    due = dict(chart(page, "calendar")["due"])
    assert due == {each["due_on"]: 1 for each in rows(browser, "milestones")}


def test_every_chart_has_words_for_those_who_do_not_see_it(browser):
    a_little_of_everything()
    drawn = re.findall(r'role="img" aria-label="([^"]+)"', board(browser))
    assert len(drawn) >= 6
    assert all(drawn)


def test_a_red_cell_leads_to_the_red_projects_and_each_to_its_page(browser):
    project = red_project()
    factories.ProjectFactory(district=project.district)
    page = board(browser)
    cell = re.search(r'<td class="number red"><a href="([^"]+)" aria-label="[^"]*红灯 1"', page)
    assert cell
    table = browser.get(cell[1].replace("&amp;", "&")).content.decode()
    assert re.findall(r'href="(/board/projects/[^"]+)"', table) == [
        f"/board/projects/{project.code}/"
    ]
    answer = browser.get(f"/board/projects/{project.code}/")
    assert answer["Location"] == reverse("workbench-projects-project", args=[project.pk])


def test_a_past_day_shows_what_was_known_then(browser):
    with clock.at(EVENING - dt.timedelta(days=30)):
        project = factories.ProgrammeEntryFactory(
            programme=factories.ProgrammeFactory(year=2025)
        ).project
    transition_record(
        project=project, to_stage="preparation", effective_on=dt.date(2025, 9, 2), by=None
    )
    transition_record(
        project=project, to_stage="construction", effective_on=dt.date(2025, 9, 3), by=None
    )
    assert chart(board(browser), "batches")["values"][1] == 1
    page = board(browser, as_of="2025-09-22")
    assert chart(page, "batches")["values"][1] == 0
    assert "当日所知" in page
    assert "as_of=2025-09-22" in page


def test_today_is_what_stands_now_and_needs_no_history(browser):
    page = board(browser, as_of="2025-09-23")
    assert "当日所知" not in page
    assert "format=csv" in page
    assert "as_of=2025-09-23&amp;format=csv" not in page


def test_a_day_that_has_not_come_is_told_on_the_board_of_today(browser):
    answer = browser.get("/board/", {"as_of": "2025-09-24"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/board/"
    assert "尚未到来" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"as_of": "yesterday"}, {"year": "soon"}, {"year": "1066"}, {"district": "atlantis"},
     {"lead_department": "nobody", "as_of": "2025-09-20"}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/board/", "/board/project-lights/"])
def test_what_is_asked_wrongly_is_told_and_shown_without_it(browser, path, wrong):
    answer = browser.get(path, wrong, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [(path, 302)]
    assert 'class="message error"' in answer.content.decode()


def test_what_was_left_empty_in_the_form_asks_for_everything(browser):
    red_project()
    empty = {"year": "", "district": "", "lead_department": "", "as_of": ""}
    assert chart(board(browser, **empty), "lights-district") == chart(
        board(browser), "lights-district"
    )


def test_a_filter_that_a_panel_does_not_know_is_said_there(browser):
    page = board(browser, district=factories.DistrictFactory().code)
    assert page.count("本栏不按所在地筛选。") == 2  # targets, deadlines


def test_the_controls_are_answered_with_the_panels_and_an_address_to_share(browser):
    answer = browser.get("/board/", {"as_of": "2025-09-20", "district": ""}, headers=PART)
    text = answer.content.decode()
    assert text.lstrip().startswith('<div id="panels"')
    assert "<html" not in text
    assert answer["HX-Push-Url"] == "/board/?as_of=2025-09-20"
    assert "HX-Request" in answer["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(browser):
    headers = {**PART, "HX-History-Restore-Request": "true"}
    assert "<html" in browser.get("/board/", headers=headers).content.decode()


def test_changes_come_as_a_panel_to_a_script_and_as_a_table_to_others(browser):
    project = red_project()
    part = browser.get("/board/panels/changes/", headers=PART).content.decode()
    assert project.name in part
    assert chart(part, "changes")["values"][0] == 1
    alone = browser.get("/board/panels/changes/?as_of=2025-09-22")
    assert alone["Location"] == "/board/changes/?as_of=2025-09-22"


def test_the_league_can_be_chosen(browser):
    factories.PublishedRoundFactory()
    page = board(browser)
    assert "观摩测评名次" in page
    assert len(chart(page, "inspection")["lines"]) == len(rows(browser, "inspection-trend"))


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_a_page_too(browser, name):
    a_little_of_everything()
    answer = browser.get(f"/board/{name}/")
    assert answer.status_code == 200
    assert str(REPORTS[name].title) in answer.content.decode()


def test_a_table_is_paged_and_bounded_and_says_what_it_is_narrowed_by(browser):
    department = factories.DepartmentFactory()
    factories.ProjectFactory.create_batch(60, lead_department=department)
    page = browser.get("/board/project-lights/", {"lead_department": department.code})
    text = page.content.decode()
    assert text.count("/board/projects/") == 50
    assert "第 1 / 2 页, 共 60 条" in text
    assert f"责任单位: {department.short_name}" in text
    second = browser.get("/board/project-lights/", {"page": "2"}).content.decode()
    assert second.count("/board/projects/") == 10


def test_a_table_that_does_not_exist_is_not_found(browser):
    assert browser.get("/board/nothing/").status_code == 404


def test_departments_see_on_the_board_what_their_rights_show():
    department = factories.DepartmentFactory()
    user = factories.MembershipFactory(role="reporter", department=department).user
    red_project()
    assert len(Department.objects.all()) >= 2
    assert board(browser_of(user))
