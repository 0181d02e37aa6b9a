"""A sheet in the browser: uploaded, found wrong, corrected in its annotated copy, taken over."""

import io

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from projects.register.models import Project
from tests.browser.conftest import PHONE, WIDE
from tests.browser.keyboard import press_tab_until
from tests.browser.looking import check_accessible, check_fits
from tests.factories import MembershipFactory, ProjectFactory

pytestmark = pytest.mark.browser
PAGE = "/workbench/imports/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = ["项目编号", "项目名称", "牵头单位", "类别", "项目总投资（万元）", "备注", "序号"]


def sheet_of(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class Scene:
    """A reporter with a project, and a sheet of two projects of whose rows two cells are wrong."""

    def __init__(self) -> None:
        self.project = ProjectFactory(name="稀土永磁产业园", total_investment=100, note="一期")
        self.department = self.project.lead_department
        self.reporter = MembershipFactory(role="reporter", department=self.department).user
        self.sheet = sheet_of(
            [self.project.code, "", "", "", 200, "二期", 1],
            ["", "林南平房区安置房", self.department.name, "马戏", 4500, "", 2],
            ["", "钢铁物流园", self.department.name, "产业", "很多", "", 3],
        )


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


def upload(page: Page, content: bytes, button: str = "上传并预览") -> None:
    form = page.locator("form.upload")
    form.get_by_label("表格文件").set_input_files(
        {"name": "项目.xlsx", "mimeType": XLSX, "buffer": content}
    )
    form.get_by_role("button", name=button).click()


def open_preview(scene: Scene, page: Page) -> None:
    page.goto(PAGE)
    page.get_by_label("导入什么").select_option(label="重大项目")
    upload(page, scene.sheet)
    page.wait_for_url("**/workbench/imports/*/")


def downloaded(page: Page, link: str) -> bytes:
    with page.expect_download() as waited:
        page.get_by_role("link", name=link).click()
    return waited.value.path().read_bytes()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_sheet_with_errors_is_corrected_and_taken_over(scene, sign_in, scripts):
    page = sign_in(scene.reporter, scripts=scripts)
    open_preview(scene, page)
    expect(page.get_by_text("还有 2 行有误, 暂不能写入")).to_be_visible()
    expect(page.get_by_role("button", name="全部写入")).to_be_disabled()
    errors = page.get_by_role("region", name="错误").get_by_role("row")
    expect(errors.nth(1)).to_contain_text("马戏")
    expect(errors.nth(1)).to_contain_text("没有这一选项")
    expect(errors.nth(2)).to_contain_text("E 项目总投资（万元）")
    expect(errors.nth(2)).to_contain_text("应为数字")
    changed = page.get_by_role("region", name="将写入的各行").get_by_role("row").nth(1)
    expect(changed).to_contain_text("稀土永磁产业园")
    expect(changed.locator("del").first).to_have_text("100.00")

    book = openpyxl.load_workbook(io.BytesIO(downloaded(page, "下载标注的表格")))
    assert "应为数字" in book.active["E4"].comment.text
    book.active["D3"], book.active["E4"] = "民生", 9000
    corrected = io.BytesIO()
    book.save(corrected)
    upload(page, corrected.getvalue(), "重新上传并预览")
    expect(page.get_by_text("将新增 2 行、修改 1 行, 一次全部写入")).to_be_visible()
    assert Project.objects.count() == 1  # nothing is written before the button
    page.get_by_role("button", name="全部写入").click()
    expect(page.get_by_text("已全部写入: 新增 2 行, 修改 1 行。")).to_be_visible()
    assert page.url.endswith(PAGE)
    rows = Project.objects.order_by("code").values_list("name", "total_investment")
    assert list(rows) == [("稀土永磁产业园", 200), ("林南平房区安置房", 4500), ("钢铁物流园", 9000)]


def test_it_is_taken_over_by_keyboard_alone(scene, sign_in):
    page = sign_in(scene.reporter)
    press_tab_until(page, page.get_by_role("link", name="导入"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAGE}")
    what = page.get_by_label("导入什么")
    press_tab_until(page, what)
    for _each in range(what.locator("option").count()):
        if what.input_value() != "projects":
            page.keyboard.press("ArrowDown")
    press_tab_until(page, page.get_by_label("表格文件"))
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    right = sheet_of([scene.project.code, "", "", "", 200, "二期", 1])
    chosen.value.set_files({"name": "项目.xlsx", "mimeType": XLSX, "buffer": right})
    press_tab_until(page, page.get_by_role("button", name="上传并预览"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/workbench/imports/*/")
    press_tab_until(page, page.get_by_role("button", name="全部写入"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("已全部写入: 新增 0 行, 修改 1 行。")).to_be_visible()


def test_a_file_that_is_no_sheet_is_told_beside_the_field_which_has_the_focus(scene, sign_in):
    page = sign_in(scene.reporter)
    page.goto(PAGE)
    page.get_by_label("导入什么").select_option(label="重大项目")
    upload(page, b"%PDF-1.4")
    field = page.get_by_label("表格文件")
    expect(page.get_by_text("这不是 Excel 工作簿")).to_be_visible()
    expect(field).to_be_focused()
    expect(page.get_by_label("导入什么")).to_have_value("projects")
    check_accessible(page)
    upload(page, scene.sheet)
    page.wait_for_url("**/workbench/imports/*/")


def test_an_upload_is_shown_to_be_under_way_and_to_have_failed(scene, windows):
    page = windows.sign_in(scene.reporter)
    page.goto(PAGE)
    page.get_by_label("导入什么").select_option(label="重大项目")
    held = []
    page.route("**/workbench/imports/", lambda route: held.append(route))
    upload(page, scene.sheet)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".busy [role=status]")).to_have_text("正在上传")
    expect(page.get_by_role("button", name="上传并预览")).to_be_disabled()
    held[0].abort()
    expect(page.get_by_text("没有传上")).to_be_visible()
    windows.complaints.clear()  # what the page's console said of the cut connection
    expect(page.get_by_role("button", name="上传并预览")).to_be_enabled()
    check_accessible(page)


def test_the_template_is_filled_in_and_taken_over(scene, sign_in):
    page = sign_in(scene.reporter)
    page.goto(PAGE)
    book = openpyxl.load_workbook(io.BytesIO(downloaded(page, "下载重大项目模板")))
    places = {cell.value: cell.column for cell in book.active[1]}
    for heading, value in (("名称", "林南平房区安置房"), ("牵头单位", scene.department.name)):
        book.active.cell(2, places[heading], value)
    book.active.cell(2, places["类别"], "民生")
    filled_in = io.BytesIO()
    book.save(filled_in)
    page.get_by_label("导入什么").select_option(label="重大项目")
    upload(page, filled_in.getvalue())
    page.get_by_role("button", name="全部写入").click()
    expect(page.get_by_text("已全部写入: 新增 1 行, 修改 0 行。")).to_be_visible()
    assert Project.objects.filter(name="林南平房区安置房").exists()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_are_accessible_and_fit(scene, sign_in, size):
    page = sign_in(scene.reporter, size)
    page.goto(PAGE)
    check_accessible(page)
    check_fits(page)
    open_preview(scene, page)
    check_accessible(page)
    check_fits(page)
