"""Lights: what is read for them, what is kept, and what stands beside the computed one."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from projects.lights.models import LightExemption, LightOverride, LightPolicy, MonthlyLight
from projects.lights.rules import Rule
from projects.lights.services import light_policy_default, lights_compute, lights_record
from projects.milestones.models import HandoverStep
from projects.programmes.models import PlanPoint
from projects.register.models import Project
from projects.returns.models import ProgressReturn, ReturnPeriod
from tests import clients, factories
from tests.projects.test_light_rules import POLICY

pytestmark = pytest.mark.django_db
LIGHTS = "/api/v1/monthly-lights/"
POLICIES = "/api/v1/light-policies/"
OVERRIDES = "/api/v1/light-overrides/"
EXEMPTIONS = "/api/v1/light-exemptions/"
PROJECTS = "/api/v1/projects/"
END_OF_AUGUST = dt.date(2025, 8, 31)


@pytest.fixture(autouse=True)
def autumn():
    with clock.at(dt.datetime(2025, 9, 23, 10, tzinfo=clock.CITY_TIME)):
        yield


def planned(project=None, points=((6, 50), (12, 100)), **fields):
    """A project in the year's programme, with a plan of progress by month."""
    fields = {"planned_investment": 1000, **fields}
    entry = factories.ProgrammeEntryFactory(
        project=project or factories.ProjectFactory(stage="construction"), **fields
    )
    for month, progress in points:
        PlanPoint.objects.create(
            entry=entry, month=month, investment=progress * 10, progress=progress
        )
    return entry.project


def reported(project, month: int, progress, **fields) -> ProgressReturn:
    period, _new = ReturnPeriod.objects.get_or_create(
        year=2025, month=month, defaults={"due_on": f"2025-{month + 1:02}-08"}
    )
    return ProgressReturn.objects.create(
        project=project, period=period, physical_progress=progress, state="accepted", **fields
    )


def light(project, on: dt.date = END_OF_AUGUST):
    return next(each for each in lights_compute(on=on) if each.project_id == project.pk)


def texts(found) -> list[str]:
    return [reason["text"] for reason in found.reasons]


# The policy ---------------------------------------------------------------------------------------
def test_the_default_policy_is_made_once_and_says_what_the_rulebook_says():
    policy = light_policy_default()
    assert light_policy_default() == policy
    assert LightPolicy.objects.count() == 1
    rules = policy.rules.order_by("position")
    assert tuple(Rule(r.measure, r.above, r.colour, r.reason) for r in rules) == POLICY


def test_a_supervisor_makes_a_new_version_and_the_old_one_stays():
    light_policy_default()
    rule = {"measure": "points_behind", "above": "5", "colour": "yellow", "reason": "落后 {value}"}
    response = clients.post(clients.supervisor(), POLICIES, {"note": "从严", "rules": [rule]})
    assert response.status_code == 201, response.json()
    told = response.json()
    assert (told["number"], told["in_force_from"]) == (2, "2025-09-23")
    assert [(r["position"], r["above"]) for r in told["rules"]] == [(1, "5.00")]
    assert clients.viewer().get(POLICIES).json()["count"] == 2
    project = planned()
    reported(project, 8, 61)
    assert light(project).colour == "green"  # August is judged by what was in force then
    assert light(project, dt.date(2025, 9, 23)).colour == "yellow"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"rules": []}, {"/rules": "empty"}),
        ({}, {"/rules": "required"}),
        (
            {"rules": [{"measure": "moon", "above": "1", "colour": "red", "reason": "a"}]},
            {"/rules/0/measure": "invalid_choice"},
        ),
        (
            {
                "in_force_from": "2025-09-22",
                "rules": [
                    {"measure": "points_behind", "above": "1", "colour": "red", "reason": "a"}
                ],
            },
            {"/in_force_from": "in_the_past"},
        ),
    ],
)
def test_a_wrong_policy_is_refused(body, errors):
    response = clients.post(clients.supervisor(), POLICIES, body)
    assert response.status_code == 400
    found = clients.errors_of(response)
    assert set(found) == set(errors) or any(key.startswith("/rules") for key in found)
    assert LightPolicy.objects.count() == 0


