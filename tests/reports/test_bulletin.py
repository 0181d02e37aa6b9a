"""The monthly bulletin's text: its figures are the reports', its head and foot what was asked."""

import base64
import datetime as dt
import io
import re
from decimal import Decimal

import docx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.bulletin import charts
from portfolio.reports.bulletin import docx as layouts
from portfolio.reports.bulletin.content import format_yi, select_gravest, typeset
from portfolio.reports.bulletin.parts import Bulletin, Cover, measure_width
from portfolio.reports.charts.output import MissingFontError
from projects.register.services import transition_record
from targets.models import Measurement
from tests import clients, factories

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2025, 10, 9, 9, tzinfo=CITY_TIME)
ADDRESS = "/api/v1/reports/bulletin"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
MONTH = {"month": "2025-09", "as_of": "2025-10-09"}


@pytest.fixture(autouse=True)
def october():
    with clock.at(MORNING):
        yield


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Notes what charts are drawn of; drawing them takes longer than all else here."""
    found = {}

    def note(report: str, rows: list, *, on: dt.date) -> bytes:
        found[report] = rows
        return DOT

    monkeypatch.setattr(charts, "chart_png", note)
    return found


@pytest.fixture
def client():
    return clients.supervisor()


def document(client, **asked):
    answer = client.get(ADDRESS, {**MONTH, **asked})
    assert answer.status_code == 200, answer.content
    return docx.Document(io.BytesIO(answer.content))


def text(client, **asked) -> str:
    return "\n".join(each.text for each in document(client, **asked).paragraphs)


def tables(client, **asked) -> dict[str, list[list[str]]]:
    """Returns the tables by the heading of their first column."""
    return {
        table.rows[0].cells[0].text: [[cell.text for cell in row.cells] for row in table.rows[1:]]
        for table in document(client, **asked).tables
    }


def rows(client, name: str, **asked) -> list[dict]:
    """The report's own rows, of the month's last day as known on the bulletin's."""
    answer = client.get(f"/api/v1/reports/{name}", {"page_size": 500, **asked})
    return answer.json()["results"]


def refusal(client, **asked) -> dict[str, str]:
    answer = client.get(ADDRESS, asked)
    assert answer.status_code == 400, answer.content
    return clients.errors_of(answer)


def lit(colour: str, **more):
    return factories.MonthlyLightFactory(
        year=2025,
        month=9,
        colour=colour,
        computed_colour=colour,
        reasons=[
            {"measure": "points_behind", "colour": colour, "text": "落后序时进度 31 个百分点",
             "exempted": False},
            {"measure": "points_behind", "colour": "green", "text": "别的", "exempted": False},
        ],
        **more,
    ).project  # fmt: skip


def test_the_sentences_tell_the_figures_of_the_summary(client):
    with clock.at(MORNING - dt.timedelta(days=30)):
        factories.ProgrammeEntryFactory(
            programme__year=2025,
            planned_investment=Decimal("123456.78"),
            project__total_investment=Decimal("987654.32"),
        )
        lit("red")
    total = rows(client, "portfolio-summary", as_of="2025-09-30")[0]
    said = text(client, as_of="2025-09-30")
    assert f"在库重大项目{total['projects']}个" in said
    assert f"总投资{format_yi(Decimal(total['total_investment']))}亿元" in said
    assert f"本年计划投资{format_yi(Decimal(total['planned_this_year']))}亿元" in said
    assert f"红灯{total['light_red']}个" in said
    assert (total["projects"], total["light_red"]) == (2, 1)


def test_the_four_batches_stand_in_sentence_and_table_as_in_the_report(client):
    with clock.at(MORNING - dt.timedelta(days=20)):
        factories.TargetFactory(
            year=2025, report_key="2025/projects-commissioned", value=300, measure="cumulative"
        )
        entry = factories.ProgrammeEntryFactory(programme__year=2025, project__stage="construction")
        transition_record(
            project=entry.project, to_stage="commissioned", effective_on=dt.date(2025, 9, 2),
            by=None,
        )  # fmt: skip
    first = rows(client, "four-batches", as_of="2025-09-30")[0]
    shown = tables(client, as_of="2025-09-30")["批次"][0]
    names = ("batch", "count", "projects", "this_month", "goal", "share")
    assert shown == [str(first[name]) for name in names] == ["完一批", "1", "1", "1", "300", "0.33"]
    told = "完一批1个（本月新增1个，全年目标300个，完成0.33%）"
    assert told in text(client, as_of="2025-09-30")


