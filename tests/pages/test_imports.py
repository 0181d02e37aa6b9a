"""Import on its pages: upload, look at what is wrong and what changes, correct, take over whole."""

import io
from urllib.parse import urlencode

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portfolio.pages.kit.page import CONTENT_SECURITY_POLICY
from projects.importing.models import ImportPreview
from projects.register.models import Project
from tests.factories import AdministratorFactory, DepartmentFactory, ProjectFactory
from tests.pages.steps import browser_of, person, september, words
from tests.projects.test_importing import workbook

__all__ = ["september"]

pytestmark = pytest.mark.django_db
PAGE = "/workbench/imports/"


def upload(browser, content: bytes, *, subject="projects", name="项目.xlsx", **more):
    sent = {"subject": subject, "file": SimpleUploadedFile(name, content)}
    return browser.post(PAGE, sent, follow=True, **more)


def rows_of_projects(*rows) -> bytes:
    return workbook([["项目编号", "项目名称", "备注", "项目总投资（万元）"], *rows])


def preview_address() -> str:
    return reverse("workbench-imports-preview", args=[ImportPreview.objects.get().token])


def table(page) -> list[list[str]]:
    return [[e["row"], e["column"], e["value"]] for e in page.context["error_lines"]]


@pytest.fixture
def project():
    return ProjectFactory(name="稀土永磁产业园", note="老说明", total_investment=100)


@pytest.fixture
def reporter(project):
    return person("reporter", project.lead_department)


# What there is to choose --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "titles"),
    [
        ("supervisor", {"责任单位", "重大项目", "节点", "评分", "清单事项"}),
        ("reporter", {"重大项目", "节点", "进展月报", "清单事项"}),
        ("judge", {"评分"}),
        ("viewer", set()),
    ],
)
def test_one_chooses_among_what_one_may_import(role, titles):
    page = browser_of(person(role)).get(PAGE)
    offered = {label for _code, label in page.context["form"].fields["subject"].choices}
    assert offered - {"请选择"} == titles
    assert {each.title for each in page.context["importable"]} == titles
    assert ("没有可由您导入的内容" in words(page)) == (not titles)


def test_an_administrator_imports_people_too_each_kind_of_sheet_is_offered_once():
    page = browser_of(AdministratorFactory()).get(PAGE)
    titles = [each.title for each in page.context["importable"]]
    assert {"用户", "任职"} <= set(titles)
    assert len(titles) == len(set(titles))


def test_each_has_a_template_with_its_headings(reporter):
    browser = browser_of(reporter)
    answer = browser.get(f"{PAGE}templates/projects/")
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert "名称" in [str(cell.value) for cell in sheet[1]]
    assert browser.get(f"{PAGE}templates/departments/").status_code == 403


def test_what_is_there_is_exported_to_begin_with(reporter):
    page = browser_of(reporter).get(PAGE)
    assert "/workbench/exports/?address=/api/v1/projects" in words(page)


# Uploading ----------------------------------------------------------------------------------------
def test_a_file_that_is_no_sheet_is_refused_beside_the_field(reporter):
    page = upload(browser_of(reporter), b"%PDF-1.4", name="项目.pdf")
    assert list(page.context["form"].errors) == ["file"]
    assert "这不是 Excel 工作簿" in words(page)
    assert page.context["form"]["subject"].value() == "projects"
    assert not ImportPreview.objects.exists()


def test_a_file_that_is_too_long_is_refused(reporter):
    page = upload(browser_of(reporter), b"a" * (10 * 1024 * 1024 + 1), name="项目.csv")
    assert "文件超过 10 MB" in words(page)


def test_a_missing_file_and_subject_are_told_beside_the_fields(reporter):
    page = browser_of(reporter).post(PAGE, {})
    assert set(page.context["form"].errors) == {"subject", "file"}


def test_what_one_may_not_import_cannot_be_chosen(reporter):
    page = upload(browser_of(reporter), rows_of_projects(), subject="departments")
    assert list(page.context["form"].errors) == ["subject"]


def test_a_script_that_uploads_is_led_on(reporter, project):
    sent = {"subject": "projects", "file": SimpleUploadedFile("a.xlsx", rows_of_projects(
        [project.code, "", "新", ""]
    ))}  # fmt: skip
    answer = browser_of(reporter).post(PAGE, sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, preview_address())


# The preview --------------------------------------------------------------------------------------
def test_changes_stand_row_by_row_before_and_after_in_words(reporter, project):
    department = project.lead_department
    page = upload(
        browser_of(reporter),
        workbook([
            ["项目编号", "项目名称", "备注", "项目总投资（万元）", "牵头单位", "类别", "序号"],
            [project.code, "", "新说明", 200, "", "", 1],
            ["", "林南安置房", "", 300, department.name, "民生", 2],
            [project.code + "9", "", "甲", "", "", "", 3],
        ]),
    )  # fmt: skip
    assert page.context["counts"] == {"new": 1, "changed": 1, "same": 0, "wrong": 1}
    changed, new = page.context["change_lines"]
    assert (changed["row"], changed["name"], changed["new"]) == (2, "稀土永磁产业园", False)
    told = {each["heading"]: (each["before"], each["after"]) for each in changed["cells"]}
    assert told["说明"] == ("老说明", "新说明")
    assert ("100.00", "200.00") in told.values()
    assert (new["row"], new["name"], new["new"]) == (3, "林南安置房", True)
    assert department.name in [each["after"] for each in new["cells"]]
    assert table(page) == [[4, "A", project.code + "9"]]
    assert "不会导入: 序号" in words(page)


