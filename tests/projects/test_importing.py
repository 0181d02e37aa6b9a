"""Sheets in: shown first, then written whole; hostile ones refused in bounded memory and time."""

import io
import resource
import zipfile

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.importing import values
from projects.importing.models import ImportPreview
from projects.register.models import Project
from tests import clients, factories

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/imports/"


def workbook(rows, *, title_rows=0) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        if title_rows:
            sheet.merge_range(0, 0, 0, 5, "2025 年重大项目一览表")
        for number, row in enumerate(rows, title_rows):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
    return file.getvalue()


def upload(client, model: str, content: bytes, name: str = "项目.xlsx"):
    file = SimpleUploadedFile(name, content)
    return client.post(IMPORTS, {"model": model, "file": file})


def commit(client, preview):
    return client.post(f"{IMPORTS}{preview['token']}/commit")


def project_rows(department, count: int):
    heading = ["总投资（亿元）", "名 称", "牵头单位", "Category", "入统日期", "序号"]
    return [
        heading,
        *(
            ["１.５", f"导入项目{n}", department.name, "产业", "2025年9月底", n]
            for n in range(1, count + 1)
        ),
    ]


def test_650_projects_with_5_wrong_rows_name_the_5_and_write_nothing():
    department = factories.DepartmentFactory()
    client = clients.supervisor()
    rows = project_rows(department, 650)
    rows[10][0] = "很多"
    rows[20][2] = "没有这个局"
    rows[30][3] = "马戏"
    rows[40][4] = "2025年2月30日"
    rows[50][1] = ""
    answer = upload(client, "projects", workbook(rows, title_rows=2))
    assert answer.status_code == 201, answer.json()
    preview = answer.json()
    assert preview["counts"] == {"new": 645, "changed": 0, "same": 0, "wrong": 5}
    assert [(e["row"], e["column"]) for e in preview["errors"]] == [
        (13, "A"), (23, "C"), (33, "D"), (43, "E"), (53, "B"),
    ]  # fmt: skip
    assert preview["errors"][1]["value"] == "没有这个局"
    assert all(error["message"] for error in preview["errors"])
    assert preview["ignored_columns"] == ["序号"]
    refused = commit(client, preview)
    assert refused.status_code == 409
    assert clients.errors_of(refused) == {"": "wrong_rows"}
    assert not Project.objects.exists()

    right = upload(client, "projects", workbook(project_rows(department, 650))).json()
    assert right["counts"] == {"new": 650, "changed": 0, "same": 0, "wrong": 0}
    assert right["rows"][0]["changes"]["lead_department"]["after"] == department.name
    done = commit(client, right)
    assert done.status_code == 200, done.json()
    assert Project.objects.count() == 650
    project = Project.objects.first()
    assert str(project.total_investment) == "15000.00"
    assert project.entered_statistics_on.isoformat() == "2025-09-30"
    history = Project._meta.get_field("events").related_model._base_manager
    assert history.filter(pgh_label="insert").values("pgh_obj_id").distinct().count() == 650
    assert history.first().pgh_context["door"] == "import"
    again = upload(client, "projects", workbook(project_rows(department, 650))).json()
    assert again["counts"] == {"new": 0, "changed": 0, "same": 650, "wrong": 0}
    assert commit(client, right).status_code == 409


def test_a_change_is_shown_old_to_new_and_written_with_its_version():
    project = factories.ProjectFactory(name="老名字", total_investment=100)
    client = clients.supervisor()
    rows = [["项目编号", "总投资 (万元)", "备注"], [project.code, 200, "＝新＝"]]
    preview = upload(client, "projects", workbook(rows)).json()
    assert preview["counts"]["changed"] == 1
    assert preview["rows"][0]["changes"]["total_investment"] == {
        "before": "100.00",
        "after": "200.00",
    }
    assert commit(client, preview).json()["counts"]["changed"] == 1
    project.refresh_from_db()
    assert (project.total_investment, project.note, project.name) == (200, "＝新＝", "老名字")