# What is read -------------------------------------------------------------------------------------
# The plan wants 50 at the end of June and 100 at the end of December; at the end of August that is
# 50 + 50 × 62/184 = 66.85.
@pytest.mark.parametrize(
    ("progress", "colour", "behind"),
    [
        ("66.85", "green", "0"),
        ("56.86", "green", "9.99"),
        ("56.85", "yellow", "10"),
        ("36.85", "yellow", "30"),
        ("36.84", "red", "30.01"),
    ],
)
def test_points_behind_the_plan_to_date(progress, colour, behind):
    project = planned()
    reported(project, 8, progress)
    found = light(project)
    assert found.colour == colour
    assert found.facts.measured["points_behind"][0].value == Decimal(behind)
    assert texts(found) == ([] if colour == "green" else [f"落后序时进度 {behind} 个百分点"])


def test_without_progress_the_years_money_is_compared():
    # 668.50 of 1000 are due by the end of August, 300 are done: 36.85 points behind
    project = planned(points=())
    entry = project.programme_entries.get()
    PlanPoint.objects.create(entry=entry, month=6, investment=500)
    PlanPoint.objects.create(entry=entry, month=12, investment=1000)
    reported(project, 7, None, investment_reported=100)
    reported(project, 8, None, investment_reported=200)
    assert light(project).facts.measured["points_behind"][0].value == Decimal("36.85")
    assert light(project).colour == "red"


def test_a_plan_that_is_only_a_straight_line_is_never_red():
    project = planned(points=())
    reported(project, 8, 0, investment_reported=0)
    found = light(project)
    assert found.colour == "yellow"
    assert "无分期计划" in texts(found)[0]


def test_a_winters_standstill_in_the_plan_is_no_lapse():
    project = planned(points=((3, 0), (10, 90), (12, 90)))
    reported(project, 3, 0)
    assert light(project, dt.date(2025, 3, 31)).colour == "green"


def test_only_what_was_accepted_counts():
    project = planned()
    row = reported(project, 8, 66.85)
    ProgressReturn.objects.filter(pk=row.pk).update(state="confirmed")
    assert light(project).colour == "grey"


def test_a_correction_counts_once_it_is_accepted():
    project = planned()
    row = reported(project, 8, 66)
    ProgressReturn.objects.create(
        project=project, period=row.period, physical_progress=20, state="accepted",
        revision=2, revision_reason="核实",
    )  # fmt: skip
    assert light(project).colour == "red"


def test_a_milestone_overdue_is_red_and_one_that_is_parked_is_not():
    milestone = factories.MilestoneFactory(name="封顶", due_on="2025-08-30")
    assert texts(light(milestone.project)) == ["节点“封顶”逾期 1 天"]
    assert light(milestone.project, dt.date(2025, 8, 30)).colour == "grey"
    HandoverStep.objects.create(
        milestone=milestone, state="parked", text="等待批复", parked_until="2025-09-01"
    )
    assert light(milestone.project).colour == "green"
    assert light(milestone.project, dt.date(2025, 9, 1)).colour == "red"


@pytest.mark.parametrize(
    ("forecast", "colour"),
    [("2025-11-30", "green"), ("2025-12-30", "yellow"), ("2025-12-31", "red")],
)
def test_a_forecast_is_measured_against_the_baseline(forecast, colour):
    project = planned(planned_commissioning="2025-11-30")
    reported(project, 8, 70, forecast_commissioning=forecast)
    assert light(project).colour == colour


def test_a_milestones_forecast_is_measured_against_its_baseline_date():
    milestone = factories.MilestoneFactory(
        name="交付", due_on="2025-09-30", forecast_on="2025-10-31"
    )
    assert texts(light(milestone.project)) == ["节点“交付”预计比计划晚 31 天"]
    assert light(milestone.project).colour == "red"


