"""A month's returns in the browser: from the mail's link, in the grid, pasted, by keyboard, by the
head on a phone, to acceptance and correction."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, fill_in_sign_in
from tests.browser.keyboard import press_tab_until
from tests.browser.looking import check_accessible, check_fits
from tests.pages.returns import GRID, City

pytestmark = pytest.mark.browser
REPORTED, STATISTICAL = "本月完成投资·调度 (万元)", "本月完成投资·入统 (万元)"
PROGRESS, DONE, OBSTACLES = "形象进度 (%)", "本月进展", "存在问题"
FORECAST, LIGHT = "预计投产", "单位自评"


@pytest.fixture
def city(transactional_db) -> City:
    found = City(3)
    names = ("稀土永磁产业园", "林南平房区安置房", "钢铁物流园")
    for row, name in zip(found.rows, names, strict=True):
        row.project.name = name
        row.project.save(update_fields=["name"])
    return found


def cell(page: Page, project: str, column: str):
    return page.get_by_label(f"{project} {column}", exact=True)


def paste(page: Page, text: str) -> None:
    """Puts the text on the clipboard, as a spreadsheet would, and presses Ctrl+V."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def told(page: Page):
    return page.locator("#messages")


# From the mail ------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_clerk_comes_by_the_mails_link_signs_in_and_hands_the_return_in(city, windows, size):
    row = city.rows[0]
    page = windows.open(size)
    page.goto(f"/go/progress_return/{row.pk}/")
    fill_in_sign_in(page, city.reporter)
    expect(page.get_by_role("heading", level=1)).to_contain_text("稀土永磁产业园")
    expect(page.get_by_label(PROGRESS)).to_have_value("40.00")
    page.get_by_label(REPORTED).fill("1,234.5")
    page.get_by_label(DONE).fill("主体封顶")
    check_accessible(page)
    check_fits(page)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(told(page)).to_contain_text("已提交, 待负责人确认。")
    check_accessible(page)
    check_fits(page)
    row.refresh_from_db()
    assert (row.state, str(row.investment_reported)) == ("submitted", "1234.50")
    assert row.submitted_by == city.reporter


def test_nothing_changed_is_two_taps_on_a_phone(city, sign_in):
    row = city.rows[0]
    page = sign_in(city.reporter, PHONE)
    page.goto(f"/go/progress_return/{row.pk}/")  # the first: the mail's link
    page.get_by_role("button", name="本月无变化, 直接提交").tap()
    expect(told(page)).to_contain_text("已提交")
    row.refresh_from_db()
    assert (row.state, row.no_change) == ("submitted", True)


def test_what_is_missing_has_the_focus_and_nothing_typed_is_lost(city, sign_in):
    page = sign_in(city.reporter, PHONE)
    page.goto(f"/workbench/returns/{city.rows[0].pk}/")
    page.get_by_label(DONE).fill("主体封顶")
    page.get_by_role("button", name="提交", exact=True).tap()
    expect(page.get_by_label(REPORTED)).to_be_focused()
    expect(page.get_by_label(DONE)).to_have_value("主体封顶")
    check_accessible(page)
    check_fits(page)


# The grid -----------------------------------------------------------------------------------------
def test_a_block_pasted_from_excel_is_read_corrected_and_handed_in(city, sign_in):
    page = sign_in(city.reporter)
    page.goto(GRID)
    cell(page, "稀土永磁产业园", REPORTED).focus()
    paste(
        page,
        '1,234.5\t1000\t60%\t"主体封顶\n""A"" 区"\t\t2025年11月\t黄灯\r\n'
        "三百\t\t55\t基础完成\t用地\t2025/12/1\t绿\r\n",
    )
    expect(page.get_by_role("status")).to_contain_text("已粘贴 14 格")
    expect(cell(page, "稀土永磁产业园", REPORTED)).to_have_value("1234.50")
    expect(cell(page, "稀土永磁产业园", DONE)).to_have_value('主体封顶\n"A" 区')
    expect(cell(page, "稀土永磁产业园", FORECAST)).to_have_value("2025-11-30")
    expect(cell(page, "林南平房区安置房", LIGHT)).to_have_value("绿灯")
    wrong = cell(page, "林南平房区安置房", REPORTED)
    expect(wrong).to_have_value("三百")
    expect(wrong).to_have_accessible_description("应为数字, 例如 1200.5。")
    check_accessible(page)

    page.get_by_role("button", name="提交已填的各行").click()
    expect(page.get_by_role("alert")).to_contain_text("1 行有误, 所以还没有提交任何一行")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(wrong).to_have_value("三百")
    check_accessible(page)
    assert city.states() == ["draft"] * 3

    wrong.fill("300")
    page.get_by_role("button", name="提交已填的各行").click()
    expect(told(page)).to_contain_text("已提交 2 份月报")
    expect(told(page)).to_contain_text("另有 1 行尚未填写")
    assert city.states() == ["submitted", "submitted", "draft"]
    first, second, _third = city.rows
    assert (str(first.physical_progress), first.department_light) == ("60.00", "yellow")
    assert (str(second.investment_reported), str(second.forecast_commissioning)) == (
        "300.00", "2025-12-01",
    )  # fmt: skip