def test_the_charts_are_drawn_of_the_reports_rows_and_told_in_words(client, drawn):
    with clock.at(MORNING - dt.timedelta(days=20)):
        lit("red")
    made = document(client, as_of="2025-09-30")
    for name in ("four-batches", "lights-by-month"):
        shown = [{key: str(value) for key, value in row.items()} for row in drawn[name]]
        told = rows(client, name, as_of="2025-09-30")
        assert shown == [{key: str(value) for key, value in row.items()} for row in told]
    alts = [shape._inline.docPr.get("descr") for shape in made.inline_shapes]
    assert len(alts) == 2
    assert all(alts)


def test_without_a_chinese_font_the_document_says_that_it_has_no_charts(client, monkeypatch):
    def no_font(*args, **more):
        raise MissingFontError

    monkeypatch.setattr(charts, "chart_png", no_font)
    made = document(client)
    assert not made.inline_shapes
    assert "（服务器上没有中文字体，此处未附图表。）" in [each.text for each in made.paragraphs]


def test_targets_behind_their_plan_stand_in_the_table_with_the_reasons_of_the_report(client):
    target = factories.TargetFactory(
        year=2025, name="新增规上工业企业", value=100, measure="cumulative", unit="家"
    )
    Measurement.objects.create(target=target, period="2025-08", value=5, source="统计局")
    row = rows(client, "target-progress")[0]
    assert row["status"] == "at_risk"
    (shown,) = tables(client)["序号"]
    assert shown[:3] == ["1", "新增规上工业企业", row["lead_department"]]
    assert shown[4] == f"{row['actual']}家"
    reason = typeset(row["reasons"][0]).rstrip("。")
    assert f"{row['status_display']}：{reason}" in shown[5]


def test_a_red_project_is_told_with_its_department_and_the_reasons_of_its_colour(client):
    project = lit("red", project__name="北部变电站")
    said = text(client)
    department = project.lead_department.short_name
    assert "（一）红灯项目1个" in said
    assert f"1．{department}（1个）：北部变电站，落后序时进度31个百分点。" in said
    assert "别的" not in said
    assert "（二）黄灯项目0个" in said


def test_a_supervisors_own_light_is_told_with_its_own_reason(client):
    project = lit("green", project__name="北部变电站")
    factories.LightOverrideFactory(
        project=project, colour="yellow", reason="现场停工",
        starts_on=dt.date(2025, 9, 1), ends_on=dt.date(2025, 12, 31),
    )  # fmt: skip
    assert "北部变电站，现场停工。" in text(client)


def test_the_lights_are_the_months_own_also_when_later_ones_are_known(client):
    project = lit("red", project__name="北部变电站")
    factories.MonthlyLightFactory(
        project=project, year=2025, month=10, colour="green", computed_colour="green"
    )
    said = text(client)
    assert "按2025年9月评灯：红灯1个。" in said
    assert "北部变电站，落后序时进度31个百分点。" in said


def test_what_a_department_answers_stands_beside_the_finding(client):
    project = lit("red", project__name="北部变电站")
    said = text(client, answer=f"{project.code}=设备已于9月28日到场。")
    assert "北部变电站，落后序时进度31个百分点（该单位申辩：设备已于9月28日到场）。" in said


def test_next_months_deadlines_are_listed_and_counted_without_what_is_done(client):
    project = factories.ProjectFactory(name="北部变电站")
    due = dt.date(2025, 10, 20)
    factories.MilestoneFactory(project=project, name="并网", due_on=due)
    factories.MilestoneFactory(
        project=project, name="封顶", due_on=due, done_on=dt.date(2025, 9, 2)
    )
    factories.MilestoneFactory(project=project, name="验收", due_on=dt.date(2025, 11, 3))
    (shown,) = tables(client)["期限"]
    assert shown[:2] == ["10月20日", "节点"]
    assert "并网" in shown[2]
    assert "2025年10月到期未办结的事项1项：节点1项。列表如下。" in text(client)