def test_a_project_of_which_nothing_is_known_is_grey_and_says_why():
    project = factories.ProjectFactory()
    factories.MilestoneFactory(project=project, due_on="2025-12-31")
    found = light(project)
    assert found.colour == "grey"
    assert "数据不足" in texts(found)[0]


def test_a_commissioned_project_is_behind_no_plan():
    project = planned(factories.ProjectFactory(stage="commissioned"))
    reported(project, 8, 1)
    assert light(project).colour == "green"


def test_a_cancelled_project_has_no_light():
    factories.ProjectFactory(stage="cancelled")
    assert lights_compute(on=END_OF_AUGUST) == []


def test_the_measures_of_another_policy():
    project = planned(factories.ProjectFactory(stage="reserve"), planned_start="2025-05-15")
    assert light(project).facts.measured["start_missed_months"][0].value == 3
    started = factories.ProjectFactory(stage="construction")  # since 2024-01-01
    assert light(started).facts.measured["not_in_statistics_months"][0].value == 19
    started.entered_statistics_on = "2025-08-31"
    started.save(update_fields=["entered_statistics_on"])
    assert "not_in_statistics_months" not in light(started).facts.measured


# A lapse since made up ----------------------------------------------------------------------------
def test_a_milestone_done_late_stays_yellow_until_the_quarter_ends():
    milestone = factories.MilestoneFactory(name="封顶", due_on="2025-07-10", done_on="2025-07-20")
    for day, colour in (("2025-07-19", "red"), ("2025-07-20", "yellow"), ("2025-09-30", "yellow"),
                        ("2025-10-01", "green")):  # fmt: skip
        assert light(milestone.project, dt.date.fromisoformat(day)).colour == colour, day


def test_a_month_behind_stays_yellow_until_the_quarter_ends_though_it_was_caught_up():
    project = planned()
    reported(project, 7, 20)
    lights_record(year=2025, month=7, by=None)
    reported(project, 8, 90)
    found = light(project)
    assert found.colour == "yellow"
    assert texts(found)[0].startswith("本季度曾滞后, 后已补上: 7 月 落后序时进度")
    reported(project, 9, 90)
    assert light(project, dt.date(2025, 9, 30)).colour == "yellow"
    assert light(project, dt.date(2025, 10, 1)).colour == "green"


# Kept lights --------------------------------------------------------------------------------------
def test_every_months_light_is_kept_with_its_reasons_and_run_again_only_changes_are_added():
    behind, good = planned(), factories.MilestoneFactory(done_on="2025-08-01").project
    reported(behind, 8, 50)
    supervisor = clients.supervisor()
    first = clients.post(supervisor, LIGHTS, {"year": 2025, "month": 8})
    assert first.status_code == 201, first.json()
    assert first.json() == {
        "year": 2025, "month": 8, "added": 2, "colours": {"yellow": 1, "green": 1},
    }  # fmt: skip
    again = clients.post(supervisor, LIGHTS, {"year": 2025, "month": 8})
    assert again.json()["added"] == 0
    ProgressReturn.objects.update(physical_progress=20)
    third = clients.post(supervisor, LIGHTS, {"year": 2025, "month": 8}).json()
    assert (third["added"], third["colours"]) == (1, {"red": 1})
    rows = supervisor.get(f"{LIGHTS}?project={behind.code}").json()["results"]
    assert [row["colour"] for row in rows] == ["red", "yellow"]
    assert rows[1]["reasons"] == [
        {
            "measure": "points_behind",
            "colour": "yellow",
            "text": "落后序时进度 16.85 个百分点",
            "exempted": False,
        }
    ]
    assert supervisor.get(f"{LIGHTS}?newest=true").json()["count"] == 2
    assert supervisor.get(f"{LIGHTS}?colour=red").json()["count"] == 1
    assert good.monthly_lights.get().colour == "green"