def test_data_changed_meanwhile_refuses_the_commit():
    project = factories.ProjectFactory()
    client = clients.supervisor()
    rows = [["项目编号", "说明"], [project.code, "甲"]]
    preview = upload(client, "projects", workbook(rows)).json()
    Project.objects.filter(pk=project.pk).update(section="§七")
    refused = commit(client, preview)
    assert clients.errors_of(refused) == {"": "changed_meanwhile"}


def test_a_preview_belongs_to_who_made_it_and_ends():
    project = factories.ProjectFactory()
    client = clients.supervisor()
    rows = [["项目编号", "说明"], [project.code, "甲"]]
    preview = upload(client, "projects", workbook(rows)).json()
    assert commit(clients.supervisor(), preview).status_code == 404
    assert client.get(f"{IMPORTS}{preview['token']}").json()["counts"] == preview["counts"]
    ImportPreview.objects.update(expires_at="2000-01-01T00:00:00Z")
    assert commit(client, preview).status_code == 404


def test_a_department_imports_its_own_rows_only():
    own, other = factories.DepartmentFactory(), factories.DepartmentFactory()
    mine = factories.ProjectFactory(lead_department=own)
    foreign = factories.ProjectFactory(lead_department=other)
    rows = [["项目编号", "说明"], [mine.code, "甲"], [foreign.code, "乙"]]
    preview = upload(clients.reporter_of(own), "projects", workbook(rows)).json()
    assert preview["counts"] == {"new": 0, "changed": 1, "same": 0, "wrong": 1}
    assert preview["errors"][0]["code"] == "not_allowed"
    assert upload(clients.viewer(), "projects", workbook(rows)).status_code == 403


def test_departments_and_people_come_in_too():
    client = clients.administrator()
    rows = [["代码", "全称", "简称", "类别"], ["test-bureau", "测试市测试局", "测试局", "市直部门"]]
    preview = upload(client, "departments", workbook(rows)).json()
    assert preview["counts"]["new"] == 1, preview
    assert commit(client, preview).status_code == 200
    rows = [["用户名", "姓名", "邮箱"], ["zhangsan", "张三", "zhangsan@city.example"]]
    preview = upload(client, "people", workbook(rows)).json()
    assert preview["counts"]["new"] == 1, preview
    assert commit(client, preview).status_code == 200
    assert upload(clients.supervisor(), "people", workbook(rows)).status_code == 403
    rows = [["姓名", "单位", "角色"], ["张三", "测试局", "填报员"]]
    preview = upload(client, "memberships", workbook(rows)).json()
    assert preview["counts"]["new"] == 1, preview
    assert commit(client, preview).status_code == 200
    assert upload(client, "memberships", workbook(rows)).json()["counts"]["same"] == 1


def test_milestones_come_in_by_project_code_or_name():
    project = factories.ProjectFactory(name="独一无二的项目")
    client = clients.supervisor()
    rows = [
        ["项目", "节点", "现定期限", "承诺强度"],
        ["独一无二的项目", "开工", 45930, "确保"],
        [project.code, "封顶", "2025/12/31", ""],
    ]
    preview = upload(client, "milestones", workbook(rows)).json()
    assert preview["counts"] == {"new": 2, "changed": 0, "same": 0, "wrong": 0}, preview
    assert commit(client, preview).status_code == 200
    started = project.milestones.get(name="开工")
    assert (started.due_on.isoformat(), started.commitment) == ("2025-09-30", "ensure")
    assert upload(client, "milestones", workbook(rows)).json()["counts"]["same"] == 2


