"""Import in the browser: a sheet with errors, its annotated copy, corrected, taken over whole."""

import io

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from projects.models import Project
from tests.browser.conftest import PHONE, WIDE
from tests.browser.looking import check_accessible, check_fits
from tests.factories import DepartmentFactory, MembershipFactory, ProjectFactory
from tests.projects.test_importing import workbook

pytestmark = pytest.mark.browser

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRONG = "没有这个局"


class Sheet:
    """A register of three projects: one is new, one changes, one names a department wrongly."""

    def __init__(self) -> None:
        self.office = MembershipFactory(role="supervisor").user
        self.bureau = DepartmentFactory(name="市交通局")
        self.known = ProjectFactory(
            name="林南安置房", total_investment=100, lead_department=self.bureau
        )

    def content(self, department: str = WRONG) -> bytes:
        return workbook(
            [
                ["项目名称", "牵头单位", "项目类别", "总投资 (万元)"],
                ["稀土永磁产业园", self.bureau.name, "产业", 300],
                ["林南安置房", "", "", 250],
                ["钢铁物流园", department, "产业", 80],
            ]
        )


@pytest.fixture
def sheet(transactional_db) -> Sheet:
    return Sheet()


def choose(page: Page, content: bytes) -> None:
    file = {"name": "项目.xlsx", "mimeType": XLSX, "buffer": content}
    page.get_by_label("表格文件").set_input_files(files=[file])


def upload(page: Page, content: bytes) -> None:
    page.goto("/workbench/imports/")
    page.get_by_label("导入什么").select_option(label="重大项目")
    choose(page, content)
    page.get_by_role("button", name="上传并预览").click()
    page.wait_for_url("**/workbench/imports/*/")


def downloaded(page: Page, link: str) -> openpyxl.Workbook:
    with page.expect_download() as found:
        page.get_by_role("link", name=link).click()
    return openpyxl.load_workbook(io.BytesIO(found.value.path().read_bytes()))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_wrong_cell_is_corrected_in_the_annotated_sheet_and_all_is_taken_over(
    sheet, sign_in, scripts
):
    page = sign_in(sheet.office, scripts=scripts)
    upload(page, sheet.content())
    wrong = page.get_by_role("region", name="错误").get_by_role("row").filter(has_text=WRONG)
    expect(wrong).to_contain_text("B 牵头单位")
    expect(page.get_by_role("button", name="全部写入")).to_be_disabled()
    assert Project.objects.count() == 1

    book = downloaded(page, "下载标注的表格")
    cell = book.active["B4"]
    assert cell.value == WRONG
    assert cell.comment is not None
    cell.value = sheet.bureau.name
    corrected = io.BytesIO()
    book.save(corrected)

    if not page.get_by_label("表格文件").is_visible():
        page.get_by_text("上传改正后的表格").click()
    choose(page, corrected.getvalue())
    page.get_by_role("button", name="重新上传并预览").click()
    take = page.get_by_role("button", name="全部写入")
    expect(take).to_be_enabled()
    changed = page.get_by_role("row").filter(has_text="林南安置房")
    expect(changed).to_contain_text("100.00")
    expect(changed).to_contain_text("250.00")
    take.click()
    expect(page.get_by_text("已全部写入: 新增 2 行, 修改 1 行。")).to_be_visible()
    names = set(Project.objects.values_list("name", flat=True))
    assert names == {"稀土永磁产业园", "林南安置房", "钢铁物流园"}
    sheet.known.refresh_from_db()
    assert sheet.known.total_investment == 250


def test_a_sheet_is_taken_over_by_keyboard_alone(sheet, sign_in):
    page = sign_in(sheet.office)
    upload(page, sheet.content(sheet.bureau.name))
    take = page.get_by_role("button", name="全部写入")
    for _each in range(60):
        if take.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已全部写入")).to_be_visible()
    assert Project.objects.count() == 3


def test_an_upload_says_how_far_it_has_got_and_that_it_is_being_checked(sheet, sign_in):
    page = sign_in(sheet.office)
    page.goto("/workbench/imports/")
    told: list[str] = []
    page.expose_function("told", lambda words: told.append(words))
    page.evaluate(
        "new MutationObserver(() => told(document.querySelector('.busy [role=status]')?.innerText))"
        ".observe(document.querySelector('.busy'), {subtree: true, childList: true})"
    )
    page.get_by_label("导入什么").select_option(label="重大项目")
    choose(page, sheet.content())
    page.get_by_role("button", name="上传并预览").click()
    page.wait_for_url("**/workbench/imports/*/")
    assert told[0] == "正在上传"
    assert "已上传, 正在逐行核对, 请稍候" in told


def test_what_is_no_sheet_is_told_beside_the_field_which_has_the_focus(sheet, sign_in):
    page = sign_in(sheet.office)
    page.goto("/workbench/imports/")
    page.get_by_label("导入什么").select_option(label="重大项目")
    choose(page, b"%PDF-1.7")
    page.get_by_role("button", name="上传并预览").click()
    field = page.get_by_label("表格文件")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    check_accessible(page)


def test_a_template_is_downloaded_and_can_be_uploaded_filled_in(sheet, sign_in):
    page = sign_in(sheet.office)
    page.goto("/workbench/imports/")
    book = downloaded(page, "下载重大项目模板")
    places = {cell.value: cell.column for cell in book.active[1]}
    for heading, value in (("名称", "新项目"), ("牵头单位", "市交通局"), ("类别", "产业")):
        (place,) = [column for text, column in places.items() if text.endswith(heading)][:1]
        book.active.cell(2, place, value)
    filled = io.BytesIO()
    book.save(filled)
    upload(page, filled.getvalue())
    expect(page.get_by_role("button", name="全部写入")).to_be_enabled()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_preview_is_accessible_and_fits(sheet, sign_in, size):
    page = sign_in(sheet.office, size)
    for department in (WRONG, sheet.bureau.name):
        upload(page, sheet.content(department))
        check_accessible(page)
        check_fits(page)
