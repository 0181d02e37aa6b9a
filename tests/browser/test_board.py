"""The board in the browser: the API's figures, any day by the slider, from a red cell to the
project, charts that are drawn, without scripts, on a phone."""

import datetime as dt
import json
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from portfolio.core import clock
from projects.register.services import transition_record
from tests import factories
from tests.browser.conftest import MOMENT, PHONE, WIDE
from tests.browser.looking import check_accessible, check_fits

pytestmark = pytest.mark.browser

# Whether anything is drawn on an element's canvases.
INKED = """element => [...element.querySelectorAll("canvas")].some((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value > 0);
})"""


@pytest.fixture
def city(transactional_db) -> SimpleNamespace:
    """Two districts with projects; what one of them did in the last days is known by its day."""
    with clock.at(MOMENT - dt.timedelta(days=40)):
        supervisor = factories.MembershipFactory(role="supervisor").user
        programme = factories.ProgrammeFactory(year=2025)
        here, there = (
            factories.DistrictFactory(name=name, short_name=name) for name in ("青山区", "九原区")
        )
        projects = [
            factories.ProgrammeEntryFactory(
                programme=programme,
                planned_investment=20000,
                project__district=district,
                project__name=name,
            ).project
            for name, district in (
                ("稀土永磁产业园", here),
                ("钢铁物流园", here),
                ("安置房", there),
            )
        ]
        for project in projects:
            transition_record(
                project=project, to_stage="preparation", effective_on=dt.date(2025, 8, 1), by=None
            )
        factories.MilestoneFactory(
            project=projects[0], name="主体完工", due_on=dt.date(2025, 8, 31),
            forecast_on=dt.date(2025, 10, 20),
        )  # fmt: skip
        factories.DoneMilestoneFactory(project=projects[1], due_on=dt.date(2025, 7, 1))
        factories.MilestoneFactory(project=projects[2], due_on=dt.date(2025, 11, 30))
        factories.MonthlyLightFactory(project=projects[0], colour="green", month=7)
        factories.MonthlyLightFactory(project=projects[1], colour="green", month=7)
        factories.PublishedRoundFactory(quarter=1)
        factories.TargetFactory()
    with clock.at(MOMENT - dt.timedelta(days=2)):
        factories.MonthlyLightFactory(project=projects[0], colour="red", computed_colour="red")
        transition_record(
            project=projects[1], to_stage="construction", effective_on=dt.date(2025, 9, 20), by=None
        )
    return SimpleNamespace(supervisor=supervisor, projects=projects, here=here, there=there)


def api(page: Page, report: str, **asked: str) -> list[dict]:
    answer = page.request.get(f"/api/v1/reports/{report}", params=asked)
    assert answer.ok
    return answer.json()["results"]


def cells(page: Page, table: str) -> list[list[str]]:
    """Returns what a table shows, row by row."""
    read = "rows => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"
    return page.locator(f"{table} tbody tr").evaluate_all(read)


def tile(page: Page, name: str) -> str:
    return page.locator(".board-tiles li", has_text=name).locator("b").inner_text()


def draw_all(page: Page) -> int:
    """Scrolls to every chart and waits until it is drawn; returns how many there are."""
    # It is replaced as soon as it comes into view.
    page.evaluate("document.getElementById('changes').scrollIntoView()")
    expect(page.locator("#changes table").first).to_be_visible()
    charts = page.locator("[data-chart]")
    for place in range(charts.count()):
        charts.nth(place).scroll_into_view_if_needed()
        expect(charts.nth(place)).to_have_attribute("data-drawn", "yes")
    return charts.count()


def check_figures(page: Page, **asked: str) -> None:
    """Fails when a table of the board says something else than the API."""
    batches = api(page, "four-batches", **asked)
    shown = [(row[0], int(row[1]), int(row[2])) for row in cells(page, "#batches-table")]
    assert shown == [(each["batch"], each["count"], each["this_month"]) for each in batches]
    summary = api(page, "portfolio-summary", **asked)
    for group in ("district", "lead_department"):
        told = {row[0]: [int(each) for each in row[1:]] for row in
                cells(page, f"#lights-{group}-table")}  # fmt: skip
        assert told == {
            row["name"]: [row[f"light_{c}"] for c in ("red", "yellow", "green", "grey")]
            + [row["projects"]]
            for row in summary
            if row["group"] == group
        }
    assert int(tile(page, "重大项目")) == summary[0]["projects"]
    assert int(tile(page, "红灯")) == summary[0]["light_red"]
    overdue = api(page, "deadlines", state="overdue", **asked)
    assert int(tile(page, "逾期事项")) == len(overdue)
    assert [row[5] for row in cells(page, "#deadlines-table")] == [
        str(-each["days_left"]) for each in overdue
    ]
    milestones = api(page, "milestones", **asked)
    gantt = json.loads(page.locator("#chart-gantt").text_content() or "")
    assert {(each["name"], each["due"], each["forecast"] or None) for each in gantt["lines"]} == {
        (each["name"], each["due_on"], each["forecast_on"]) for each in milestones
    }


