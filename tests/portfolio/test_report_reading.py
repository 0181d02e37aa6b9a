"""The report's data: nothing missing, nothing slipped, and errors that lead to the place."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portfolio.tools.work_report import entries
from portfolio.tools.work_report.entries import WorkReport
from portfolio.tools.work_report.reader import ReportError, read_report
from projects.choices import Assigned, Category, Cluster, Commitment, DepartmentKind, Stage
from projects.milestones.models import DateBasis
from targets.choices import (
    BaselinePeriod,
    BaselineQualifier,
    Comparator,
    Frequency,
    Measure,
    ProjectFigure,
    Source,
)

ROOT = Path(__file__).resolve().parents[2]

# Written by hand from the report's text, never copied from the YAML.
FIGURES = [
    # §二
    ("2025/economic-total", "about", "5000", "亿元"),
    ("2025/gdp-growth", "about", "8", "%"),
    ("2025/industrial-value-added-growth", "at_least", "14", "%"),
    ("2025/fixed-asset-investment-growth", "at_least", "18", "%"),
    ("2025/retail-sales-growth", "at_least", "5", "%"),
    ("2025/budget-revenue-growth", "about", "5", "%"),
    ("2025/income-growth", "in_step_with", None, "%"),
    # §三（一）
    ("2025/major-projects", "reach", "650", "个"),
    ("2025/projects-commissioned", "at_least", "300", "个"),
    ("2025/major-projects-investment-growth", "at_least", "20", "%"),
    ("2025/new-designated-size-enterprises", "at_least", "100", "家"),
    ("2025/new-starts-over-100m", "at_least", "200", "个"),
    ("2025/funds-in-place", "above", "1200", "亿元"),
    ("2025/funds-in-place-growth", "at_least", "20", "%"),
    # §三（二）
    ("2025/flagship-output-increase", "at_least", "600", "亿元"),
    ("2025/rare-earth-projects", "reach", "45", "个"),
    ("2025/rare-earth-capacity-increase", "reach", "4.5", "万吨"),
    ("2025/rare-earth-output", "above", "1300", "亿元"),
    ("2025/photovoltaic-local-supply", "at_least", "65", "%"),
    ("2025/photovoltaic-output", "at_least", "1200", "亿元"),
    ("2025/wind-local-supply", "at_least", "85", "%"),
    ("2025/wind-output", "above", "200", "亿元"),
    ("2025/emerging-output", "above", "550", "亿元"),
    ("2025/steel-output", "keep_at_least", "1000", "亿元"),
    ("2025/aluminium-output", "reach", "1200", "亿元"),
    ("2025/new-energy-grid-connected", "at_least", "300", "万千瓦"),
    ("2025/new-energy-storage", "at_least", "1000", "万千瓦时"),
    ("2025/will-semiconductor-full-production", "done", None, ""),
    ("2025/logistics-enterprises", "at_least", "10", "家"),
    ("2025/leading-logistics-enterprises", "at_least", "8", "家"),
    # §三（三）
    ("2025/research-spending", "above", "100", "亿元"),
    ("2025/research-intensity", "above", "2", "%"),
    ("2025/gazelle-enterprises", "at_least", "10", "家"),
    ("2025/technology-enterprises", "above", "1100", "家"),
    ("2025/state-key-laboratories", "reach", "2", "个"),
    ("2025/academician-workstations", "at_least", "2", "家"),
    ("2025/innovation-platforms", "at_least", "10", "家"),
    ("2025/research-conversion-projects", "at_least", "100", "个"),
    ("2025/pilot-lines", "at_least", "20", "条"),
    ("2025/urgent-talent", "at_least", "8000", "人"),
    ("2025/professional-talent", "reach", "1.3", "万人"),
    ("2025/skilled-talent", "reach", "3000", "人"),
    # §三（四）
    ("2025/state-companies-profitable", "done", None, ""),
    ("2025/idle-premises-started", "exactly_all", "100", "万平方米"),
    ("2025/unsupplied-land-started", "above", "2", "万亩"),
    ("2025/government-projects-started", "exactly_all", "10", "个"),
    ("2025/port-freight", "above", "1200", "万吨"),
    # §三（五）
    ("2025/zouxikou-courtyards", "reach", "15", "个"),
    ("2025/waterlogging-cleared", "done", None, ""),
    ("2025/gas-pipelines", "reach", "1000", "公里"),
    ("2025/indoor-gas", "reach", "5.9", "万户"),
    ("2025/old-neighbourhoods", "reach", "56", "个"),
    ("2025/old-neighbourhoods-area", "reach", "174.3", "万平方米"),
    ("2025/property-services-grade-two", "reach", "60", "个"),
    ("2025/property-services-model", "reach", "36", "个"),
    ("2025/construction-waste-reuse", "reach", "60", "%"),
    ("2025/rural-roads", "reach", "120", "公里"),
    ("2025/green-villages", "reach", "30", "个"),
    ("2025/rural-waste-coverage", "done", None, ""),
    # §三（六）
    ("2025/livelihood-promises", "exactly_all", None, "件"),
    ("2025/urban-jobs", "at_least", "3.5", "万人"),
    ("2025/talent-schools", "reach", "5", "所"),
    ("2025/traditional-medicine-studios", "reach", "30", "个"),
    ("2025/three-north-programme", "at_least", "200", "万亩"),
    ("2025/energy-saving-projects", "reach", "10", "个"),
    ("2025/green-factories", "at_least", "10", "家"),
    ("2025/energy-saved", "at_least", "10", "万吨标煤"),
    # §三（七）
    ("2025/high-risk-institutions", "done", None, ""),
    ("2025/guaranteed-homes", "exactly_all", "6971", "套"),
    ("2025/move-in-difficulties", "reach", "297", "套"),
    ("2025/double-support-city", "done", None, ""),
    # 结束部分: of 2025 the report tells no number
    ("2025/deputies-motions", "exactly_all", None, "件"),
    ("2025/consultative-proposals", "exactly_all", None, "件"),
]

# §一: value, qualifier, whether 预计, period.
BASELINES = [
    ("2025/gdp-growth", "8.03", "", False, "first_three_quarters"),
    ("2025/industrial-value-added-growth", "14", "at_least", True, "year"),
    ("2025/fixed-asset-investment-growth", "20", "at_least", True, "year"),
    ("2025/retail-sales-growth", "4.5", "at_least", True, "year"),
    ("2025/budget-revenue-growth", "4", "at_least", True, "year"),
    ("2025/income-growth", "5", "at_least", False, "year"),
    ("2025/new-designated-size-enterprises", "145", "", False, "year"),
    ("2025/new-starts-over-100m", "179", "", False, "year"),
    ("2025/funds-in-place", "1000", "above", True, "year"),
    ("2025/port-freight", "1000", "above", True, "year"),
    ("2025/steel-output", "1000", "at_least", False, "year"),
    ("2025/academician-workstations", "3", "", False, "year"),
    ("2025/urban-jobs", "4.2", "", False, "year"),
    ("2025/old-neighbourhoods-area", "266.5", "", False, "year"),
    ("2025/livelihood-promises", "40", "", False, "year"),
    ("2025/deputies-motions", "352", "", False, "year"),
    ("2025/consultative-proposals", "409", "", False, "year"),
]


# Whatever the report words as more or less than a plain statement; all other targets are plain.
COMMITMENTS = {
    # 确保, 力保
    "ensure": {
        "2025/projects-commissioned",
        "2025/major-projects-investment-growth",
        "2025/new-designated-size-enterprises",
        "2025/guaranteed-homes",
    },
    # 力争, 争取, 争创, 努力
    "strive": {
        "2025/top-100-cities",
        "2025/new-starts-over-100m",
        "2025/funds-in-place",
        "2025/funds-in-place-growth",
        "2025/beautiful-rivers-pilot",
        "2025/freight-hub-pilot",
        "2025/urban-renewal-pilot",
        "2025/port-freight",
        "2025/construction-waste-reuse",
        "2025/high-standard-farmland",
        "2025/dry-farmland-pilot",
        "2025/vocational-universities",
        "2025/double-support-city",
    },
    # 推动, 推进, 支持
    "push": {
        "2025/economic-total",
        "2025/baoyin-railway-accepted",
        "2025/will-semiconductor-full-production",
        "2025/state-key-laboratories",
        "2025/lucheng-laboratory",
        "2025/state-companies-profitable",
        "2025/state-capital-preserved",
        "2025/zouxikou-courtyards",
        "2025/double-high-colleges",
        "2025/high-risk-institutions",
    },
}


@pytest.fixture(scope="module")
def report() -> WorkReport:
    return read_report(ROOT)


def by_key(found):
    return {entry.key: entry for entry in found}


@pytest.mark.parametrize(("key", "comparator", "value", "unit"), FIGURES)
def test_a_figure_stands_as_the_report_words_it(report, key, comparator, value, unit):
    target = by_key(report.targets)[key]
    expected = None if value is None else Decimal(value)
    assert (target.comparator, target.value, target.unit) == (comparator, expected, unit)


@pytest.mark.parametrize(("key", "value", "qualifier", "estimated", "period"), BASELINES)
def test_a_baseline_keeps_its_qualifier_and_period(
    report, key, value, qualifier, estimated, period
):
    baseline = by_key(report.targets)[key].baseline
    assert baseline.value == Decimal(value)
    assert (baseline.qualifier, baseline.estimated, baseline.period, baseline.section) == (
        qualifier,
        estimated,
        period,
        "§一",
    )


@pytest.mark.parametrize("commitment", COMMITMENTS)
def test_a_promise_is_as_strong_as_its_verb(report, commitment):
    assert {t.key for t in report.targets if t.commitment == commitment} == COMMITMENTS[commitment]


@pytest.mark.parametrize("name", ["包银高铁（包头段）", "韦尔半导体集成电路芯片"])
def test_a_result_that_is_a_target_has_no_second_due_date_as_a_milestone(report, name):
    (project,) = (project for project in report.projects if project.name == name)
    assert project.milestones == ()


@pytest.mark.parametrize("company", ["卧龙电机", "明阳"])
def test_a_company_that_only_draws_others_in_is_no_project(report, company):
    assert not [project for project in report.projects if company in project.name]


def test_the_report_has_at_least_60_targets_and_40_projects(report):
    assert len(report.targets) >= 60
    assert len(report.projects) >= 40
    assert report.given_on == date(2025, 1, 5)


def test_the_programme_plans_650_and_says_that_the_list_is_not_in_the_report(report):
    (programme,) = report.programmes
    assert (programme.year, programme.planned_count, programme.list_in_report) == (2025, 650, False)


def test_linnan_is_to_be_handed_over_by_the_end_of_september_for_sure(report):
    project = by_key(report.projects)["2025/linnan-resettlement"]
    (milestone,) = project.milestones
    assert project.name == "林南平房区安置房"
    assert project.lead_department == "housing-construction"
    assert project.section == "§三（五）"
    assert (milestone.due_on, milestone.date_basis) == (date(2025, 9, 30), "stated")
    assert milestone.commitment == "ensure"


def test_only_linnan_has_a_date_that_the_report_states(report):
    stated = [m.key for m in report.milestones if m.date_basis == "stated"]
    assert stated == ["2025/linnan-resettlement/handover"]
    others = {m.due_on for m in report.milestones if m.date_basis == "year_end"}
    assert others == {date(2025, 12, 31)}


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("国道210线白固段公路", "construction"),
        ("包银高铁（包头段）", "construction"),
        ("北方稀土绿色冶炼升级改造二期", "construction"),
        ("美岱抽水蓄能项目", "preparation"),
        ("跨境铁路", "reserve"),
        ("韦尔半导体集成电路芯片", "commissioned"),
        ("天下黄河第一村", "commissioned"),
        ("建安大街改造", "preparation"),
        ("新材料产业园区碳捕集示范项目", "preparation"),
    ],
)
def test_a_project_stands_at_the_stage_that_the_wording_implies(report, name, stage):
    assert {p.name: p.stage for p in report.projects}[name] == stage


def test_an_outlook_is_not_a_target(report):
    taken = " ".join(t.wording for t in report.targets if t.section == "§二")
    assert "8.5%" not in taken
    assert "600亿元" not in taken
    assert "有望" not in taken


def test_an_increment_is_no_baseline_for_a_total(report):
    assert by_key(report.targets)["2025/technology-enterprises"].baseline is None


def test_income_is_in_step_with_the_growth_of_gdp(report):
    assert by_key(report.targets)["2025/income-growth"].in_step_with == "2025/gdp-growth"


def test_projects_themselves_answer_for_what_can_be_read_off_them(report):
    read_off = {t.key for t in report.targets if t.source == "from_projects"}
    assert read_off == {
        "2025/major-projects",
        "2025/projects-commissioned",
        "2025/major-projects-investment-growth",
        "2025/new-starts-over-100m",
    }


def test_a_list_adds_up_to_its_target(report):
    for target in report.targets:
        if target.source == "from_items":
            listed = [i.quantity for i in report.work_items if i.target == target.key]
            assert sum(listed) == (target.value or 0), target.key


def test_a_list_that_the_report_does_not_bring_is_brought_in_later(report):
    to_come = {t.key for t in report.targets if t.all_listed}
    assert to_come == {
        "2025/livelihood-promises",
        "2025/deputies-motions",
        "2025/consultative-proposals",
    }
    for target in report.targets:
        if target.key in to_come:
            assert "没有给出2025年的件数" in target.note
            assert target.lead_department == "government-office"


def test_what_only_tells_how_long_a_list_is_is_a_placeholder(report):
    placeholders = {i.key.removeprefix("2025/") for i in report.work_items if i.placeholder}
    assert placeholders == {
        "rare-earth-projects/others",
        "idle-premises",
        "unsupplied-land",
        "government-projects",
        "zouxikou-courtyards",
        "old-neighbourhoods",
        "green-villages",
        "talent-schools",
        "traditional-medicine-studios",
        "energy-saving-projects",
        "guaranteed-homes",
        "move-in-difficulties",
    }


def test_the_paragraphs_run_from_part_two_to_the_last_page(report):
    sections = list(dict.fromkeys(p.section for p in report.paragraphs))
    numerals = [f"§三（{numeral}）" for numeral in "一二三四五六七"]
    assert sections == ["§二", "§三", *numerals, "结束部分"]
    assert len(report.paragraphs) == 39


def test_each_paragraph_gives_an_entry_or_says_why_not(report):
    kinds = (report.targets, report.projects, report.milestones, report.work_items)
    taken = {entry.paragraph for kind in kinds for entry in kind}
    for paragraph in report.paragraphs:
        assert paragraph.id in taken or paragraph.policy, paragraph.id


def test_every_entry_says_that_its_department_is_inferred(report):
    assert {entry.assigned for entry in (*report.targets, *report.projects)} == {"inferred"}


def test_all_nine_districts_are_there_and_one_programme_office(report):
    districts = {d.short_name for d in report.departments if d.kind == "district"}
    assert districts == {
        "昆都仑区",
        "青山区",
        "东河区",
        "九原区",
        "石拐区",
        "白云鄂博矿区",
        "土默特右旗",
        "达茂旗",
        "固阳县",
    }
    assert [d.short_name for d in report.departments if d.programme_office] == ["市发展改革委"]


# --- broken data ----------------------------------------------------------------------------------

PROJECTS = "projects/data/projects_2025.yaml"
TARGETS = "targets/data/targets_2025.yaml"
ITEMS = "targets/data/work_items_2025.yaml"
PARAGRAPHS = "projects/data/paragraphs_2025.yaml"
DEPARTMENTS = "projects/data/departments.yaml"


@pytest.fixture
def broken(tmp_path):
    """Copies the data, changes one entry of one file, and gives the error that reading raises."""
    for app in ("projects", "targets"):
        shutil.copytree(ROOT / app / "data", tmp_path / app / "data")

    def read_broken(file: str, entry: str, old: str, new: str) -> ReportError:
        path = tmp_path / file
        before, mark, after = path.read_text(encoding="utf-8").partition(entry)
        assert mark, f"{entry} is not in {file}"
        assert old in after, f"{old} is not in {file} after {entry}"
        path.write_text(before + mark + after.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(ReportError) as caught:
            read_report(tmp_path)
        return caught.value

    return read_broken


@pytest.mark.parametrize(
    ("file", "entry", "old", "new", "named"),
    [
        (PROJECTS, "2025/linnan-resettlement", "stage: con", "stages: con", ".stages"),
        (PROJECTS, "2025/linnan-resettlement", "stage: construction", "stage: built", "stage"),
        (PROJECTS, "2025/linnan-resettlement", "    stage: construction\n", "", "stage"),
        (PROJECTS, "2025/linnan-resettlement", "district: null", "district: commerce", "district"),
        (PROJECTS, "2025/linnan-resettlement", "2025-09-30", "2025-09-31", "milestones[1].due_on"),
        (
            PROJECTS,
            "2025/linnan-resettlement",
            "paragraph: '3-5-2'",
            "paragraph: '3-5-9'",
            "paragraph",
        ),
        (PROJECTS, "2025/linnan-resettlement", "§三（五）", "§三（六）", "section"),
        (TARGETS, "2025/gdp-growth", "value: 8\n", "value: '8'\n", "value"),
        (TARGETS, "2025/gdp-growth", "value: 8\n", "value: null\n", "value"),
        (TARGETS, "2025/deputies-motions", "from_items", "reported", "value"),
        (TARGETS, "2025/deputies-motions", "value: null\n", "value: 352\n", "source"),
        (ITEMS, "2025/guaranteed-homes", "placeholder: true", "placeholder: 是", "placeholder"),
        (TARGETS, "2025/gdp-growth", "value: 8.03", "value: 约8", "baseline.value"),
        (TARGETS, "2025/gdp-growth", "comparator: about", "comparator: ca", "comparator"),
        (TARGETS, "2025/gdp-growth", "development-reform", "ndrc", "lead_department"),
        (TARGETS, "2025/gdp-growth", "[statistics]", "[statistics, x]", "supporting_departments"),
        (TARGETS, "2025/gdp-growth", "[statistics]", "statistics", "supporting_departments"),
        (
            TARGETS,
            "2025/income-growth",
            "in_step_with: '2025/g",
            "in_step_with: '2025/x",
            "in_step_with",
        ),
        (TARGETS, "2025/economic-total", "2025/gdp-growth", "2025/economic-total", "key"),
        (ITEMS, "2025/guaranteed-homes", "target: '2025/g", "target: '2025/x", "target"),
        (ITEMS, "2025/guaranteed-homes", "unit: 套", "unit: 户", "unit"),
        (PARAGRAPHS, "id: '3-7-1'", "['6971套',", "['6971套', 88套,", "figures"),
        (DEPARTMENTS, "code: commerce", "@baotou", "", "email"),
    ],
)
def test_an_error_names_file_entry_and_field(broken, file, entry, old, new, named):
    error = broken(file, entry, old, new)
    field = named.lstrip(".")
    assert (error.file, error.field) == (file, field)
    assert error.entry in entry or entry.split("/")[-1] in error.entry or field == "key"
    for part in (file, error.entry, field):
        assert part in str(error)
    assert error.remedy in str(error)


def test_an_error_shows_the_value_and_the_remedy_in_chinese(broken):
    error = broken(TARGETS, "2025/gdp-growth", "comparator: about", "comparator: circa")
    assert str(error) == (
        "targets/data/targets_2025.yaml，条目 2025/gdp-growth，字段 comparator，值 “circa”："
        "应为其中之一：at_least、above、reach、about、at_most、done、keep_at_least、"
        "exactly_all、in_step_with。"
    )


def test_a_field_given_twice_is_refused_with_its_line(broken):
    error = broken(TARGETS, "2025/gdp-growth", "    unit: '%'\n", "    unit: '%'\n    unit: 个\n")
    assert error.file == TARGETS
    assert "unit" in str(error)
    assert "行" in str(error)


def test_yaml_that_is_none_is_refused_with_its_line(broken):
    error = broken(PROJECTS, "2025/linnan-resettlement", "cluster: ''", "cluster: '")
    assert error.file == PROJECTS
    assert "YAML" in str(error)


def test_a_missing_file_is_named(tmp_path):
    shutil.copytree(ROOT / "projects" / "data", tmp_path / "projects" / "data")
    with pytest.raises(ReportError) as caught:
        read_report(tmp_path)
    assert "targets/data/targets_2025.yaml" in str(caught.value)


def test_an_unknown_part_of_a_file_is_named(broken):
    error = broken(DEPARTMENTS, "# Who", "departments:", "bureaus: []\n\ndepartments:")
    assert (error.file, error.field) == (DEPARTMENTS, "bureaus")


def test_a_list_behind_a_target_must_exist(broken):
    error = broken(TARGETS, "2025/gdp-growth", "source: reported", "source: from_items")
    assert (error.entry, error.field) == ("2025/gdp-growth", "source")


def test_two_programme_offices_are_one_too_many(broken):
    error = broken(DEPARTMENTS, "code: commerce", "office: false", "office: true")
    assert error.field == "programme_office"


def test_two_targets_of_one_name_are_refused(broken):
    error = broken(TARGETS, "2025/gdp-growth", "地区生产总值增长", "全市经济总量")
    assert (error.entry, error.field) == ("2025/gdp-growth", "name")


@pytest.mark.parametrize(
    ("choices", "codes"),
    [
        (DepartmentKind, entries.DEPARTMENT_KINDS),
        (Category, entries.CATEGORIES),
        (Cluster, [cluster for cluster in entries.CLUSTERS if cluster]),
        (Commitment, entries.COMMITMENTS),
        (Assigned, entries.ASSIGNED),
        (DateBasis, entries.DATE_BASES),
        (Comparator, entries.COMPARATORS),
        (Measure, entries.MEASURES),
        (Source, entries.SOURCES),
        (ProjectFigure, entries.PROJECT_FIGURES),
        (Frequency, entries.FREQUENCIES),
        (BaselinePeriod, entries.PERIODS),
    ],
)
def test_the_files_use_the_codes_that_the_models_use(choices, codes):
    assert set(codes) == {value for value in choices.values if value}


def test_what_the_files_use_in_part_the_models_know():
    assert set(entries.STAGES) < set(Stage.values)
    assert set(entries.QUALIFIERS) - {""} <= set(BaselineQualifier.values)
