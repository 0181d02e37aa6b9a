"""The grid of monthly returns: filling in, pasting, handing in, nothing changed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.programmes.models import ProgrammeEntry
from projects.returns.models import ProgressReturn
from projects.returns.services import period_open
from tests import factories
from tests.pages import steps
from tests.pages.returns import FILLED, GRID, City, cells, sent_back, shown
from tests.pages.steps import person
from tests.pages.test_every_page import browser_of

pytestmark = pytest.mark.django_db
september = steps.september


def send(user, held, address=GRID, **more):
    return browser_of(user).post(address, {**held, **more}, follow=True)


def told(page) -> str:
    return " ".join(str(message) for message in page.context["messages"])


# What one sees ------------------------------------------------------------------------------------
def test_the_grid_shows_the_newest_month_that_is_owed_filled_in_with_last_months_values():
    city = City(2)
    page = browser_of(city.reporter).get(GRID)
    assert page.context["period"] == city.period
    [first, _second] = page.context["rows"]
    texts = {cell.name: cell.text for cell in first.cells}
    assert texts["physical_progress"] == "40.00"
    assert texts["forecast_commissioning"] == "2025-12-31"
    assert texts["investment_reported"] == ""
    text = page.content.decode()
    assert "逾期未报" in text  # August was due on 5 September, it is the 23rd
    assert "100.00" in text  # July, in the cumulative column
    for name in ("reported_year_to_date", "statistical_year_to_date"):
        assert f"-{name}" not in text  # shown, not typed


def test_a_newer_month_in_which_nothing_is_owed_any_more_gives_way_to_the_one_that_is():
    city = City(1)
    september_of = period_open(year=2025, month=9, by=None)
    ProgressReturn.objects.filter(period=september_of).update(state="submitted")
    page = browser_of(city.reporter).get(GRID)
    assert str(page.context["period"]) == "2025-08"
    page = browser_of(city.reporter).get(f"{GRID}?month=2025-09")
    assert str(page.context["period"]) == "2025-09"
    assert page.context["others_owed"] == [("2025-08", "2025 年 8 月", 1)]


def test_only_the_departments_own_projects_stand_in_the_grid():
    city = City(2)
    assert len(shown(city.reporter)) == 2 * 8
    stranger = person("reporter")
    page = browser_of(stranger).get(GRID)
    assert "这个月没有需要您填报的项目" in page.content.decode()


def test_what_has_been_handed_in_stands_in_the_grid_without_fields():
    city = City(2)
    ProgressReturn.objects.filter(pk=city.rows[0].pk).update(state="submitted")
    held = shown(city.reporter)
    assert {key.partition("-")[0] for key in held} == {str(city.rows[1].pk)}


@pytest.mark.parametrize("role", ["supervisor", "viewer", "leader"])
def test_who_fills_in_nothing_sees_how_the_month_stands(role):
    city = City(2)
    page = browser_of(person(role)).get(GRID)
    assert "月报填报情况" in page.content.decode()
    assert [row.pk for row in page.context["paged"].object_list] == [row.pk for row in city.rows]
    missing = browser_of(person(role)).get("/workbench/returns/month/?standing=missing")
    assert missing.context["paged"].paginator.count == 2
    late = browser_of(person(role)).get("/workbench/returns/month/?standing=late")
    assert "没有符合条件的月报" in late.content.decode()


def test_before_any_month_is_opened_the_page_says_who_opens_it():
    page = browser_of(person("reporter")).get(GRID)
    assert "还没有开启过月报" in page.content.decode()


def test_the_programme_office_opens_the_next_month():
    city = City(1)
    page = browser_of(city.office).get(GRID)
    assert page.context["may_open"] == "2025-09"
    assert browser_of(city.reporter).get(GRID).context["may_open"] == ""
    page = browser_of(city.office).post(
        "/workbench/returns/open/", {"month": "2025-09"}, follow=True
    )
    assert "月报已开启" in told(page)
    assert ProgressReturn.objects.filter(period__month=9).count() == 1
    assert page.context["may_open"] == ""  # October has not begun


def test_a_month_that_cannot_be_opened_is_refused_in_words():
    page = browser_of(City(1).office).post(
        "/workbench/returns/open/", {"month": "2025-10"}, follow=True
    )
    assert "尚未开始" in told(page)


def test_a_month_is_opened_once_more_for_a_project_that_has_joined_since():
    city = City(1)
    joined = factories.ProgrammeEntryFactory(programme=ProgrammeEntry.objects.get().programme)
    page = browser_of(city.office).get(GRID)
    assert page.context["any_month"]["month"].value() == "2025-08"
    assert browser_of(city.reporter).get(GRID).context["any_month"] is None
    browser_of(city.office).post("/workbench/returns/open/", {"month": "2025-08"})
    assert ProgressReturn.objects.filter(period__month=8, project=joined.project).count() == 1
    page = browser_of(city.office).post(
        "/workbench/returns/open/", {"month": "2025-13"}, follow=True
    )
    assert [each.level_tag for each in page.context["messages"]] == ["error"]


# Saving and handing in ----------------------------------------------------------------------------
def test_what_is_typed_is_saved_and_nothing_else_is_touched():
    city = City(2)
    page = send(city.reporter, shown(city.reporter) | cells(city.rows[0], **FILLED))
    assert "已保存 1 行" in told(page)
    first, second = city.rows
    assert (first.state, str(first.investment_reported)) == ("draft", "120.50")
    assert second.version == 1


def test_nothing_typed_is_said_to_be_nothing():
    city = City(1)
    assert "没有改动" in told(send(city.reporter, shown(city.reporter)))


def test_rows_that_are_filled_in_are_handed_in_and_the_others_left_alone():
    city = City(3)
    held = shown(city.reporter) | cells(city.rows[0], **FILLED) | cells(city.rows[2], **FILLED)
    page = send(city.reporter, held, do="submit")
    assert city.states() == ["submitted", "draft", "submitted"]
    assert "已提交 2 份月报" in told(page)
    assert "另有 1 行尚未填写" in told(page)


def test_handing_in_before_anything_is_filled_in_says_what_to_do():
    city = City(1)
    page = send(city.reporter, shown(city.reporter), do="submit")
    assert "请先填写本月投资和进展" in told(page)
    assert city.states() == ["draft"]


def test_a_row_that_lacks_something_keeps_all_from_going_until_the_clerk_says_otherwise():
    city = City(2)
    first, second = city.rows
    held = shown(city.reporter) | cells(first, **FILLED) | cells(second, work_done="主体封顶")
    page = send(city.reporter, held, do="submit")
    assert city.states() == ["draft", "draft"]
    assert [each.row.pk for each in page.context["wrong"]] == [second.pk]
    text = page.content.decode()
    assert "提交前请填写“本月完成投资·调度 (万元)”" in text
    assert f'id="{second.pk}-investment_reported-error"' in text
    assert str(city.rows[0].investment_reported) == "120.50"  # saved all the same
    page = send(city.reporter, sent_back(page), do="submit-right")
    assert city.states() == ["submitted", "draft"]
    assert "已提交 1 份月报" in told(page)


def test_what_cannot_be_read_keeps_its_text_with_the_remedy_beside_it():
    city = City(2)
    first, second = city.rows
    held = shown(city.reporter) | cells(first, investment_reported="三百万", obstacles="用地")
    held |= cells(second, obstacles="资金")
    page = send(city.reporter, held)
    text = page.content.decode()
    assert 'value="三百万"' in text
    assert "应为数字, 例如 1200.5" in text
    assert [row.obstacles for row in city.rows] == ["", "资金"]  # a row as a whole or not at all
    assert sent_back(page)[f"{first.pk}-obstacles"] == "用地"


def test_a_figure_out_of_range_is_told_beside_its_cell():
    city = City(1)
    held = shown(city.reporter) | cells(city.rows[0], physical_progress="160%")
    [row] = send(city.reporter, held).context["rows"]
    [cell] = [cell for cell in row.cells if cell.error]
    assert (cell.name, cell.text) == ("physical_progress", "160%")


def test_chinese_ways_of_writing_are_read():
    city = City(1)
    typed = {
        "investment_reported": "１,234.5",
        "investment_statistical": "0.12亿元",
        "physical_progress": "60%",
        "work_done": "主体封顶\r\n设备进场",
        "forecast_commissioning": "9月",
        "department_light": "黄",
    }
    send(city.reporter, shown(city.reporter) | cells(city.rows[0], **typed), do="submit")
    [row] = city.rows
    assert row.state == "submitted"
    assert (str(row.investment_reported), str(row.investment_statistical)) == ("1234.50", "1200.00")
    assert (str(row.physical_progress), row.department_light) == ("60.00", "yellow")
    assert row.work_done == "主体封顶\n设备进场"
    assert str(row.forecast_commissioning) == "2025-09-30"


def test_a_month_without_a_year_that_has_gone_by_is_asked_back():
    city = City(1)
    page = send(
        city.reporter, shown(city.reporter) | cells(city.rows[0], forecast_commissioning="3月")
    )
    assert "请写明年份" in page.content.decode()


def test_a_cell_that_is_emptied_is_empty():
    city = City(1)
    send(city.reporter, shown(city.reporter) | cells(city.rows[0], forecast_commissioning=""))
    assert city.rows[0].forecast_commissioning is None


# Colleagues ---------------------------------------------------------------------------------------
def test_a_colleagues_change_of_another_cell_stays():
    city = City(1)
    held = shown(city.reporter)
    ProgressReturn.objects.filter(pk=city.rows[0].pk).update(obstacles="用地")
    send(city.reporter, held | cells(city.rows[0], work_done="主体封顶"))
    [row] = city.rows
    assert (row.obstacles, row.work_done) == ("用地", "主体封顶")


def test_a_colleagues_change_of_the_same_cell_is_shown_and_overwritten_only_knowingly():
    city = City(1)
    held = shown(city.reporter)
    ProgressReturn.objects.filter(pk=city.rows[0].pk).update(work_done="基础完成")
    page = send(city.reporter, held | cells(city.rows[0], work_done="主体封顶"))
    assert "他人已改为“基础完成”" in page.content.decode()
    assert city.rows[0].work_done == "基础完成"
    send(city.reporter, sent_back(page))
    assert city.rows[0].work_done == "主体封顶"


def test_what_was_handed_in_meanwhile_is_told():
    city = City(1)
    held = shown(city.reporter)
    city.waiting()
    page = send(city.reporter, held | cells(city.rows[0], obstacles="用地"))
    assert "只有待填报或被退回的可以修改" in page.content.decode()


def test_another_departments_row_is_not_written():
    city, stranger = City(1), person("reporter")
    page = send(stranger, shown(city.reporter) | cells(city.rows[0], **FILLED), do="submit")
    assert "没有这一行, 或您无权查看" in page.content.decode()
    assert city.rows[0].version == 1


def test_a_supervisor_does_not_write_by_the_grid():
    city, supervisor = City(1), person("supervisor")
    send(supervisor, shown(city.reporter) | cells(city.rows[0], **FILLED))
    assert city.rows[0].version == 1


# No change ----------------------------------------------------------------------------------------
def test_no_change_of_one_row_is_one_click_and_saves_what_was_typed_elsewhere():
    city = City(2)
    first, second = city.rows
    page = send(
        city.reporter,
        shown(city.reporter) | cells(second, obstacles="用地"),
        no_change=str(first.pk),
    )
    assert city.states() == ["submitted", "draft"]
    assert city.rows[0].no_change
    assert city.rows[1].obstacles == "用地"
    assert "已提交 1 份月报" in told(page)


def test_no_change_of_many_rows_is_one_click():
    city = City(3)
    picks = [str(row.pk) for row in city.rows[:2]]
    send(city.reporter, shown(city.reporter), do="no-change", pick=picks)
    assert city.states() == ["submitted", "submitted", "draft"]


def test_no_change_is_told_beside_the_row_where_it_cannot_be_said():
    city = City(1)
    ProgressReturn.objects.filter(period__month=7).delete()
    page = send(city.reporter, shown(city.reporter), no_change=str(city.rows[0].pk))
    [row] = page.context["rows"]
    assert "还没有更早的月报" in row.errors[0]


def test_no_change_is_not_said_over_a_colleagues_figures():
    city = City(1)
    held = shown(city.reporter)
    ProgressReturn.objects.filter(pk=city.rows[0].pk).update(work_done="基础完成")
    page = send(city.reporter, held, no_change=str(city.rows[0].pk))
    assert "这一行刚被他人修改过" in page.content.decode()
    assert city.states() == ["draft"]
    send(city.reporter, sent_back(page), no_change=str(city.rows[0].pk))
    assert city.states() == ["submitted"]


@pytest.mark.parametrize("key", ["²", "1" * 30, "-1", "a"])
def test_what_is_no_key_is_nothing(key):
    city = City(1)
    held = {f"{key}-was": "[", f"{key}-work_done": "x", "pick": key, "do": "no-change"}
    assert "请先勾选" in told(send(city.reporter, held))
    assert browser_of(city.head).post(f"{GRID}confirm/", held).status_code == 200
    assert browser_of(city.head).post(f"{GRID}check/", {"month": f"2025-{key}"}).status_code == 404


def test_no_change_without_a_tick_says_so():
    city = City(1)
    assert "请先勾选" in told(send(city.reporter, shown(city.reporter), do="no-change"))


# Asking how cells are read ------------------------------------------------------------------------
def test_a_script_is_told_how_cells_are_read():
    city = City(1)
    asked = {"month": "2025-08", "1-investment_reported": "1,234.5", "1-physical_progress": "160"}
    asked |= {"1-forecast_commissioning": "随时", "1-department_light": "红"}
    answer = browser_of(city.reporter).post("/workbench/returns/check/", asked).json()
    assert answer["1-investment_reported"] == {"text": "1234.50", "error": ""}
    assert answer["1-department_light"] == {"text": "红灯", "error": ""}
    assert "100" in answer["1-physical_progress"]["error"]
    assert answer["1-forecast_commissioning"]["text"] == "随时"
    assert "应为日期" in answer["1-forecast_commissioning"]["error"]
    assert browser_of(city.reporter).post("/workbench/returns/check/").status_code == 404


# How much it costs --------------------------------------------------------------------------------
def test_the_grid_costs_as_many_queries_for_40_rows_as_for_2():
    few, user = City(2), None

    def cost(department) -> int:
        browser = browser_of(person("reporter", department))
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(GRID).status_code == 200
        return len(captured)

    user = cost(few.department)
    programme = few.rows[0].project.programme_entries.get().programme
    for _number in range(38):
        project = factories.ProjectFactory(lead_department=few.department)
        factories.ProgrammeEntryFactory(programme=programme, project=project)
    period_open(year=2025, month=8, by=None)
    assert cost(few.department) == user <= 14


@pytest.mark.parametrize("address", ["month/", "confirm/", "accept/"])
def test_the_other_pages_cost_few_queries(address):
    city = City(3)
    city.waiting("confirmed" if address == "accept/" else "submitted")
    user = city.office if address == "accept/" else city.head
    browser = browser_of(user)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(GRID + address).status_code == 200
    assert len(captured) <= 16


def test_a_full_page_can_be_sent(settings):
    # a hundred rows of nine fields, with what is sent beside them
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS >= 100 * 9 + 10
