"""Charts: of the rows of the JSON, the same bytes for the same rows, told in words as well."""

import datetime as dt
import io
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from matplotlib import font_manager
from PIL import Image

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts import sheet
from portfolio.reports.charts.chart import GREEN, PALE, RED, YELLOW, ReportDate
from portfolio.reports.charts.output import render_chart
from portfolio.reports.formats.report_charts import chart_alt, chart_png
from targets.choices import Status
from tests import clients, factories

EVENING = dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)
DAY = dt.date(2025, 9, 23)
TOLD = ReportDate(DAY, 2025)
SVG = "{http://www.w3.org/2000/svg}"
CHARTED = [name for name, report in REPORTS.items() if report.chart]
MONTHS = {f"month_{month:02d}": None for month in range(1, 13)}


@pytest.fixture
def client(db):
    with clock.at(EVENING):
        yield clients.supervisor()


def ask(client, name: str, format: str, **asked):
    return client.get(f"/api/v1/reports/{name}", {"format": format, **asked})


def texts(svg: bytes) -> list[str]:
    return [each.text for each in ET.fromstring(svg).iter(f"{SVG}text")]


def svg_of(name: str, rows: list[dict]) -> bytes:
    return render_chart(REPORTS[name].chart, rows, TOLD, format="svg")


def light(month: int, **counts) -> dict:
    return {"month": month, "red": 0, "yellow": 0, "green": 0, "grey": 0, **counts}


def target(name: str, **fields) -> dict:
    return {
        "target": name, "name": name, "value": Decimal(300), "actual": Decimal(120),
        "plan_to_date": Decimal(200), "unit": "个", "status": Status.BEHIND, **fields,
    }  # fmt: skip


def department(name: str, punctuality: str, **months) -> dict:
    return {
        "name": name, "owed": 10, "in_time": 5, "punctuality": Decimal(punctuality),
        **MONTHS, **months,
    }  # fmt: skip


def shown(league: str, rank: int, name: str, points: str, quarter: int = 3) -> dict:
    return {
        "quarter": quarter, "league": league, "rank": rank, "project_name": name,
        "points": Decimal(points),
    }  # fmt: skip


def quarters(name: str, *ranks) -> dict:
    ranks = (*ranks, None, None, None, None)[:4]
    return {"league": "", "name": name, **{f"q{n}_rank": r for n, r in enumerate(ranks, 1)}}


def scored(league: str, rank: int | None, name: str, result: str | None) -> dict:
    return {
        "league": league, "rank": rank, "name": name,
        "result": result and Decimal(result),
    }  # fmt: skip


SCORES = [
    scored("旗县区和园区", 1, "昆都仑区", "91.20"),
    scored("市直部门和市属国企", 1, "市住建局", "88"),
    scored("市直部门和市属国企", 2, "市教育局", "52.5"),
    scored("市直部门和市属国企", None, "市体育局", None),
]
ROWS = {
    "department-scoreboard": SCORES,
    "district-scoreboard": SCORES[:1],
    "four-batches": [
        {"batch": "完一批", "count": 212, "goal": Decimal(300), "share": Decimal("70.67")},
        {"batch": "备一批", "count": 9, "goal": None, "share": None},
    ],
    "inspection-ranking": [
        shown("旗县区", 1, "旧轮次", "99", quarter=2),
        shown("旗县区", 1, "稀土永磁", "93.20"),
        shown("旗县区", 2, "光伏组件", "80"),
    ],
    "inspection-trend": [quarters("住建局", 5, 2), quarters("昆都仑区", 1, None, 1)],
    "target-progress": [target("重大项目"), target("全覆盖", value=None, actual=None)],
    "lights-by-month": [light(1, red=3, green=40), light(2)],
    "returns-punctuality": [
        department("住建局", "50", month_01=Decimal("99.60"), month_02=Decimal(0)),
        department("昆都仑区", "95"),
    ],
}


# Any chart ----------------------------------------------------------------------------------------
def test_each_charted_report_has_rows_to_try_here():
    assert set(ROWS) == set(CHARTED)


@pytest.mark.parametrize("name", CHARTED)
def test_the_same_rows_give_the_same_bytes_and_no_moment(name):
    made = svg_of(name, ROWS[name])
    assert made == svg_of(name, ROWS[name])
    assert b"<metadata" not in made


@pytest.mark.bulletin
def test_a_picture_is_the_same_bytes_too_and_tells_itself_in_words():
    name = "four-batches"
    made = chart_png(name, ROWS[name], on=DAY)
    assert made == chart_png(name, ROWS[name], on=DAY)
    picture = Image.open(io.BytesIO(made))
    assert picture.width == round(sheet.WIDTH * 150)
    assert picture.text["Description"] == chart_alt(name, ROWS[name], on=DAY)
    assert "Software" not in picture.text