def test_a_block_that_names_projects_goes_to_these_projects(city, sign_in):
    page = sign_in(city.reporter)
    page.goto(GRID)
    cell(page, "稀土永磁产业园", PROGRESS).focus()
    code = city.rows[1].project.code
    paste(page, f"钢铁物流园\t30\t20\n{code}\t10\t\n没有的项目\t1\t2\n")
    expect(page.get_by_role("status")).to_contain_text("找不到这些项目, 没有粘贴: 没有的项目")
    expect(cell(page, "钢铁物流园", REPORTED)).to_have_value("30.00")
    expect(cell(page, "林南平房区安置房", REPORTED)).to_have_value("10.00")
    expect(cell(page, "稀土永磁产业园", PROGRESS)).to_have_value("40.00")


def test_a_block_keeps_its_lines_where_a_row_has_been_handed_in(city, sign_in):
    city.period.returns.filter(pk=city.rows[1].pk).update(state="submitted")
    page = sign_in(city.reporter)
    page.goto(GRID)
    cell(page, "稀土永磁产业园", REPORTED).focus()
    paste(page, "1\t1\n2\t2\n3\t3\n")
    expect(page.get_by_role("status")).to_contain_text("有 2 格超出表格或所在行已提交")
    expect(cell(page, "钢铁物流园", REPORTED)).to_have_value("3.00")
    cell(page, "钢铁物流园", REPORTED).focus()
    page.keyboard.press("ArrowUp")
    expect(cell(page, "稀土永磁产业园", REPORTED)).to_be_focused()


def test_a_column_of_a_sheet_goes_down_and_a_paragraph_stays_in_its_cell(city, sign_in):
    page = sign_in(city.reporter)
    page.goto(GRID)
    cell(page, "稀土永磁产业园", OBSTACLES).focus()
    paste(page, "用地未批\n资金未到位")
    expect(cell(page, "稀土永磁产业园", OBSTACLES)).to_have_value("用地未批\n资金未到位")
    cell(page, "稀土永磁产业园", DONE).focus()
    page.evaluate(
        """() => navigator.clipboard.write([new ClipboardItem({
            "text/plain": new Blob(["封顶\\n验收\\n"], {type: "text/plain"}),
            "text/html": new Blob(
                ["<table><tr><td>封顶</td></tr><tr><td>验收</td></tr></table>"],
                {type: "text/html"},
            ),
        })])"""
    )
    page.keyboard.press("Control+V")
    expect(cell(page, "稀土永磁产业园", DONE)).to_have_value("封顶")
    expect(cell(page, "林南平房区安置房", DONE)).to_have_value("验收")


def test_a_word_pasted_into_a_cell_is_only_that(city, sign_in):
    page = sign_in(city.reporter)
    page.goto(GRID)
    cell(page, "稀土永磁产业园", OBSTACLES).focus()
    paste(page, "用地")
    expect(cell(page, "稀土永磁产业园", OBSTACLES)).to_have_value("用地")
    expect(page.get_by_role("status")).to_be_empty()


def test_the_grid_is_filled_in_and_handed_in_by_keyboard_alone(city, windows):
    page = windows.open()
    page.goto(GRID)
    city.reporter.set_password("deer-sun-apple-7")
    city.reporter.save()
    press_tab_until(page, page.get_by_label("用户名"))
    page.keyboard.type(city.reporter.username)
    page.keyboard.press("Tab")
    page.keyboard.type("deer-sun-apple-7")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{GRID}")

    first = cell(page, "稀土永磁产业园", REPORTED)
    press_tab_until(page, first)
    for figure in ("11", "22", "33"):  # Enter goes down, and never sends the form
        page.keyboard.type(figure)
        page.keyboard.press("Enter")
    expect(cell(page, "钢铁物流园", REPORTED)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "稀土永磁产业园", STATISTICAL)).to_be_focused()
    page.keyboard.type("9")  # what one comes to is selected: typing replaces it
    page.keyboard.press("ArrowLeft")  # inside the text first
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    press_tab_until(page, cell(page, "稀土永磁产业园", DONE))
    page.keyboard.type("封顶")
    page.keyboard.press("Alt+Enter")
    page.keyboard.type("验收")
    page.keyboard.press("Enter")
    expect(cell(page, "林南平房区安置房", DONE)).to_be_focused()
    page.keyboard.type("基础")
    page.keyboard.press("Enter")
    page.keyboard.type("备料")
    submit = page.get_by_role("button", name="提交已填的各行")
    for _each in range(80):
        if submit.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text("已提交 3 份月报")
    assert [str(row.investment_reported) for row in city.rows] == ["11.00", "22.00", "33.00"]
    assert city.rows[0].work_done == "封顶\n验收"
    assert str(city.rows[0].investment_statistical) == "9.00"


