"""The report at the end of September against a table worked out by hand (report_status.md)."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.tools.work_report.load import report_load
from portfolio.tools.work_report.reader import read_report
from projects.choices import Stage
from projects.programmes.models import ProgrammeEntry
from projects.register.models import Project
from projects.register.services import transition_record
from targets.choices import Source
from targets.models import Measurement, Target, TargetPathPoint, WorkItem
from targets.services.status import build_series, targets_assess
from tests import clients

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("report_status.md")
ON = dt.date(2025, 9, 30)
EVENING = dt.datetime(2025, 9, 30, 18, tzinfo=clock.CITY_TIME)
QUARTER_ENDS = (dt.date(2025, 3, 31), dt.date(2025, 6, 30), ON)
COMMISSIONED = "projects-commissioned"


class Line(NamedTuple):
    key: str
    q1: str
    q2: str
    q3: str
    path: str
    status: str
    forecast: str
    keeps: str
    reason: str
    by_hand: str

    @property
    def figures(self) -> list[Decimal]:
        return [Decimal(text) for text in (self.q1, self.q2, self.q3) if text]


def lines() -> list[Line]:
    rows = [
        [cell.strip() for cell in text.strip().strip("|").split("|")]
        for text in TABLE.read_text(encoding="utf-8").splitlines()
        if text.startswith("|")
    ]
    return [Line(*cells) for cells in rows[2:]]


def expected_forecast(line: Line) -> Decimal | None:
    if line.forecast == "-":
        return None
    if line.forecast == "{named}/0.75":
        named = Decimal(ProgrammeEntry.objects.count())
        return (named / Decimal("0.75")).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return Decimal(line.forecast)


@pytest.fixture
def targets():
    """The report, with the table's figures as facts, by the table's key."""
    with clock.at(EVENING):
        report_load(read_report(settings.BASE_DIR))
        found = {row.report_key.removeprefix("2025/"): row for row in Target.objects.all()}
        for line in lines():
            record(found[line.key], line)
        yield found


def record(target: Target, line: Line) -> None:
    for point in line.path.split():
        month, value = point.split(":")
        TargetPathPoint.objects.create(target=target, month=int(month), value=Decimal(value))
    if line.key == COMMISSIONED:
        commission(line.figures)
    elif target.source == Source.FROM_ITEMS and line.figures:
        list_done(target, line.figures)
    else:
        assert target.source == Source.REPORTED or not line.figures
        Measurement.objects.bulk_create(
            Measurement(target=target, period=f"2025-Q{n}", value=value, source="测试数据")
            for n, value in enumerate(line.figures, 1)
        )


def commission(totals: list[Decimal]) -> None:
    projects = list(Project.objects.filter(stage=Stage.CONSTRUCTION).order_by("pk"))
    moved = 0
    for end, total in zip(QUARTER_ENDS, totals, strict=True):
        for project in projects[moved : int(total)]:
            transition_record(
                project=project, by=None, to_stage=Stage.COMMISSIONED, effective_on=end,
                evidence="竣工验收单",
            )  # fmt: skip
        moved = int(total)


def list_done(target: Target, totals: list[Decimal]) -> None:
    before = Decimal(0)
    for end, total in zip(QUARTER_ENDS, totals, strict=True):
        WorkItem.objects.create(
            target=target, name=f"至{end}办结", quantity=total - before, unit=target.unit,
            lead_department=target.lead_department, due_on=end, done_on=end,
        )  # fmt: skip
        before = total


def test_the_table_has_every_target_of_the_report_once(targets):
    keys = [line.key for line in lines()]
    assert sorted(keys) == sorted(targets)
    assert len(keys) == len(set(keys)) == 100


def test_every_target_stands_where_the_table_says(targets):
    found = targets_assess(list(targets.values()), on=ON)
    wrong = []
    for line in lines():
        said = found[targets[line.key].pk]
        forecast = said.forecast.value if said.forecast else None
        keeps = {None: "-", True: "yes", False: "no"}[
            said.forecast.reached if said.forecast else None
        ]
        if (said.status, forecast, keeps) != (line.status, expected_forecast(line), line.keeps):
            wrong.append((line.key, said.status, forecast, keeps))
        if line.reason not in said.reasons:
            wrong.append((line.key, said.reasons))
    assert wrong == []


def test_all_of_them_are_read_with_at_most_6_queries(targets):
    with CaptureQueriesContext(connection) as captured:
        assert len(targets_assess(list(Target.objects.all()), on=ON)) == 100
    assert len(captured) <= 6
    client = clients.viewer()
    client.get("/api/v1/auth/me")
    with CaptureQueriesContext(connection) as captured:
        body = client.get("/api/v1/targets/?page_size=500").json()
    assert body["count"] == 100
    assert all(row["status"] for row in body["results"])
    assert len(captured) <= 6  # the sign-in among them


def test_the_years_series_shows_each_quarter_as_it_was_and_the_forecast(targets):
    gdp = targets["gdp-growth"]
    series = build_series(targets_assess([gdp], on=ON)[gdp.pk], on=ON)
    told = [(p.period.label, p.plan, p.actual, p.status, p.forecast) for p in series]
    assert told == [
        ("2025-Q1", 8, Decimal("7.2"), "at_risk", None),
        ("2025-Q2", 8, Decimal("7.6"), "on_track", None),
        ("2025-Q3", 8, Decimal("7.4"), "at_risk", None),
        ("2025-Q4", 8, None, None, Decimal("7.4")),
    ]


def test_what_is_recorded_later_changes_no_earlier_answer(targets):
    gdp, jobs = targets["gdp-growth"], targets["urban-jobs"]
    known_at = EVENING + dt.timedelta(hours=1)
    before = targets_assess([gdp, jobs], on=ON, known_at=known_at)
    with clock.at(EVENING + dt.timedelta(days=1)):
        Measurement.objects.create(target=gdp, period="2025-Q3", value=9, source="订正")
        TargetPathPoint.objects.create(target=jobs, month=9, value=3)
    assert targets_assess([gdp, jobs], on=ON, known_at=known_at) == before
    now = targets_assess([gdp, jobs], on=ON)
    assert now[gdp.pk].status == "on_track"
    assert now[jobs.pk].plan.value == 3


@pytest.mark.parametrize(
    ("key", "year_figure", "expected", "reason"),
    [
        ("gdp-growth", "7.5", "achieved", "已达到目标。"),  # 左右: from 7.5
        ("budget-revenue-growth", "4.4", "missed", "期末数值未达到目标。"),  # from 4.5
        ("port-freight", "1200", "missed", "报告表述为“力争”。"),  # 突破: more than 1200
        ("urban-jobs", "3.5", "achieved", "已达到目标。"),
        ("steel-output", "999", "at_risk", "期末数值在2026-02-14前仍可能订正。"),  # 45 days
        ("quarterly-inspections", "0", "missed", "至2025-12-31未完成。"),
        # 6970 of 6971, read off the list on the last day
        ("guaranteed-homes", None, "missed", "报告承诺“确保”。"),
        ("deputies-motions", None, "no_data", "清单尚未导入; 导入后以清单上的全部事项为目标。"),
        ("economic-total", None, "no_data", "2025-Q4数值应于2026-01-25前公布, 尚未填报。"),
        ("wind-output", None, "awaiting", "期末数值 (2025-12) 应于2026-02-14前公布。"),
        ("research-spending", None, "awaiting", "首期数值 (2025) 应于2026-10-27前公布。"),
    ],
)
@pytest.mark.long
def test_at_the_years_end_each_is_judged_when_its_figure_is_due(
    targets, key, year_figure, expected, reason
):
    target, on = targets[key], dt.date(2026, 2, 10)
    with clock.at(dt.datetime(2026, 2, 10, 18, tzinfo=clock.CITY_TIME)):
        if year_figure is not None:
            Measurement.objects.create(target=target, period="2025-Q4", value=Decimal(year_figure))
        said = targets_assess([target], on=on)[target.pk]
    assert said.status == expected
    assert reason in said.reasons
