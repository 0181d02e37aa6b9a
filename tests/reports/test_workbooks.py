"""Workbooks of reports, read back by another library than the one that writes them."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts.chart import ReportDate
from portfolio.reports.engine.report import (
    ColumnKind,
    date_column,
    money_column,
    number_column,
    percent_column,
    text_column,
    whole_column,
)
from portfolio.reports.formats.xlsx import Workbook, workbook_bytes
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.register.models import Project
from targets.models import Target
from tests import clients, factories
from tests.reports.test_reports import a_little_of_everything

DAY = dt.date(2025, 9, 23)
TOLD = ReportDate(DAY, 2025)
COLUMNS = (
    text_column("name", "名称"),
    whole_column("count", "个数", "个"),
    money_column("money", "金额"),
    percent_column("share", "比例"),
    number_column("points", "得分", "分"),
    date_column("day", "日期"),
)
ROW = {
    "name": "甲", "count": 1234, "money": Decimal("1234.50"), "share": Decimal("87.33"),
    "points": Decimal("9.5"), "day": DAY,
}  # fmt: skip
# Kind → what a cell of it may be.
TYPES = {
    ColumnKind.TEXT: str, ColumnKind.LIST: str, ColumnKind.DATE: dt.datetime,
    ColumnKind.WHOLE: int, ColumnKind.MONEY: (int, float), ColumnKind.PERCENT: (int, float),
    ColumnKind.NUMBER: (int, float),
}  # fmt: skip


@pytest.fixture
def client(db):
    with clock.at(dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)):
        yield clients.supervisor()


def read(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def book(columns, rows, name: str = "funding"):
    return read(workbook_bytes(Workbook(REPORTS[name], columns, rows, TOLD)))


def of_report(client, name: str, **asked):
    answer = client.get(f"/api/v1/reports/{name}", {"format": "xlsx", **asked})
    assert answer.status_code == 200, answer.content
    return read(answer.content)


def test_each_kind_of_column_has_its_type_and_its_format():
    sheet = book(COLUMNS, [ROW]).active
    cells = {cell.value: cell for cell in sheet[2]}
    formats = {value: cell.number_format for value, cell in cells.items()}
    assert formats == {
        "甲": "General", 1234: "#,##0", 1234.5: "#,##0.00", 0.8733: "0.00%", 9.5: "General",
        dt.datetime(2025, 9, 23): "yyyy-mm-dd",
    }  # fmt: skip


def test_headings_are_chinese_with_units_and_stay_in_sight():
    sheet = book(COLUMNS, [ROW]).active
    headings = [cell.value for cell in sheet[1]]
    assert headings == ["名称", "个数 (个)", "金额 (万元)", "比例 (%)", "得分 (分)", "日期"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F2"


def test_what_a_spreadsheet_would_run_stays_text():
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil")', "http://a.b"]
    sheet = book(COLUMNS[:1], [{"name": each} for each in bad]).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(bad)
    assert [cell.value for cell in cells] == [*(f"'{each}" for each in bad[:-1]), "http://a.b"]
    assert not any(cell.hyperlink for cell in cells)


def test_a_long_text_wraps_in_a_row_that_is_as_high_as_its_lines():
    sheet = book(COLUMNS, [ROW, {**ROW, "name": "字" * 40}]).active
    assert sheet.column_dimensions["A"].width < 30
    assert sheet["A3"].alignment.wrap_text
    assert sheet.row_dimensions[3].height >= 3 * 15
    assert sheet.row_dimensions[2].height is None


def test_what_is_not_known_is_an_empty_cell():
    sheet = book(COLUMNS, [dict.fromkeys(ROW)]).active
    assert [cell.value for cell in sheet[2]] == [None] * len(COLUMNS)


def test_it_prints_on_a4_across_with_title_day_and_page_numbers():
    sheet = book(COLUMNS, [ROW]).active
    page = sheet.page_setup
    assert (page.orientation, page.paperSize) == ("landscape", 9)
    assert (page.fitToWidth or 1, page.fitToHeight) == (1, 0)  # one wide is what is not written
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"
    assert str(REPORTS["funding"].title) in sheet.oddHeader.left.text
    assert sheet.oddHeader.right.text == "截至 2025-09-23"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"


def test_the_same_rows_give_the_same_bytes():
    made = Workbook(REPORTS["funding"], COLUMNS, [ROW], TOLD)
    assert workbook_bytes(made) == workbook_bytes(made)


EVIL = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def evil_facts(client):
    """A little of everything, with names that a spreadsheet would run."""
    a_little_of_everything()
    factories.DoneMilestoneFactory(done_on=dt.date(2025, 9, 20))  # what a week's changes tell
    factories.ProjectFactory(district=factories.DistrictFactory())
    factories.PublishedRoundFactory(year=2025, quarter=2)
    for model in (Project, Milestone, Target):
        model.objects.update(name=EVIL)
    for each in Department.objects.all():
        Department.objects.filter(pk=each.pk).update(short_name=f"@{each.pk}")


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_opens_in_two_libraries_with_typed_cells_no_error_and_no_formula(
    client, evil_facts, name
):
    report = REPORTS[name]
    content = client.get(f"/api/v1/reports/{name}", {"format": "xlsx"}).content
    book = read(content)
    sheet = book.worksheets[0]
    assert sheet.title == str(report.title)
    headings = [column.title for column in report.columns]
    assert [cell.value for cell in sheet[1]] == headings
    rows = list(sheet.iter_rows(min_row=2))
    assert rows
    for row in rows:
        for cell, column in zip(row, report.columns, strict=True):
            assert cell.data_type not in ("e", "f"), cell
            assert cell.value is None or isinstance(cell.value, TYPES[column.kind]), column
            assert not str(cell.value or "").startswith(("=", "@", "+")), cell
    other = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert other.sheet_names == book.sheetnames
    first, *lines = other.get_sheet_by_index(0).to_python()
    assert first == headings
    shown = [[plain(cell.value) for cell in row] for row in rows]
    assert [[plain(value) for value in line] for line in lines] == shown
    # What a library reads of a formula may be its result: none is written at all.
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def plain(value):
    """Returns what both libraries agree on: numbers as floats, days as days, nothing as ""."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date()
    return float(value) if isinstance(value, int | float) else value


