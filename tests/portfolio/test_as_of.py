"""``?as_of=``: what the system knew at the end of a day, the same for ever."""

import datetime as dt
from contextlib import contextmanager, nullcontext, suppress
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.core.history import past as as_of
from portfolio.urls import router
from projects.milestones.models import ExtensionRequest
from projects.register.models import Project, StageTransition
from tests import clients, factories
from tests.portfolio.test_lists import MAKERS

pytestmark = pytest.mark.django_db

WITH_A_PAST = {
    prefix: viewset
    for prefix, viewset, _name in router.registry
    if getattr(viewset, "queryset", None) is not None and as_of.has_history(viewset.queryset.model)
}


@contextmanager
def on(day: str, hour: str = "12:00"):
    """Lets facts be recorded as on that day, in the city's time."""
    moment = dt.datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.at(moment):
        yield


def asked(client, path: str, day: str, **more):
    response = client.get(path, {"as_of": day, **more})
    assert response.status_code == 200, response.json()
    return response.json()


def names(page) -> list[str]:
    return [row["name"] for row in page["results"]]


def test_a_row_reads_as_it_was_at_the_end_of_the_day():
    with on("2025-03-01"):
        project = factories.ProjectFactory(name="旧名")
    with on("2025-06-30", "23:59"):
        Project.objects.filter(pk=project.pk).update(name="半年名")
    with on("2025-07-01", "00:10"):
        Project.objects.filter(pk=project.pk).update(name="新名")
    client, path = clients.viewer(), f"/api/v1/projects/{project.pk}/"
    assert asked(client, path, "2025-06-29")["name"] == "旧名"
    assert asked(client, path, "2025-06-30")["name"] == "半年名"
    assert asked(client, path, "2025-07-01")["name"] == "新名"
    assert client.get(path, {"as_of": "2025-02-28"}).status_code == 404
    assert names(asked(client, "/api/v1/projects/", "2025-02-28")) == []
    assert names(asked(client, "/api/v1/projects/", "2025-06-30", fields="id,name")) == ["半年名"]


def test_a_deleted_row_is_still_seen_as_of_before():
    with on("2025-03-01"):
        milestone = factories.MilestoneFactory(name="交付")
    with on("2025-05-01"):
        path = f"/api/v1/milestones/{milestone.pk}/"
        milestone.delete()
    client = clients.viewer()
    assert names(asked(client, "/api/v1/milestones/", "2025-04-30")) == ["交付"]
    assert names(asked(client, "/api/v1/milestones/", "2025-05-01")) == []
    assert asked(client, path, "2025-04-30")["name"] == "交付"
    assert client.get(path).status_code == 404


def test_filters_search_and_order_ask_the_rows_of_the_day():
    with on("2025-03-01"):
        early = factories.ProjectFactory(name="乙厂", pinyin="yichang yc", total_investment=2)
        other = factories.ProjectFactory(name="甲厂", pinyin="jiachang jc", total_investment=1)
        milestone = factories.MilestoneFactory(project=early, name="开工")
        bureau = early.lead_department
    with on("2025-08-01"):
        Project.objects.filter(pk=early.pk).update(
            lead_department=other.lead_department, name="丙园", pinyin="bingyuan by"
        )
    client, path = clients.viewer(), "/api/v1/projects/"
    assert names(asked(client, path, "2025-06-30", lead_department=bureau.code)) == ["乙厂"]
    assert names(asked(client, path, "2025-08-01", lead_department=bureau.code)) == []
    assert names(asked(client, path, "2025-06-30", q="乙")) == ["乙厂"]
    assert names(asked(client, path, "2025-06-30", ordering="name")) == ["甲厂", "乙厂"]
    # A name that comes from another table is that table's of the day.
    path = f"/api/v1/milestones/{milestone.pk}/"
    then = asked(client, path, "2025-06-30", expand="project")
    assert then["project_name"] == then["project"]["name"] == "乙厂"
    assert then["lead_department"] == bureau.pk
    assert asked(client, path, "2025-08-01")["project_name"] == "丙园"