@pytest.mark.parametrize("name", CHARTED)
def test_an_svg_says_what_it_shows_and_names_chinese_fonts(name):
    root = ET.fromstring(svg_of(name, ROWS[name]))
    told = {each.get("id"): each.text for each in root if each.get("id", "").startswith("chart")}
    assert root.get("role") == "img"
    assert set(root.get("aria-labelledby").split()) == set(told)
    assert told["chart-desc"] == chart_alt(name, ROWS[name], on=DAY)
    assert "'Noto Sans CJK SC'" in root.get("style")
    assert root.get("style").endswith("sans-serif")


@pytest.mark.parametrize("name", CHARTED)
def test_without_rows_a_chart_says_so(name):
    assert chart_alt(name, [], on=DAY).endswith("无数据。")
    assert "无数据" in texts(svg_of(name, []))


def test_a_scoreboard_is_drawn_by_leagues_and_says_who_has_no_result():
    drawn = texts(svg_of("department-scoreboard", SCORES))
    assert [each for each in drawn if set("局区企") & set(each)] == [
        "旗县区和园区", "1  昆都仑区", "市直部门和市属国企", "1  市住建局", "2  市教育局",
    ]  # fmt: skip
    assert "1 个单位尚无可评数据, 见报表。" in drawn
    told = chart_alt("department-scoreboard", SCORES, on=DAY)
    assert "市直部门和市属国企 2 个单位, 第 1 名 市住建局 (88%), 末位 市教育局 (52.5%)" in told


def test_a_scoreboard_on_which_nobody_has_a_result_says_so():
    rows = SCORES[-1:]
    assert "无数据" in texts(svg_of("department-scoreboard", rows))
    assert chart_alt("department-scoreboard", rows, on=DAY).endswith("尚无可评数据。")


def test_names_may_hold_what_formulas_and_xml_are_made_of():
    bad = "a<b> & $x_1$ \x07 ]]>"
    found = texts(svg_of("target-progress", [target(bad)]))
    assert "a<b> & $x_1$   ]]>" in found


def test_a_long_name_takes_two_lines_and_ends_in_dots():
    found = sheet.fit_text(
        "包头市城乡建设投资集团有限责任公司老旧小区改造指挥部办公室综合协调组组组", 17, 2
    )
    lines = found.split("\n")
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(sheet.ems(line) <= 17 for line in lines)


@pytest.mark.parametrize("name", CHARTED)
def test_many_long_names_stay_on_the_paper(name):
    rows = [{**row, "name": row.get("name", "") * 9} for row in ROWS[name] * 30]
    root = ET.fromstring(svg_of(name, rows))
    width, height = (float(each) for each in root.get("viewBox").split()[2:])
    for each in root.iter(f"{SVG}text"):
        x, y, anchor = place_of(each)
        size = float(each.get("style").split("font-size: ")[1].split("px")[0])
        long = sheet.ems(each.text) * size
        left = x - {"start": 0, "middle": long / 2, "end": long}[anchor]
        assert left >= -2, each.text
        assert left + long <= width + 2, each.text
        assert 0 <= y <= height, each.text


def place_of(text) -> tuple[float, float, str]:
    anchor = text.get("style", "").partition("text-anchor: ")[2].partition(";")[0] or "start"
    if text.get("x"):
        return float(text.get("x")), float(text.get("y")), anchor
    moved = text.get("transform").split("translate(")[1].split(")")[0].split()
    return float(moved[0]), float(moved[1]), anchor


# Fonts --------------------------------------------------------------------------------------------
def no_fonts(monkeypatch):
    kept = [each for each in font_manager.fontManager.ttflist if each.name == sheet.SPARE]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", kept)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)


def test_without_a_chinese_font_a_png_is_refused_with_the_remedy(client, monkeypatch):
    no_fonts(monkeypatch)
    answer = ask(client, "four-batches", "png")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "apt install fonts-noto-cjk" in answer.json()["detail"]


def test_an_svg_needs_no_font_on_the_server(monkeypatch):
    whole = texts(svg_of("four-batches", ROWS["four-batches"]))
    no_fonts(monkeypatch)
    assert texts(svg_of("four-batches", ROWS["four-batches"])) == whole


# Kinds --------------------------------------------------------------------------------------------
def content(name: str, rows=None):
    return REPORTS[name].chart.picture(ROWS[name] if rows is None else rows, TOLD)


def test_batches_are_held_against_their_goals_where_there_are_any():
    bars = content("four-batches").content.bars
    assert [(bar.value, bar.marker) for bar in bars] == [(212, 300), (9, None)]
    assert "完一批 212 个, 目标 300 (70.67%); 备一批 9 个, 未定目标" in content("four-batches").alt


def test_a_ranking_is_of_the_newest_round_with_each_league_under_its_name():
    picture = content("inspection-ranking")
    assert [bar.label for bar in picture.content.bars] == ["旗县区", "1  稀土永磁", "2  光伏组件"]
    assert "第 3 季度" in picture.title
    assert "第 1 名 稀土永磁 (93.2 分), 末位 光伏组件 (80 分)" in picture.alt


