"""A target's status in its row, the filter by it, and its year period by period, over HTTP."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portfolio.core import clock
from projects.deadlines import open_deadlines_by_key
from targets.models import Measurement
from targets.services.status import targets_assess
from tests import clients, factories

pytestmark = pytest.mark.django_db
TARGETS = "/api/v1/targets/"
POINTS = "/api/v1/target-path-points/"
MEASUREMENTS = "/api/v1/measurements/"


def moment(text):
    return dt.datetime.fromisoformat(f"{text}T10:00").replace(tzinfo=clock.CITY_TIME)


def measured(target, period, value, on):
    """Records a figure on a day."""
    with clock.at(moment(on)):
        return Measurement.objects.create(target=target, period=period, value=value, source="快报")


@pytest.fixture
def target():
    with clock.at(moment("2025-01-06")):
        found = factories.TargetFactory(frequency="quarter", published_after_days=20)
    measured(found, "2025-Q1", 30, "2025-04-10")
    measured(found, "2025-Q2", 45, "2025-07-10")
    return found


def get(path, on="2025-08-01", who=None):
    with clock.at(moment(on)):
        response = (who or clients.viewer()).get(path)
    assert response.status_code == 200, response.json()
    return response.json()


def test_a_row_says_where_the_target_stands_and_why(target):
    row = get(f"{TARGETS}{target.pk}/")
    assert {name: row[name] for name in row if name in SHOWN} == SHOWN


SHOWN = {
    "status": "on_track",
    "status_display": "正常",
    "actual": "45",
    "actual_on": "2025-06-30",
    "plan_to_date": "50",
    "plan_is_fallback": True,
    "forecast": "90",
    "forecast_reached": False,
    "reasons": [
        "至2025-06-30实绩45 个, 按时间进度应为50 个。",
        "比计划低10%。",
        "按时间进度推算: 至2025-06-30完成45 个, 照此速度全年90 个。",
    ],
}


def test_a_correction_counts_from_when_it_is_recorded(target):
    measured(target, "2025-Q2", 44, "2025-07-20")
    assert get(f"{TARGETS}{target.pk}/")["status"] == "at_risk"
    past = get(f"{TARGETS}{target.pk}/?as_of=2025-07-15")
    assert (past["status"], past["actual"]) == ("on_track", "45")


def test_targets_are_filtered_by_status(target):
    other = factories.TargetFactory(value=60)
    measured(other, "2025-06", 60, "2025-07-05")
    rows = get(f"{TARGETS}?status=achieved,behind")["results"]
    assert [row["id"] for row in rows] == [other.pk]
    assert get(f"{TARGETS}?status=on_track&q=没有")["count"] == 0
    assert clients.viewer().get(f"{TARGETS}?status=late").status_code == 400


def test_who_asks_for_other_fields_only_does_not_pay_for_the_rules(target):
    row = get(f"{TARGETS}?fields=name")["results"][0]
    assert row.keys() == {"id", "name"}
    row = get(f"{TARGETS}?fields=status")["results"][0]
    assert row == {"id": target.pk, "status": "on_track"}


def test_a_row_can_be_sent_back_as_it_was_read(target):
    supervisor = clients.supervisor()
    row = get(f"{TARGETS}{target.pk}/", who=supervisor)
    row["note"] = "新说明"
    with clock.at(moment("2025-08-01")):
        response = clients.patch(supervisor, f"{TARGETS}{target.pk}/", row)
    assert response.status_code == 200, response.json()
    response = clients.patch(supervisor, f"{TARGETS}{target.pk}/", {"status": "achieved"})
    assert response.status_code == 400


def test_the_year_shows_plan_actual_status_and_forecast_by_quarter(target):
    body = get(f"{TARGETS}{target.pk}/progress/")
    assert (body["status"], body["forecast"], body["on"]) == ("on_track", "90", "2025-08-01")
    series = [
        [p["period"], p["plan"], p["actual"], p["status"], p["forecast"]] for p in body["series"]
    ]
    assert series == [
        ["2025-Q1", "25", "30", "on_track", None],
        ["2025-Q2", "50", "45", "on_track", None],
        ["2025-Q3", "75", None, None, "67.5"],
        ["2025-Q4", "100", None, None, "90"],
    ]


def test_the_year_as_it_was_on_a_past_day(target):
    body = get(f"{TARGETS}{target.pk}/progress/?as_of=2025-07-05")
    assert (body["on"], body["actual"], body["forecast"]) == ("2025-07-05", "30", "120")
    assert [p["status"] for p in body["series"]] == ["on_track", "awaiting", None, None]


def test_an_own_path_stands_in_for_the_straight_line(target):
    supervisor = clients.supervisor()
    with clock.at(moment("2025-07-15")):
        point = {"target": target.pk, "month": 6, "value": "70"}
        assert clients.post(supervisor, POINTS, point).status_code == 201
    row = get(f"{TARGETS}{target.pk}/")
    assert (row["status"], row["plan_to_date"], row["plan_is_fallback"]) == ("behind", "70", False)
    assert get(f"{TARGETS}{target.pk}/?as_of=2025-07-14")["status"] == "on_track"


@pytest.mark.parametrize("month", [0, 12, 13])
def test_a_path_ends_at_the_target_itself(target, month):
    point = {"target": target.pk, "month": month, "value": "70"}
    response = clients.post(clients.supervisor(), POINTS, point)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/month"


def test_a_department_sees_the_path_and_does_not_plan_it(target):
    reporter = clients.reporter_of(target.lead_department)
    point = {"target": target.pk, "month": 6, "value": "1"}
    assert clients.post(reporter, POINTS, point).status_code == 403


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 200)), min_size=1, max_size=4))
def test_later_facts_change_no_answer_about_an_earlier_day(target, later):
    def ask():
        return targets_assess([target], on=dt.date(2025, 7, 31), known_at=moment("2025-07-31"))

    before = ask()
    for quarter, value in later:
        measured(target, f"2025-Q{quarter}", Decimal(value), "2025-08-20")
    assert ask() == before


def test_what_is_achieved_is_no_open_deadline_any_more(target):
    key = ("target", target.pk)
    with clock.at(moment("2025-08-01")):
        assert key in open_deadlines_by_key([key])
    measured(target, "2025-07", 100, "2025-08-02")
    with clock.at(moment("2025-08-03")):
        assert key not in open_deadlines_by_key([key])
        listed = clients.viewer().get("/api/v1/deadlines/?kind=target&state=done").json()
    assert [row["object_id"] for row in listed["results"]] == [target.pk]


@pytest.mark.parametrize(
    ("period", "code"),
    [("2025-09", "in_the_future"), ("2025-Q4", "in_the_future"), ("2024-12", "other_year")],
)
def test_a_figure_is_of_a_period_of_the_targets_year_that_has_begun(target, period, code):
    body = {"target": target.pk, "period": period, "value": "1", "source": "快报"}
    who = clients.reporter_of(target.lead_department)
    with clock.at(moment("2025-08-01")):
        refused = clients.post(who, MEASUREMENTS, body)
        many = clients.post(who, f"{MEASUREMENTS}bulk/", [body])
    assert clients.errors_of(refused) == {"/period": code}
    assert clients.errors_of(many) == {"/0/period": code}


def test_a_figure_of_the_month_that_runs_stands_for_today(target):
    measured(target, "2025-08", 60, "2025-08-12")
    row = get(f"{TARGETS}{target.pk}/", on="2025-08-15")
    # 100 × (7 + 15/31) ÷ 12
    assert (row["actual_on"], row["plan_to_date"]) == ("2025-08-15", "62.3656")