def test_relations_parts_and_counts_are_those_of_the_day():
    with on("2025-03-01"):
        project = factories.ProjectFactory()
        first, second = factories.DepartmentFactory(), factories.DepartmentFactory()
        project.supporting_departments.add(first)
        programme = factories.ProgrammeFactory()
        factories.ProgrammeEntryFactory(programme=programme)
        inspection = factories.DraftRoundFactory()
        factories.InspectionJudgeFactory(inspection_round=inspection)
    with on("2025-08-01"):
        project.supporting_departments.set([second])
        factories.ProgrammeEntryFactory(programme=programme)
        inspection.criteria.update(name="改名")
        factories.InspectionJudgeFactory(inspection_round=inspection)
    client = clients.viewer()

    def read(prefix, row, day):
        return asked(client, f"/api/v1/{prefix}/{row.pk}/", day)

    assert read("projects", project, "2025-06-30")["supporting_departments"] == [first.pk]
    assert read("projects", project, "2025-08-01")["supporting_departments"] == [second.pk]
    assert read("programmes", programme, "2025-06-30")["registered_count"] == 1
    assert read("programmes", programme, "2025-08-01")["registered_count"] == 2
    then = read("inspection-rounds", inspection, "2025-06-30")
    assert [c["name"] for c in then["criteria"]] == ["现场得分"]
    assert len(then["judges"]) == 1
    assert len(read("inspection-rounds", inspection, "2025-08-01")["judges"]) == 2


def test_the_moves_of_a_project_are_those_known_on_the_day():
    with on("2025-03-01"):
        project = factories.ProjectFactory(stage="preparation")
    with on("2025-08-01"):
        StageTransition.objects.create(
            project=project,
            from_stage="preparation",
            to_stage="construction",
            effective_on="2025-06-01",  # known later than it happened
        )
    client, path = clients.viewer(), f"/api/v1/projects/{project.pk}/"
    assert asked(client, path, "2025-06-30")["stage"] == "preparation"
    assert asked(client, path, "2025-08-01")["stage"] == "construction"
    assert len(asked(client, f"{path}transitions/", "2025-06-30")) == 1
    assert len(asked(client, f"{path}transitions/", "2025-08-01")) == 2


def test_rights_are_todays_over_the_rows_of_the_day():
    with on("2025-03-01"):
        old, new = factories.DepartmentFactory(), factories.DepartmentFactory()
        milestone = factories.MilestoneFactory(project__lead_department=old)
        extension = ExtensionRequest.objects.create(
            milestone=milestone,
            due_on_before=milestone.due_on,
            new_due_on="2025-10-31",
            reason="雨季",
            progress="封顶",
            requested_by=factories.UserFactory(),
            requested_at=clock.now(),
        )
    with on("2025-08-01"):
        Project.objects.update(lead_department=new)
        # Whoever has come since reads what the department could see then.
        of_old, of_new = clients.reporter_of(old), clients.reporter_of(new)
    path = f"/api/v1/extension-requests/{extension.pk}/"
    assert of_old.get(path).status_code == 404
    assert of_new.get(path).status_code == 200
    assert asked(of_old, path, "2025-06-30")["reason"] == "雨季"
    assert of_new.get(path, {"as_of": "2025-06-30"}).status_code == 404


def test_an_answer_of_the_past_is_nothing_to_build_a_change_on():
    project = factories.ProjectFactory()
    client, path = clients.viewer(), f"/api/v1/projects/{project.pk}/"
    assert "ETag" in client.get(path)
    assert "ETag" not in client.get(path, {"as_of": clock.today().isoformat()})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("yesterday", "invalid"),
        ("2025-02-30", "invalid"),
        ("20250630", "invalid"),
        ("2025-W01-1", "invalid"),
        ("", "invalid"),
        ("9999-12-31", "invalid"),
        ("2099-01-01", "in_the_future"),
    ],
)
@pytest.mark.parametrize("address", ["", "1/"])
def test_a_day_that_is_none_or_has_not_come_is_named(given, code, address):
    response = clients.viewer().get(f"/api/v1/projects/{address}", {"as_of": given})
    assert response.status_code == 400
    assert clients.errors_of(response) == {"/as_of": code}


def test_a_change_or_a_history_takes_no_day():
    project = factories.ProjectFactory()
    path = f"/api/v1/projects/{project.pk}"
    client = clients.supervisor()
    for response in (
        client.get(f"{path}/history/?as_of=2025-01-01"),
        client.patch(f"{path}/?as_of=2025-01-01", {}, content_type="application/json"),
        client.post("/api/v1/projects/?as_of=2025-01-01", {}, content_type="application/json"),
    ):
        assert clients.errors_of(response) == {"/as_of": "unknown_parameter"}