def test_nothing_changed_is_one_click_for_a_row_and_for_many(city, sign_in):
    page = sign_in(city.reporter)
    page.goto(GRID)
    cell(page, "钢铁物流园", OBSTACLES).fill("用地")
    page.get_by_role("button", name="无变化 稀土永磁产业园").click()
    expect(told(page)).to_contain_text("已提交 1 份月报")
    expect(cell(page, "钢铁物流园", OBSTACLES)).to_have_value("用地")
    page.get_by_label("全选", exact=True).check()
    page.get_by_role("button", name="所选报“无变化”").click()
    expect(told(page)).to_contain_text("已提交 2 份月报")
    assert city.states() == ["submitted"] * 3


def test_the_grid_works_without_scripts(city, sign_in):
    page = sign_in(city.reporter, scripts=False)
    page.goto(GRID)
    cell(page, "稀土永磁产业园", REPORTED).fill("12万")
    cell(page, "稀土永磁产业园", DONE).fill("主体封顶")
    page.get_by_role("button", name="保存").click()
    expect(cell(page, "稀土永磁产业园", REPORTED)).to_have_value("12万")
    expect(page.get_by_role("alert")).to_contain_text("1 行有误")
    cell(page, "稀土永磁产业园", REPORTED).fill("12万元")
    page.get_by_role("button", name="提交已填的各行").click()
    expect(told(page)).to_contain_text("已提交 1 份月报")
    assert str(city.rows[0].investment_reported) == "12.00"


# Heads and the programme office -------------------------------------------------------------------
def test_a_head_confirms_several_and_sends_one_back_on_a_phone(city, sign_in):
    city.waiting()
    page = sign_in(city.head, PHONE)
    page.goto("/workbench/returns/confirm/")
    check_accessible(page)
    check_fits(page)
    page.get_by_label("全选本页 3 份").check()
    page.get_by_label("钢铁物流园").uncheck()
    page.get_by_role("button", name="确认所选").tap()
    expect(told(page)).to_contain_text("已确认 2 份月报")
    assert city.states() == ["confirmed", "confirmed", "submitted"]

    page.get_by_label("钢铁物流园").check()
    page.locator("summary", has_text="退回所选").tap()
    page.get_by_role("button", name="退回所选").tap()
    expect(page.get_by_text("请写明理由。")).to_be_visible()
    expect(page.get_by_label("钢铁物流园")).to_be_checked()
    check_accessible(page)
    page.get_by_label("退回理由").fill("数字不实")
    page.get_by_role("button", name="退回所选").tap()
    expect(told(page)).to_contain_text("已退回 1 份月报")
    expect(page.get_by_text("没有待您确认的月报。")).to_be_visible()
    assert city.rows[2].sent_back_reason == "数字不实"


def test_the_office_accepts_and_the_department_corrects(city, sign_in):
    city.waiting("confirmed")
    office = sign_in(city.office)
    office.goto("/workbench/returns/accept/")
    office.get_by_label("全选本页 3 份").check()
    office.get_by_role("button", name="审核通过所选").click()
    expect(told(office)).to_contain_text("已审核通过 3 份月报")
    assert city.states() == ["accepted"] * 3

    clerk = sign_in(city.reporter, PHONE)
    clerk.goto(f"/workbench/returns/{city.rows[0].pk}/")
    clerk.locator("summary", has_text="更正").tap()
    clerk.get_by_label("理由").fill("漏报 50 万元")
    clerk.get_by_role("button", name="更正").tap()
    expect(clerk.get_by_label(REPORTED)).to_have_value("120.50")
    clerk.get_by_label(REPORTED).fill("170.5")
    clerk.get_by_role("button", name="提交", exact=True).tap()
    expect(told(clerk)).to_contain_text("已提交, 待负责人确认。")
    check_fits(clerk)
    assert city.rows[-1].revision == 2


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_of_returns_are_accessible_and_fit(city, sign_in, size):
    page = sign_in(city.reporter, size)
    for address in (GRID, f"{GRID}?standing=accepted", "/workbench/returns/month/"):
        page.goto(address)
        check_accessible(page)
        check_fits(page)
    city.waiting("accepted")
    for address in (f"{GRID}?month=2025-08", f"/workbench/returns/{city.rows[0].pk}/"):
        page.goto(address)
        check_accessible(page)
        check_fits(page)
