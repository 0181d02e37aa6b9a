"""The reports of milestones, of the projects' lights, and of changes within a choice."""

import datetime as dt

import pgtrigger
import pytest

from portfolio.core import clock
from projects.register.services import transition_record
from tests import clients, factories
from tests.reports.test_reports import EVENING, report, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return clients.supervisor()


@pytest.fixture(autouse=True)
def september():
    with clock.at(EVENING):
        yield


def test_a_milestone_tells_its_four_days_and_where_it_stands(client):
    milestone = factories.MilestoneFactory(
        baseline_on=dt.date(2025, 8, 1), due_on=dt.date(2025, 8, 31),
        forecast_on=dt.date(2025, 10, 1), commitment="ensure",
    )  # fmt: skip
    (line,) = rows(client, "milestones")
    assert line["milestone"] == str(milestone.pk)
    assert line["project"] == milestone.project.code
    days = [line[f"{name}_on"] for name in ("baseline", "due", "forecast", "done")]
    assert days == ["2025-08-01", "2025-08-31", "2025-10-01", None]
    assert (line["days_moved"], line["days_left"]) == (30, -23)
    assert (line["state"], line["state_display"], line["commitment"]) == ("overdue", "逾期", "确保")


def test_milestones_stand_in_the_order_of_their_days_and_in_three_states(client):
    due = factories.MilestoneFactory(due_on=dt.date(2025, 9, 23))
    done = factories.MilestoneFactory(due_on=dt.date(2025, 3, 1), done_on=dt.date(2025, 3, 9))
    overdue = factories.MilestoneFactory(due_on=dt.date(2025, 9, 22))
    factories.MilestoneFactory(due_on=dt.date(2026, 1, 1))
    found = rows(client, "milestones")
    assert [(each["milestone"], each["state"]) for each in found] == [
        (str(done.pk), "done"), (str(overdue.pk), "overdue"), (str(due.pk), "due"),
    ]  # fmt: skip
    assert found[0]["days_left"] is None
    assert [each["milestone"] for each in rows(client, "milestones", state="overdue,due")] == [
        str(overdue.pk), str(due.pk),
    ]  # fmt: skip


def test_milestones_of_cancelled_projects_are_left_out(client):
    project = factories.MilestoneFactory(due_on=dt.date(2025, 8, 1)).project
    assert len(rows(client, "milestones")) == 1
    transition_record(
        project=project,
        to_stage="cancelled",
        effective_on=dt.date(2025, 9, 1),
        by=None,
        reason="不建了",
    )
    assert rows(client, "milestones") == []


def test_milestones_are_narrowed_by_project_and_by_day(client):
    here = factories.MilestoneFactory(due_on=dt.date(2025, 8, 1))
    factories.MilestoneFactory(due_on=dt.date(2025, 8, 2))
    department = here.project.lead_department.code
    assert len(rows(client, "milestones", lead_department=department)) == 1
    assert len(rows(client, "milestones", due_after="2025-08-02", due_before="2025-08-31")) == 1
    assert report(client, "milestones", state="late").status_code == 400


def test_projects_stand_by_their_light_with_the_reasons_for_it(client):
    unlit = factories.ProjectFactory()
    green = factories.MonthlyLightFactory(computed_colour="green").project
    red = factories.MonthlyLightFactory(
        computed_colour="red",
        reasons=[
            {"colour": "red", "text": "节点逾期 40 天", "exempted": False},
            {"colour": "yellow", "text": "月报迟报", "exempted": False},
        ],
    ).project
    found = rows(client, "project-lights")
    assert [(each["project"], each["light"]) for each in found[:1]] == [(red.code, "red")]
    assert found[0]["reasons"] == ["节点逾期 40 天"]
    by_code = {each["project"]: each for each in found}
    assert by_code[green.code]["reasons"] == []
    assert (by_code[unlit.code]["light"], by_code[unlit.code]["light_display"]) == ("", "未评灯")


def test_the_summary_counts_the_projects_that_the_lights_list(client):
    for colour in ("red", "red", "yellow", "green"):
        factories.MonthlyLightFactory(computed_colour=colour)
    summary = rows(client, "portfolio-summary")[0]
    for colour in ("red", "yellow", "green"):
        listed = rows(client, "project-lights", light=colour)
        assert len(listed) == summary[f"light_{colour}"]


def test_a_project_tells_what_of_the_years_money_is_done(client):
    entry = factories.ProgrammeEntryFactory(
        programme=factories.ProgrammeFactory(year=2025), planned_investment=1000
    )
    line = rows(client, "project-lights")[0]
    assert line["project"] == entry.project.code
    assert (line["planned_this_year"], line["done_this_year"]) == ("1000.00", "0.00")
    assert line["done_share"] == "0.00"


def test_what_stands_outside_the_choice_is_no_removal(client):
    with clock.at(EVENING - dt.timedelta(days=30)):
        here, there = factories.ProjectFactory.create_batch(2, district=None)
        gone = factories.ProjectFactory(lead_department=here.lead_department)
    with pgtrigger.ignore("projects.StageTransition:append_only"):
        gone.delete()
    chosen = {"lead_department": here.lead_department.code}
    changes = [(each["change"], each["project"]) for each in rows(client, "changes", **chosen)]
    assert changes == [("removed", gone.code)]
    there.lead_department = factories.DepartmentFactory()
    there.save()
    left = {"lead_department": str(factories.DepartmentFactory().pk)}
    assert rows(client, "changes", **left) == []