def test_returns_of_an_open_month_are_filled_in():
    from projects.returns.models import ProgressReturn, ReturnPeriod

    period = ReturnPeriod.objects.create(year=2025, month=8, due_on="2025-09-05")
    project = factories.ProjectFactory()
    made = ProgressReturn.objects.create(project=project, period=period)
    client = clients.reporter_of(project.lead_department)
    rows = [
        ["项目编号", "月份", "本月完成投资·调度（亿元）", "形象进度(%)", "本月进展"],
        [project.code, "2025年8月", 0.5, "45%", "主体封顶"],
        [project.code, "2025-07", 1, 1, "x"],
    ]
    preview = upload(client, "progress-returns", workbook(rows)).json()
    assert preview["counts"] == {"new": 0, "changed": 1, "same": 0, "wrong": 1}, preview
    preview = upload(client, "progress-returns", workbook(rows[:2])).json()
    assert commit(client, preview).status_code == 200, preview
    made.refresh_from_db()
    assert (made.investment_reported, made.physical_progress) == (5000, 45)


def test_scores_come_in_by_round_project_judge_and_criterion():
    entry = factories.InspectionEntryFactory()
    inspection_round = entry.inspection_round
    judge = factories.InspectionJudgeFactory(inspection_round=inspection_round)
    client = clients.supervisor()
    rows = [
        ["年度", "季度", "项目", "评委", "评分项", "得分"],
        [inspection_round.year, f"第{inspection_round.quarter}季度", entry.project.name,
         judge.user.name, "现场得分", 88.5],
        [inspection_round.year, inspection_round.quarter, "没有的项目", judge.user.name, "", 70],
    ]  # fmt: skip
    preview = upload(client, "inspection-scores", workbook(rows)).json()
    assert preview["counts"] == {"new": 1, "changed": 0, "same": 0, "wrong": 1}, preview
    preview = upload(client, "inspection-scores", workbook(rows[:2])).json()
    assert commit(client, preview).status_code == 200, preview
    assert str(entry.scores.get().points) == "88.50"


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("第一季度", (None, 1)), ("Q3", (None, 3)), (2.0, (None, 2)), ("4季", (None, 4)),
        ("2025 年第 1 季度", (2025, 1)), ("2025Q2", (2025, 2)), ("２０２５-Q4", (2025, 4)),
    ],
)  # fmt: skip
def test_a_quarter_may_name_its_year(cell, meant):
    assert values.parse_quarter(cell) == meant


def test_a_round_named_twice_differently_is_no_round():
    entry = factories.InspectionEntryFactory(inspection_round__year=2025)
    judge = factories.InspectionJudgeFactory(inspection_round=entry.inspection_round)
    shown = f"2025 年第 {entry.inspection_round.quarter} 季度"
    rows = [
        ["年度", "观摩测评", "项目", "评委", "评分项", "得分"],
        *([year, shown, entry.project.code, judge.user.username, "", 70] for year in ("", 2024)),
    ]
    preview = upload(clients.supervisor(), "inspection-scores", workbook(rows)).json()
    assert preview["counts"] == {"new": 1, "changed": 0, "same": 0, "wrong": 1}, preview


def test_a_correction_that_is_not_there_is_not_the_newest():
    made = factories.ProgressReturnFactory()
    rows = [["项目编号", "月报期", "更正次", "本月进展"], [made.project.code, "2025-08", 2, "甲"]]
    client = clients.reporter_of(made.project.lead_department)
    preview = upload(client, "progress-returns", workbook(rows)).json()
    assert preview["counts"] == {"new": 0, "changed": 0, "same": 0, "wrong": 1}, preview
    assert "no_return" in {error["code"] for error in preview["errors"]}


def test_an_annotated_copy_shows_each_error_in_its_cell():
    department = factories.DepartmentFactory()
    client = clients.supervisor()
    rows = project_rows(department, 3)
    rows[2][0] = "很多"
    for name, content in (
        ("a.xlsx", workbook(rows)),
        ("a.csv", "\n".join(",".join(map(str, row)) for row in rows).encode("gb18030")),
    ):
        preview = upload(client, "projects", content, name).json()
        assert preview["counts"]["wrong"] == 1, preview
        answer = client.get(f"{IMPORTS}{preview['token']}/annotated")
        assert answer.status_code == 200
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet["A3"].comment.text == preview["errors"][0]["message"]
        assert "总投资" in sheet["G3"].value