def test_a_trend_shows_the_quarters_that_there_were():
    ranks = content("inspection-trend").content
    assert list(ranks.periods) == ["第1季度", "第2季度", "第3季度"]
    assert ranks.panels == [("不分组", [("住建局", [5, 2, None]), ("昆都仑区", [1, None, 1])])]


def test_targets_are_shown_in_per_cent_of_their_value_beside_the_plan():
    picture = content("target-progress")
    (bar,) = picture.content.bars
    assert (bar.value, round(bar.marker, 1), bar.style) == (40, 66.7, RED)
    assert "1 项尚无可比的数值" in picture.note
    assert "落后的有 重大项目 (120 / 300 个)" in picture.alt


def test_a_negative_target_is_drawn_to_its_own_side():
    rows = [target("降幅", value=Decimal(-3), actual=Decimal(-6), plan_to_date=None)]
    assert content("target-progress", rows).content.bars[0].value == -200


def test_colours_of_lights_are_told_apart_in_grey_by_their_hatching():
    series = content("lights-by-month").content.series
    assert [style for style, _name, _counts in series] == [RED, YELLOW, GREEN, PALE]
    assert len({style.hatch for style, _name, _counts in series}) == 4
    assert "1月 红灯 3、绿灯 40; 2月 未评灯" in content("lights-by-month").alt


def test_a_share_is_never_rounded_up_to_all():
    made = texts(svg_of("returns-punctuality", ROWS["returns-punctuality"]))
    assert "99" in made
    assert "100" not in made
    assert "最低 住建局 50%, 最高 昆都仑区 95%" in content("returns-punctuality").alt


def test_of_very_many_departments_the_latest_are_drawn_and_the_rest_counted():
    rows = [department(f"单位{n}", str(n)) for n in range(90)]
    picture = content("returns-punctuality", rows)
    assert list(picture.content.rows) == [f"单位{n}" for n in range(60)]
    assert "另有 30 个" in picture.note


# Over the API -------------------------------------------------------------------------------------
def test_the_chart_is_drawn_of_the_rows_that_the_json_shows(client):
    project = factories.ProjectFactory()
    factories.MonthlyLightFactory(project=project, month=8, colour="red")
    factories.MonthlyLightFactory(month=8, colour="yellow")
    asked = {"lead_department": project.lead_department.code, "as_of": "2025-09-23"}
    told = ask(client, "lights-by-month", "json", **asked).json()
    answer = ask(client, "lights-by-month", "svg", **asked)
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert answer.content == svg_of("lights-by-month", told["results"])
    assert told["chart"]["alt"] in answer.content.decode()
    assert "8月 红灯 1;" in told["chart"]["alt"]


def test_a_past_day_has_the_chart_that_it_had(client):
    with clock.at(EVENING - dt.timedelta(days=10)):
        factories.MonthlyLightFactory(month=8, colour="red")
    before = ask(client, "lights-by-month", "svg", as_of="2025-09-20").content
    factories.MonthlyLightFactory(month=8, colour="green")
    assert ask(client, "lights-by-month", "svg", as_of="2025-09-20").content == before
    assert ask(client, "lights-by-month", "svg").content != before


def test_of_lights_that_were_kept_again_the_newest_counts(client):
    project = factories.ProjectFactory()
    factories.MonthlyLightFactory(project=project, month=8, colour="red")
    factories.MonthlyLightFactory(project=project, month=8, colour="green")
    august = ask(client, "lights-by-month", "json").json()["results"][7]
    assert (august["month"], august["red"], august["green"], august["projects"]) == (8, 0, 1, 1)


def test_a_year_that_is_over_has_twelve_months_and_one_to_come_none(client):
    assert ask(client, "lights-by-month", "json", year=2024).json()["count"] == 12
    assert ask(client, "lights-by-month", "json").json()["count"] == 9
    assert ask(client, "lights-by-month", "json", year=2026).json()["count"] == 0


def test_a_report_without_a_chart_names_the_formats_that_it_has(client):
    answer = ask(client, "funding", "svg")
    assert answer.status_code == 406
    assert "json, csv, xlsx" in answer.json()["detail"]
    assert ask(client, "funding", "json").json()["chart"] is None


def test_two_days_make_no_chart(client):
    answer = ask(client, "lights-by-month", "svg", compare_to="2025-09-01")
    assert clients.errors_of(answer) == {"/compare_to": "not_drawn"}


def test_the_list_of_reports_says_which_have_a_chart(client):
    formats = {each["name"]: each.get("formats") for each in client.get("/api/v1/reports").json()}
    assert formats["lights-by-month"] == ["json", "csv", "xlsx", "svg", "png"]
    assert formats["problems"] == ["json", "csv", "xlsx"]


def test_an_unknown_chart_is_a_lookup_error():
    with pytest.raises(LookupError):
        chart_png("funding", [], on=DAY)
    with pytest.raises(LookupError):
        chart_alt("funding", [], on=DAY)


@pytest.mark.bulletin
def test_a_png_is_answered_as_one(client):
    answer = ask(client, "four-batches", "png")
    assert answer.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"