def test_the_boards_figures_are_those_of_the_api(city, sign_in):
    page = sign_in(city.supervisor)
    expect(page).to_have_url(re.compile("/board/$"))
    check_figures(page)
    assert tile(page, "红灯") == "1"


def test_moving_the_slider_shows_the_city_as_it_was_and_an_address_to_share(city, sign_in):
    page = sign_in(city.supervisor)
    slider = page.get_by_label("拖动日期")
    slider.focus()
    for _each in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".board-told")).to_contain_text("2025-09-18")
    expect(page).to_have_url(re.compile(r"as_of=2025-09-18"))
    expect(page.get_by_label("截至", exact=True)).to_have_value("2025-09-18")
    check_figures(page, as_of="2025-09-18")
    assert tile(page, "红灯") == "0"
    draw_all(page)
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    expect(page.locator(".board-told")).to_contain_text("2025-09-18")
    assert tile(page, "红灯") == "0"
    page.get_by_role("link", name="回到今天").click()
    expect(page.locator(".board-told")).to_contain_text("2025-09-23")
    assert tile(page, "红灯") == "1"


def test_going_back_shows_the_board_as_it_was_before(city, sign_in):
    page = sign_in(city.supervisor)
    page.get_by_label("所在地").select_option(label="九原区")
    expect(page).to_have_url(re.compile("district="))
    expect(page.locator("#lights-district-table tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("#lights-district-table tbody tr")).not_to_have_count(1)
    expect(page).to_have_url(re.compile("/board/$"))


def test_from_a_red_cell_to_the_project(city, sign_in):
    page = sign_in(city.supervisor)
    page.get_by_role("link", name="青山区 红灯 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("项目红黄绿灯")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    check_accessible(page)
    page.get_by_role("link", name="稀土永磁产业园").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("稀土永磁产业园")


def test_a_click_on_the_charts_red_leads_to_the_same_projects(city, sign_in):
    page = sign_in(city.supervisor)
    draw_all(page)
    chart = page.locator('[data-chart="chart-lights-district"]')
    line = page.locator("#lights-district-table tbody tr", has_text="青山区")
    line.scroll_into_view_if_needed()
    row = line.bounding_box()
    box = chart.bounding_box()
    page.mouse.click(box["x"] + 14, row["y"] + row["height"] / 2)
    expect(page).to_have_url(re.compile(r"/board/project-lights/.*light=red"))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_all_charts_are_drawn_nothing_is_wider_than_the_screen_and_all_is_accessible(
    city, sign_in, size
):
    page = sign_in(city.supervisor, size)
    assert draw_all(page) >= 9
    blank = [
        chart.get_attribute("data-chart")
        for chart in page.locator("[data-chart]").all()
        if not chart.evaluate(INKED)
    ]
    assert blank == []
    check_fits(page)
    check_accessible(page)


def test_what_changed_comes_by_itself(city, sign_in):
    page = sign_in(city.supervisor)
    changes = page.locator("#changes")
    page.evaluate("document.getElementById('changes').scrollIntoView()")
    expect(changes.get_by_role("cell", name="评灯变差")).to_be_visible()
    expect(changes.get_by_role("link", name="稀土永磁产业园")).to_be_visible()
    told = {row[0]: int(row[1]) for row in cells(page, "#changes-counts")}
    assert sum(told.values()) == len(api(page, "changes"))


def test_without_scripts_the_tables_stand_and_the_form_asks(city, sign_in):
    page = sign_in(city.supervisor, scripts=False)
    check_figures_without_scripts(page)
    page.get_by_label("截至", exact=True).fill("2025-09-18")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".board-told")).to_contain_text("2025-09-18")
    expect(page.get_by_role("link", name="青山区 绿灯 2")).to_be_visible()
    page.get_by_role("link", name="查看一周来的变动").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("变动")


def check_figures_without_scripts(page: Page) -> None:
    expect(page.get_by_role("link", name="青山区 红灯 1")).to_be_visible()
    expect(page.locator("#batches-table tbody tr")).to_have_count(4)
    expect(page.get_by_label("拖动日期")).to_be_hidden()


def test_the_page_is_painted_before_any_script_has_run(city, windows):
    page = windows.sign_in(city.supervisor)
    held = []
    page.route("**/*.js", lambda route: held.append(route))
    page.goto("/board/?year=2025", wait_until="commit")
    expect(page.get_by_role("link", name="青山区 红灯 1")).to_be_visible()
    painted = "performance.getEntriesByName('first-contentful-paint').length"
    for _each in range(100):
        if page.evaluate(painted):
            break
        page.wait_for_timeout(50)
    assert page.evaluate(painted) == 1
    assert page.evaluate("typeof echarts") == "undefined"
    assert len(held) >= 3
    for route in held:
        route.continue_()
    draw_all(page)
