"""docs/report-coverage.md: generated, complete, and refused when it is out of date."""

import shutil
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portfolio.tools.work_report import coverage
from portfolio.tools.work_report.reader import read_report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def report():
    return read_report(ROOT)


@pytest.fixture(scope="module")
def document(report):
    return coverage.render(report)


@pytest.fixture
def copy(tmp_path):
    for app in ("projects", "targets"):
        shutil.copytree(ROOT / app / "data", tmp_path / app / "data")
    return tmp_path


def test_the_committed_document_is_what_the_data_say(document):
    assert (ROOT / coverage.PATH).read_text(encoding="utf-8") == document


def test_each_paragraph_has_its_heading(report, document):
    for paragraph in report.paragraphs:
        assert f"\n### {paragraph.id} {paragraph.title}\n" in document


def test_each_entry_and_each_thing_not_tracked_is_in_it(report, document):
    for kind in (report.targets, report.projects, report.milestones, report.work_items):
        for entry in kind:
            assert f"`{entry.key}`" in document
    for paragraph in report.paragraphs:
        for item in paragraph.not_tracked:
            assert f"| {item.wording} | {item.why} |" in document


def test_the_totals_count_everything_once(report, document):
    counts = (
        len(report.paragraphs),
        len(report.targets),
        len(report.projects),
        len(report.milestones),
        len(report.work_items),
        sum(len(paragraph.not_tracked) for paragraph in report.paragraphs),
    )
    assert f"| 合计 | {' | '.join(map(str, counts))} |" in document


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("2025/projects-commissioned", "300个以上"),
        ("2025/rare-earth-output", "突破1300亿元"),
        ("2025/gdp-growth", "8%左右"),
        ("2025/steel-output", "保持在1000亿元以上"),
        ("2025/guaranteed-homes", "全部6971套"),
        ("2025/waterlogging-cleared", "完成"),
        ("2025/income-growth", "与 `2025/gdp-growth` 同步"),
    ],
)
def test_a_promise_is_written_as_the_report_writes_it(report, key, words):
    (target,) = (target for target in report.targets if target.key == key)
    assert coverage.promise_text(target) == words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("2025/gdp-growth", "8.03%（前三季度，§一）"),
        ("2025/retail-sales-growth", "预计4.5%以上（全年，§一）"),
        ("2025/port-freight", "预计突破1000万吨（全年，§一）"),
        ("2025/wind-output", "—"),
    ],
)
def test_a_baseline_is_written_with_all_that_qualifies_it(report, key, words):
    (target,) = (target for target in report.targets if target.key == key)
    assert coverage.baseline_text(target) == words


def test_a_round_number_is_not_written_with_an_exponent():
    assert coverage.plain(Decimal("1000")) == "1000"


def test_check_passes_only_for_the_document_that_the_command_wrote(copy):
    out = StringIO()
    with pytest.raises(CommandError, match=r"report-coverage\.md"):
        call_command("report_coverage", check=True, root=copy, stdout=out)
    call_command("report_coverage", root=copy, stdout=out)
    call_command("report_coverage", check=True, root=copy, stdout=out)
    (copy / coverage.PATH).write_text("别的", encoding="utf-8")
    with pytest.raises(CommandError, match=r"report-coverage\.md"):
        call_command("report_coverage", check=True, root=copy, stdout=out)


def test_broken_data_end_the_command_with_their_message(copy):
    (copy / "targets/data/targets_2025.yaml").unlink()
    with pytest.raises(CommandError, match=r"targets_2025\.yaml"):
        call_command("report_coverage", root=copy)