def test_wrong_rows_name_row_column_value_and_remedy_and_nothing_can_be_taken_over(
    reporter, project
):
    browser = browser_of(reporter)
    page = upload(browser, rows_of_projects(
        [project.code, "", "新说明", "很多"], ["", "", "无名", 3]
    ))  # fmt: skip
    text = words(page)
    assert [2, "D", "很多"] in table(page)
    assert "应为数字" in text
    assert text.index("应为数字") < len(text)
    assert "有误, 暂不能写入" in text
    assert 'aria-describedby="take-why" disabled' in text
    refused = browser.post(preview_address(), {})
    assert "没有写入任何数据" in words(refused)
    assert not Project.objects.filter(note="新说明").exists()


def test_the_annotated_sheet_is_corrected_and_taken_over(reporter, project):
    browser = browser_of(reporter)
    upload(browser, rows_of_projects([project.code, "", "新说明", "很多"]))
    answer = browser.get(f"{preview_address()}annotated/")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert "应为数字" in book.active["D2"].comment.text
    book.active["D2"] = 200
    corrected = io.BytesIO()
    book.save(corrected)
    ImportPreview.objects.all().delete()
    page = upload(browser, corrected.getvalue())
    assert page.context["ready"]
    page = browser.post(preview_address(), {}, follow=True)
    assert "已全部写入: 新增 0 行, 修改 1 行。" in words(page)
    project.refresh_from_db()
    assert (project.note, project.total_investment) == ("新说明", 200)


def test_what_is_the_same_needs_no_taking_over(reporter, project):
    page = upload(browser_of(reporter), rows_of_projects([project.code, "", "老说明", 100]))
    assert page.context["counts"]["same"] == 1
    assert "没有要写入的内容" in words(page)
    assert not page.context["ready"]


def test_what_a_colleague_changed_meanwhile_is_told_at_the_button(reporter, project):
    browser = browser_of(reporter)
    upload(browser, rows_of_projects([project.code, "", "新说明", ""]))
    Project.objects.filter(pk=project.pk).update(note="同事改的")
    page = browser.post(preview_address(), {})
    assert "预览之后数据已有变化" in words(page)
    assert "同事改的" in words(page)  # what it would change now


def test_a_preview_asks_to_sign_in_and_loads_nothing_from_elsewhere(reporter, project):
    browser = browser_of(reporter)
    page = upload(browser, rows_of_projects([project.code, "", "新说明", "很多"]))
    assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert 'style="' not in words(page)
    for path in (preview_address(), f"{preview_address()}annotated/", f"{PAGE}templates/projects/"):
        assert Client().get(path)["Location"] == f"/sign-in/?{urlencode({'next': path})}"


def test_it_is_taken_over_once(reporter, project):
    browser = browser_of(reporter)
    upload(browser, rows_of_projects([project.code, "", "新说明", ""]))
    browser.post(preview_address(), {})
    page = browser.post(preview_address(), {})
    assert "不能再次写入" in words(page)
    assert "这份表格已经写入。" in words(browser.get(preview_address()))


def test_a_preview_of_somebody_else_or_of_long_ago_leads_back(reporter, project):
    browser = browser_of(reporter)
    upload(browser, rows_of_projects([project.code, "", "新说明", ""]))
    address = preview_address()
    for other, path in (
        (browser_of(person("supervisor")), address),
        (browser_of(person("supervisor")), f"{address}annotated/"),
    ):
        assert "没有这份预览" in words(other.get(path, follow=True))
    ImportPreview.objects.update(expires_at="2000-01-01T00:00:00Z")
    assert "没有这份预览" in words(browser.post(address, {}, follow=True))
    project.refresh_from_db()
    assert project.note == "老说明"


def test_long_lists_have_pages_of_their_own(reporter, project, monkeypatch):
    monkeypatch.setattr("portfolio.pages.files.imports.ERRORS_A_PAGE", 2)
    monkeypatch.setattr("portfolio.pages.files.imports.CHANGES_A_PAGE", 2)
    department = project.lead_department.name
    right = [["", f"项目{n}", "", 1, department, "产业"] for n in range(3)]
    wrong = [["", f"错{n}", "", "很多", department, "产业"] for n in range(3)]
    heading = ["项目编号", "项目名称", "备注", "项目总投资（万元）", "牵头单位", "类别"]
    browser = browser_of(reporter)
    upload(browser, workbook([heading, *right, *wrong]))
    page = browser.get(preview_address(), {"page": 2, "errors": 2})
    assert [each["name"] for each in page.context["change_lines"]] == ["项目2"]
    assert [row for row, _column, _value in table(page)] == [7]


@pytest.mark.parametrize("count", [1, 9])
def test_a_preview_has_as_many_queries_however_long_it_is(
    count, reporter, project, django_assert_max_num_queries
):
    browser = browser_of(reporter)
    department = DepartmentFactory().name
    heading = ["项目编号", "项目名称", "牵头单位", "类别", "配合部门"]
    name = project.lead_department.name
    new = [["", f"项目{n}", name, "产业", department] for n in range(count)]
    olds = ProjectFactory.create_batch(count, lead_department=project.lead_department)
    changed = [[old.code, f"改名{n}", "", "", department] for n, old in enumerate(olds)]
    upload(browser, workbook([heading, *new, *changed]))
    with django_assert_max_num_queries(22):
        page = browser.get(preview_address())
    assert page.context["writes"] == 2 * count