@pytest.mark.long
@pytest.mark.parametrize("prefix", sorted(WITH_A_PAST))
def test_the_past_of_every_list_has_its_shape_and_stays_as_it_was(prefix):
    """Asked today, after a day of changes, for the day before: the answer of that day."""
    with on("2025-09-01"):
        admin = factories.AdministratorFactory()
        MAKERS[prefix](0)
        MAKERS[prefix](1)
    path = f"/api/v1/{prefix}/"
    client = clients.signed_in(admin)
    with on("2025-09-01", "13:00"):
        then = client.get(path).json()
    client.get("/api/v1/auth/me")  # a token's first use of the day is a write of its own
    with CaptureQueriesContext(connection) as few:
        assert sorted(map(str, asked(client, path, "2025-09-01")["results"])) == sorted(
            map(str, then["results"])
        )
    with on("2025-09-02"):
        for number in range(2, 6):
            MAKERS[prefix](number)
        for row in WITH_A_PAST[prefix].queryset.all()[:2]:
            _touch(row)
    with CaptureQueriesContext(connection) as many:
        now = asked(client, path, "2025-09-01")
    assert now == then
    assert len(few) == len(many)
    for row in then["results"]:
        assert asked(client, f"{path}{row['id']}/", "2025-09-01") == row
    assert asked(client, path, "2025-08-31")["results"] == []


def _touch(row) -> None:
    """Changes the row; facts, which are only added, stay as they are."""
    texts = [f for f in row._meta.fields if f.get_internal_type() == "CharField" and not f.choices]
    if hasattr(row, "version") and texts:
        with suppress(IntegrityError), transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk).update(**{texts[-1].name: "后来"})


def test_nothing_can_be_written_while_the_past_is_read():
    project = factories.ProjectFactory()
    with as_of.read_as_of(clock.today()), pytest.raises(RuntimeError):
        Project.objects.filter(pk=project.pk).update(name="改写")


def test_the_clock_stands_at_the_day_that_is_read():
    with as_of.read_as_of(dt.date(2025, 6, 30)):
        assert clock.today() == dt.date(2025, 6, 30)
    with time_machine.travel("2026-01-05T00:30:00+00:00"):
        assert clock.today() == dt.date(2026, 1, 5)


def session_setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


def test_whole_tables_are_joined_within_and_as_usual_afterwards():
    day = dt.date(2025, 6, 30)
    with as_of.join_whole_tables():
        assert session_setting("enable_nestloop") == "on"  # of the present nothing is changed
    with as_of.read_as_of(day), as_of.join_whole_tables():
        with as_of.join_whole_tables():
            assert session_setting("enable_nestloop") == "off"
        assert session_setting("enable_nestloop") == "off"
    assert session_setting("enable_nestloop") == "on"


def test_no_question_is_compiled_for_longer_than_it_runs():
    assert session_setting("jit") == "off"


@pytest.mark.parametrize("of_the_past", [False, True])
def test_a_light_is_the_override_or_that_of_the_newest_month_however_it_is_looked_up(of_the_past):
    with on("2025-09-01"):
        old = factories.MonthlyLightFactory(month=6, computed_colour="red")
        factories.MonthlyLightFactory(project=old.project, month=7, computed_colour="yellow")
        factories.MonthlyLightFactory(project=old.project, month=9, computed_colour="green")
        overridden = factories.MonthlyLightFactory(month=7, computed_colour="green").project
        override = {"starts_on": dt.date(2025, 7, 1), "ends_on": dt.date(2025, 8, 31)}
        factories.LightOverrideFactory(project=overridden, colour="red", **override)
        unlit = factories.ProjectFactory()
    day = dt.date(2025, 8, 15)
    reading = as_of.read_as_of(dt.date(2025, 9, 2)) if of_the_past else nullcontext()
    with reading:
        lights = dict(Project.objects.with_light(on=day).values_list("pk", "light"))
        red = set(Project.objects.with_light(on=day).filter(light="red"))
    assert lights == {old.project_id: "yellow", overridden.pk: "red", unlit.pk: None}
    assert red == {overridden}