@pytest.mark.parametrize(
    "name",
    [
        "four-batches",
        "lights-by-month",
        "inspection-ranking",
        "target-progress",
        "department-scoreboard",
    ],
)
@pytest.mark.parametrize("asked", [{}, {"compare_to": "2025-09-22"}])
def test_the_programs_own_chart_shows_the_columns_that_it_names(client, name, asked):
    a_little_of_everything()
    factories.PublishedRoundFactory(year=2025, quarter=1)
    factories.PublishedRoundFactory(year=2025, quarter=2)
    sheets = of_report(client, name, **asked)
    (chart,) = sheets["图表"]._charts
    native = REPORTS[name].chart.native
    sheet = sheets.worksheets[0]
    headings = {column.name: column.title for column in REPORTS[name].columns}
    for series, value in zip(chart.series, native.values, strict=True):
        heading = sheet[series.tx.strRef.f.split("!")[1].replace("$", "")].value
        assert heading == headings[value]
    assert sheets["图表"].page_setup.orientation == "landscape"


def test_the_chart_of_a_ranking_shows_the_newest_round_only(client):
    factories.PublishedRoundFactory(year=2025, quarter=1)
    factories.PublishedRoundFactory(year=2025, quarter=2)
    sheets = of_report(client, "inspection-ranking")
    (chart,) = sheets["图表"]._charts
    points = chart.series[0].val.numRef.f.split("!")[1].replace("$", "")
    sheet = sheets.worksheets[0]
    assert {sheet.cell(cell.row, 2).value for (cell,) in _column(sheet, points)} == {2}


@pytest.mark.parametrize("asked", [{}, {"compare_to": "2025-09-22"}])
def test_the_trend_is_a_line_a_department_over_the_quarters_that_there_were(client, asked):
    factories.PublishedRoundFactory(year=2025, quarter=1)
    factories.PublishedRoundFactory(year=2025, quarter=2)
    sheets = of_report(client, "inspection-trend", **asked)
    sheet, (chart,) = sheets.worksheets[0], sheets["图表"]._charts
    assert len(chart.series) == sheet.max_row - 1 == 2
    for row, series in enumerate(chart.series, 2):
        assert series.tx.strRef.f.endswith(f"!$C${row}")
        places = re.findall(r"\$([A-Z]+)\$(\d+)", series.val.numRef.f)
        assert [sheet[f"{column}1"].value for column, _row in places] == [
            "第1季度名次", "第2季度名次",
        ]  # fmt: skip
        assert {int(found) for _column, found in places} == {row}
    assert chart.y_axis.scaling.orientation == "maxMin"  # the first place is on top


def test_the_chart_of_targets_ends_where_one_that_is_exceeded_would_flatten_the_rest(client):
    with clock.at(dt.datetime(2025, 9, 1, 9, tzinfo=CITY_TIME)):
        target = factories.TargetFactory(year=2025, value=10)
        target.measurements.create(period="2025-08", value=500, source="快报")
    sheets = of_report(client, "target-progress")
    headings = {cell.value: cell for cell in sheets.worksheets[0][1]}
    reached = headings["实绩占目标值 (%)"].column
    assert sheets.worksheets[0].cell(2, reached).value == 50
    (chart,) = sheets["图表"]._charts
    assert chart.y_axis.scaling.max == 1.5


def _column(sheet, place: str):
    found = sheet[place]
    return found if isinstance(found, tuple) else ((found,),)


def test_a_scoreboard_on_which_nobody_has_a_result_has_no_chart(client):
    factories.ProjectFactory()
    assert of_report(client, "department-scoreboard").sheetnames == ["责任单位得分榜"]


def test_low_punctuality_is_shaded(client):
    factories.AcceptedReturnFactory(period__due_on=dt.date(2025, 5, 10), period__month=4)
    sheet = of_report(client, "returns-punctuality").worksheets[0]
    rules = sheet.conditional_formatting
    assert len(rules) == len(REPORTS["returns-punctuality"].chart.native.scale)


def test_a_report_without_rows_has_no_chart(client):
    assert of_report(client, "inspection-ranking").sheetnames == ["观摩测评排名"]


def test_the_chart_is_described_for_those_who_do_not_see_it():
    rows = [{"batch": "完一批", "count": 3, "goal": Decimal(5), "share": Decimal(60)}]
    report = REPORTS["four-batches"]
    content = workbook_bytes(Workbook(report, report.columns, rows, TOLD))
    drawing = zipfile.ZipFile(io.BytesIO(content)).read("xl/drawings/drawing1.xml").decode()
    assert report.chart.alt(rows, TOLD) in drawing