def test_a_kept_light_is_never_rewritten():
    factories.ProjectFactory()
    lights_record(year=2025, month=8, by=None)
    with pytest.raises(Exception, match="append_only"):
        MonthlyLight.objects.update(colour="red")


def test_a_month_that_has_not_begun_has_no_lights_and_a_reporter_keeps_none():
    body = {"year": 2025, "month": 10}
    response = clients.post(clients.supervisor(), LIGHTS, body)
    assert clients.errors_of(response) == {"/month": "in_the_future"}
    reporter = clients.reporter_of(factories.DepartmentFactory())
    assert clients.post(reporter, LIGHTS, {"year": 2025, "month": 8}).status_code == 403


def test_reasons_are_kept_in_the_citys_language():
    project = planned()
    reported(project, 8, 20)
    english = clients.supervisor()
    english.post(
        LIGHTS,
        {"year": 2025, "month": 8},
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )
    assert project.monthly_lights.get().reasons[0]["text"].startswith("落后序时进度")


def test_lights_cost_the_same_number_of_queries_for_2_and_for_20_projects():
    light_policy_default()

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            lights_compute(on=END_OF_AUGUST)
        return len(captured)

    programme = factories.ProgrammeFactory(year=2025)

    def make(count: int) -> None:
        for _number in range(count):
            project = planned(programme=programme)
            reported(project, 8, 50)
            factories.MilestoneFactory(project=project)
            factories.MilestoneFactory(project=project, due_on="2025-08-01")

    make(2)
    few = cost()
    make(18)
    assert cost() == few <= 14


# Overrides and exemptions -------------------------------------------------------------------------
def test_an_override_stands_beside_the_computed_light_and_ends():
    project = planned()
    reported(project, 8, 20)
    lights_record(year=2025, month=8, by=None)
    supervisor, viewer = clients.supervisor(), clients.viewer()
    body = {
        "project": project.pk,
        "colour": "green",
        "reason": "汛期停工经市政府同意",
        "ends_on": "2025-10-08",
    }
    made = clients.post(supervisor, OVERRIDES, body)
    assert made.status_code == 201, made.json()
    assert (made.json()["starts_on"], bool(made.json()["set_by"])) == ("2025-09-23", True)
    address = f"{PROJECTS}{project.pk}/"
    assert viewer.get(address).json()["light"] == "green"
    [kept] = lights_record(year=2025, month=9, by=None)
    assert (kept.colour, kept.computed_colour) == ("green", "red")
    assert "汛期停工" in kept.reasons[0]["text"]
    with clock.at(dt.datetime(2025, 10, 8, 23, tzinfo=clock.CITY_TIME)):
        assert viewer.get(address).json()["light"] == "green"
    with clock.at(dt.datetime(2025, 10, 9, 1, tzinfo=clock.CITY_TIME)):
        assert viewer.get(address).json()["light"] == "red"


@pytest.mark.parametrize(
    "change", [{"reason": ""}, {"ends_on": None}, {"ends_on": "2025-09-22"}, {"colour": "blue"}]
)
def test_an_override_has_a_reason_and_an_end(change):
    body = {
        "project": factories.ProjectFactory().pk, "colour": "green", "reason": "汛期",
        "ends_on": "2025-10-08", **change,
    }  # fmt: skip
    assert clients.post(clients.supervisor(), OVERRIDES, body).status_code == 400
    assert LightOverride.objects.count() == 0


def test_an_override_is_shortened_by_a_supervisor_only():
    row = LightOverride.objects.create(
        project=factories.ProjectFactory(), colour="red", reason="事故",
        starts_on="2025-09-01", ends_on="2025-12-31",
    )  # fmt: skip
    address = f"{OVERRIDES}{row.pk}/"
    reporter = clients.reporter_of(row.project.lead_department)
    assert clients.patch(reporter, address, {"ends_on": "2025-09-24"}).status_code == 403
    changed = clients.patch(clients.supervisor(), address, {"ends_on": "2025-09-24"})
    assert changed.json()["ends_on"] == "2025-09-24"