def test_in_december_the_next_month_is_january(client):
    with clock.at(dt.datetime(2025, 12, 30, 9, tzinfo=CITY_TIME)):
        factories.MilestoneFactory(due_on=dt.date(2026, 1, 5))
        asked = {"month": "2025-12", "as_of": "2025-12-30"}
        assert tables(client, **asked)["期限"][0][0] == "1月5日"


def test_the_ranking_is_the_scoreboards(client):
    project = factories.ProjectFactory()
    factories.MilestoneFactory(
        project=project, due_on=dt.date(2025, 8, 1), done_on=dt.date(2025, 7, 1)
    )
    first = rows(client, "department-scoreboard")[0]
    names = ("rank", "name", "result", "completion", "punctuality")
    assert tables(client)["名次"][0][:5] == [str(first[name]) for name in names]


def test_without_any_rows_each_section_says_so(client):
    said = text(client)
    for told in ("尚未进行月度评灯", "红灯项目0个", "没有到期事项", "尚无责任单位的记录"):
        assert told in said


def test_head_and_foot_are_what_was_asked_for_and_what_is_empty_is_left_out(client):
    said = text(
        client, number="包府督〔2025〕9号", issuer="市督查室", signer="张三", copies="市委办"
    )
    assert "市督查室" in said
    assert "包府督〔2025〕9号\t签发人：张三" in said
    plain = text(client)
    assert plain.startswith("包头市人民政府督查室")
    assert "签发人" not in plain
    assert "抄送" not in document(client).element.xml
    assert "抄送：市委办。" in document(client, copies="市委办").element.xml


def test_the_day_of_issue_is_the_day_of_what_is_known_unless_it_is_given(client):
    assert text(client).rstrip().endswith("2025年10月9日")
    assert text(client, issued_on="2025-10-12").rstrip().endswith("2025年10月12日")


def test_the_document_names_the_measures_and_faces_of_the_standard(client):
    made = document(client)
    section = made.sections[0]
    sides = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    assert [round(each.mm) for each in sides] == [210, 297, 37, 28]
    assert [round(each.mm) for each in (section.right_margin, section.bottom_margin)] == [26, 35]
    assert made.settings.odd_and_even_pages_header_footer
    faces = {run.font.name for paragraph in made.paragraphs for run in paragraph.runs if run.text}
    assert faces == {"方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"}
    assert made.styles["Normal"].font.size.pt == 16
    assert made.styles["Normal"].paragraph_format.line_spacing.pt == 28.95


def test_every_table_is_as_wide_as_the_type_area(client):
    lit("red")
    factories.MilestoneFactory(due_on=dt.date(2025, 10, 20))
    for table in document(client).tables:
        assert round(sum(cell.width.mm for cell in table.rows[0].cells)) == 156


def test_the_bulletin_of_a_day_stays_the_same_whatever_comes_later(client):
    with clock.at(MORNING - dt.timedelta(days=20)):
        lit("red")
    before = client.get(ADDRESS, {"month": "2025-09"}).content
    lit("red")
    factories.ProjectFactory()
    assert client.get(ADDRESS, {"month": "2025-09"}).content == before


def test_it_is_chinese_in_whatever_language_the_reader_asks(client):
    lit("red")
    english = client.get(ADDRESS, MONTH, headers={"Accept-Language": "en"})
    assert english.content == client.get(ADDRESS, MONTH).content