def test_a_template_has_lists_and_reads_back_as_empty():
    factories.DepartmentFactory(name="测试市下拉局")
    client = clients.supervisor()
    answer = client.get(f"{IMPORTS}template?model=projects")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert len(book.worksheets[0].data_validations.dataValidation) >= 5
    assert "测试市下拉局" in [c.value for row in book["选项"].rows for c in row]
    answer = upload(client, "projects", answer.content)
    assert clients.errors_of(answer) == {"/file": "empty"}
    assert client.get(f"{IMPORTS}template?model=moons").status_code == 400
    for model in ("departments", "milestones", "progress-returns", "inspection-scores"):
        answer = clients.administrator().get(f"{IMPORTS}template?model={model}")
        assert answer.status_code == 200


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _n in range(300):
                part.write(b"0" * 1024 * 1024)
    return file.getvalue()


def lying_bomb() -> bytes:
    """The directory says 1,000 bytes where 300 MB lie."""
    content = bytearray(zip_bomb())
    real = (300 * 1024 * 1024).to_bytes(4, "little")
    for _n in range(content.count(real)):
        place = content.index(real)
        content[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(content)


def far_corner() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "名称")
        sheet.write(1048575, 16383, "远")
    return file.getvalue()


def a_million_rows(value) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        grey = book.add_format({"bg_color": "#CCCCCC"})
        sheet.write_row(0, 0, ["名称", "类别", "牵头单位"])
        for row in range(1, 1048576):
            if value:
                sheet.write_number(row, 0, value)
            else:
                sheet.write_blank(row, 0, None, grey)
    return file.getvalue()


def cpu_seconds() -> float:
    """What this process and those it waited for have computed; a busy machine adds nothing."""
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def locked() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le") * 100


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (zip_bomb, "a.xlsx", "too_big"),
        (lying_bomb, "a.xlsx", ("too_big", "unreadable")),
        (far_corner, "a.xlsx", "too_big"),
        pytest.param(lambda: a_million_rows(None), "a.xlsx", "empty", marks=pytest.mark.long),
        pytest.param(
            lambda: a_million_rows(1),
            "a.xlsx",
            ("too_many_rows", "too_big"),
            marks=pytest.mark.long,
        ),
        (locked, "a.xlsx", "password"),
        (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600, "a.xls", "old_format"),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"x" * 100, "a.xlsx", "no_workbook"),
        (lambda: workbook([["a"]]), "a.csv", "renamed"),
        (lambda: b"a,b\n1,2", "a.xlsx", "no_workbook"),
        (lambda: b"\x00\x01\x02", "a.csv", "renamed"),
        (lambda: b"PK\x03\x04broken", "a.xlsx", "unreadable"),
        (lambda: b"", "a.xlsx", "empty"),
        (lambda: b"\n" * 1048576, "a.csv", "empty"),
        (lambda: b"x,y\n" * 30000, "a.csv", "too_many_rows"),
        (lambda: b'"' + b"x" * 1_000_000, "a.csv", "unreadable"),
        (lambda: workbook([["甲", "乙"], [1, 2]]), "a.xlsx", "no_headings"),
    ],
)
def test_a_hostile_file_is_refused_by_name_for_little_work_and_memory(make, name, code):
    content, client = make(), clients.supervisor()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = cpu_seconds()
    answer = upload(client, "projects", content, name)
    assert answer.status_code == 400, answer.content
    found = clients.errors_of(answer)["/file"]
    assert found in (code if isinstance(code, tuple) else (code,))
    assert cpu_seconds() - start < 20
    # What the reading process took does not count: it is bounded by itself and gone.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_a_formula_is_no_value():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["名称", "总投资"])
        sheet.write(1, 0, "甲")
        sheet.write_formula(1, 1, '=HYPERLINK("http://x","y")')
    preview = upload(clients.supervisor(), "projects", file.getvalue()).json()
    error = next(e for e in preview["errors"] if e["code"] == "formula")
    assert (error["row"], error["column"]) == (2, "B")