def test_a_lapse_with_an_accepted_reason_is_exempted_until_its_day():
    milestone = factories.MilestoneFactory(name="封顶", due_on="2025-08-30")
    body = {
        "project": milestone.project.pk,
        "measure": "milestone_overdue_days",
        "reason": "文物发掘",
        "until": "2025-10-31",
    }
    made = clients.post(clients.supervisor(), EXEMPTIONS, body)
    assert made.status_code == 201, made.json()
    assert made.json()["granted_on"] == "2025-09-23"
    found = light(milestone.project, dt.date(2025, 9, 30))
    assert found.colour == "green"
    assert texts(found) == ["节点“封顶”逾期 31 天 (正当理由至 2025-10-31: 文物发掘)"]
    assert light(milestone.project, dt.date(2025, 11, 1)).colour == "red"
    past = clients.post(clients.supervisor(), EXEMPTIONS, body | {"until": "2025-09-22"})
    assert clients.errors_of(past) == {"/until": "in_the_past"}
    assert LightExemption.objects.count() == 1


# In the list of projects --------------------------------------------------------------------------
def test_the_list_of_projects_shows_and_filters_by_the_present_light():
    red, unknown = planned(), factories.ProjectFactory()
    viewer = clients.viewer()
    assert viewer.get(f"{PROJECTS}{red.pk}/").json()["light"] is None
    reported(red, 8, 20)
    lights_record(year=2025, month=8, by=None)

    def ids(query: str) -> list[int]:
        response = viewer.get(f"{PROJECTS}?{query}")
        assert response.status_code == 200, response.json()
        return [row["id"] for row in response.json()["results"]]

    assert ids("light=red") == [red.pk]
    assert ids("light=red,grey") == [red.pk, unknown.pk]
    assert ids("light=green") == []
    assert viewer.get(f"{PROJECTS}?fields=id,light&light=grey").json()["results"] == [
        {"id": unknown.pk, "light": "grey"}
    ]
    wrong = viewer.get(f"{PROJECTS}?light=blue")
    assert clients.errors_of(wrong) == {"/light": "invalid_choice"}


def test_the_newest_month_is_the_present_light():
    project = planned()
    reported(project, 7, 70)
    reported(project, 8, 20)
    lights_record(year=2025, month=8, by=None)
    lights_record(year=2025, month=7, by=None)
    assert clients.viewer().get(f"{PROJECTS}{project.pk}/").json()["light"] == "red"


def test_a_day_has_the_light_of_its_own_month_not_of_a_later_one():
    light = factories.MonthlyLightFactory(year=2025, month=8, computed_colour="red")
    factories.MonthlyLightFactory(
        project=light.project, year=2025, month=9, computed_colour="green"
    )
    lights = [
        Project.objects.with_light(on=day).get().light
        for day in (dt.date(2025, 7, 31), dt.date(2025, 8, 31), dt.date(2025, 9, 1))
    ]
    assert lights == [None, "red", "green"]


def test_the_past_of_a_light_tells_what_was_known_then():
    with clock.at(dt.datetime(2025, 9, 6, 10, tzinfo=clock.CITY_TIME)):
        project = planned()
        reported(project, 8, 20)
        lights_record(year=2025, month=8, by=None)
    ProgressReturn.objects.update(physical_progress=90)
    lights_record(year=2025, month=8, by=None)
    viewer, address = clients.viewer(), f"{PROJECTS}{project.pk}/"
    assert viewer.get(address).json()["light"] == "green"
    assert viewer.get(f"{address}?as_of=2025-09-10").json()["light"] == "red"
    assert viewer.get(f"{PROJECTS}?light=red&as_of=2025-09-10").json()["count"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_keep_a_months_lights_at_once_keep_them_once():
    factories.ProjectFactory.create_batch(5)

    def keep(_number: int) -> int:
        try:
            return len(lights_record(year=2025, month=8, by=None))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        added = sorted(pool.map(keep, range(4)))
    assert added == [0, 0, 0, 5]
    assert LightPolicy.objects.count() == 1