def test_months_and_days_that_do_not_fit_are_refused(client):
    assert refusal(client) == {"/month": "required"}
    assert refusal(client, month="2025-9") == {"/month": "invalid"}
    assert refusal(client, month="2025-11") == {"/month": "in_the_future"}
    assert refusal(client, month="2025-08", as_of="2025-10-01") == {"/as_of": "not_of_the_month"}
    assert refusal(client, month="2025-09", as_of="2025-08-31") == {"/as_of": "not_of_the_month"}
    assert refusal(client, **MONTH, colour="red") == {"/colour": "unknown_parameter"}
    assert refusal(client, **MONTH, answer="设备已到场") == {"/answer": "invalid"}
    assert refusal(client, **MONTH, issuer="督" * 25) == {"/issuer": "max_length"}


def test_whoever_sees_a_part_of_the_city_makes_no_bulletin_of_it():
    reporter = clients.reporter_of(factories.DepartmentFactory())
    assert reporter.get(ADDRESS, MONTH).status_code == 403
    assert clients.viewer().get(ADDRESS, MONTH).status_code == 200
    assert Client().get(ADDRESS, MONTH).status_code == 401


def test_only_its_own_formats_are_given(client):
    assert client.get(ADDRESS, {**MONTH, "format": "xlsx"}).status_code == 406
    assert client.get(ADDRESS, MONTH).headers["Content-Disposition"] == (
        'attachment; filename="bulletin-2025-09.docx"'
    )


def test_without_libreoffice_a_pdf_is_refused_with_the_remedy(client, settings):
    settings.SOFFICE = "/nowhere/soffice"
    answer = client.get(ADDRESS, {**MONTH, "format": "pdf"})
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "fonts/install.sh" in answer.json()["detail"]


def test_a_program_that_makes_no_pdf_is_told_as_such(client, settings):
    settings.SOFFICE = "true"
    answer = client.get(ADDRESS, {**MONTH, "format": "pdf"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/api/problems/unavailable/")


def test_the_command_writes_what_the_address_gives(client, tmp_path):
    lit("red")
    file = tmp_path / "b.docx"
    call_command("bulletin", month="2025-09", as_of="2025-10-09", out=file, stdout=io.StringIO())
    assert file.read_bytes() == client.get(ADDRESS, MONTH).content


def test_the_command_says_in_one_line_what_is_wrong(tmp_path):
    with pytest.raises(CommandError, match=r"\.docx"):
        call_command("bulletin", month="2025-09", out=tmp_path / "b.odt")
    with pytest.raises(CommandError, match="不是月份"):
        call_command("bulletin", month="9", out=tmp_path / "b.docx")


def test_what_xml_cannot_hold_becomes_a_space():
    assert layouts.printable("a\x0bb\nc\td　e") == "a b c\td　e"


def test_texts_of_the_system_are_set_as_in_print():
    assert typeset("至 2025-09-30 实绩 0 个, 比计划低 100%; 按时间: 晚") == (
        "至2025年9月30日实绩0个，比计划低100%；按时间：晚"
    )
    assert typeset("ISO 9001 认证 · 开工") == "ISO 9001认证·开工"


def test_the_gravest_come_first_by_status_and_then_by_their_share_of_the_plan():
    def row(name: str, status: str, plan, gap, comparator="以上") -> dict:
        return {"name": name, "status": status, "plan_to_date": plan, "gap": gap,
                "comparator": comparator}  # fmt: skip

    found = select_gravest(
        [
            row("half", "at_risk", Decimal(10), Decimal(-5)),
            row("fine", "on_track", Decimal(10), Decimal(-1)),
            row("unknown", "at_risk", None, None),
            row("most", "at_risk", Decimal(1000), Decimal(-900)),
            row("behind", "behind", Decimal(10), Decimal(-4)),
        ]
    )
    assert [each["name"] for each in found] == ["behind", "most", "half", "unknown"]


@pytest.mark.parametrize("length", [2, 10, 24])
def test_the_red_head_fits_on_its_line(length):
    cover = Cover("督" * length, "", "", "", "", dt.date(2025, 9, 30))
    made = docx.Document(
        io.BytesIO(layouts.write_docx(Bulletin("2025-09", ("题",), cover, parts=())))
    )
    size = made.paragraphs[0].runs[0].font.size.pt
    assert size * measure_width(cover.issuer) < 156 * 72 / 25.4
    assert re.fullmatch("督+", made.paragraphs[0].text)
