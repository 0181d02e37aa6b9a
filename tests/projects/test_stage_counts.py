"""完一批、开一批、纳一批、备一批: counted from the moves, each project once."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.core import clock
from projects.choices import Stage
from projects.programmes.stage_counts import stage_counts
from projects.register.models import StageTransition
from projects.register.rules import MOVES, STAGE_BATCHES, Move, find_arrivals, move_kind
from projects.register.services import transition_record, transition_revoke
from tests import clients, factories

pytestmark = pytest.mark.django_db
PATH = "/api/v1/stage-counts/"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def moved(project, to_stage: str, on: str, reason: str = ""):
    return transition_record(
        project=project, by=None, to_stage=to_stage, effective_on=day(on), reason=reason
    )


def counted(first: str = "2025-01-01", last: str = "2025-12-31", **which) -> dict[str, int]:
    found = stage_counts(first=day(first), last=day(last), **which)
    return {each.stage.value: each.count for each in found if each.count}


def test_each_move_counts_in_its_period_and_in_no_other():
    project = factories.ProjectFactory(stage="reserve")
    moved(project, "preparation", "2025-02-01")
    moved(project, "construction", "2025-04-01")
    moved(project, "commissioned", "2025-06-30")
    moved(project, "enrolled", "2025-07-01")
    assert counted() == {"construction": 1, "commissioned": 1, "enrolled": 1}
    assert counted("2025-04-01", "2025-06-30") == {"construction": 1, "commissioned": 1}
    assert counted("2025-07-01", "2025-07-01") == {"enrolled": 1}
    assert counted("2024-01-01", "2024-12-31") == {"reserve": 1}


def test_commissioned_taken_back_and_commissioned_again_counts_once():
    project = factories.ProjectFactory(stage="construction")
    transition_revoke(
        transition=moved(project, "commissioned", "2025-03-01"), by=None, reason="误报"
    )
    assert counted() == {}
    moved(project, "commissioned", "2025-05-01")
    assert counted() == {"commissioned": 1}


def test_moved_back_and_commissioned_again_counts_once_on_the_day_that_stands():
    project = factories.ProjectFactory(stage="construction")
    moved(project, "commissioned", "2025-03-01")
    moved(project, "construction", "2025-04-01", reason="验收未通过")
    assert counted() == {}
    moved(project, "commissioned", "2025-06-01")
    assert counted("2025-01-01", "2025-03-31") == {}
    assert counted() == {"commissioned": 1}


def test_going_on_after_a_suspension_or_a_registration_is_no_start():
    project = factories.ProjectFactory(stage="construction")
    moved(project, "suspended", "2025-03-01")
    moved(project, "construction", "2025-04-01")
    assert counted("2024-01-01", "2025-12-31") == {}


def test_a_start_stands_although_the_project_was_cancelled_later():
    project = factories.ProjectFactory(stage="preparation")
    moved(project, "construction", "2025-03-01")
    moved(project, "cancelled", "2025-04-01", reason="业主退出")
    assert counted() == {"construction": 1}


def test_enrolment_counts_companies_by_code_then_name_then_project():
    owners = [
        {"owner_credit_code": "91150200MA0N0N0N0N", "owner_company": "甲"},
        {"owner_credit_code": "91150200MA0N0N0N0N", "owner_company": "甲公司"},
        {"owner_company": "乙"},
        {"owner_company": "乙"},
        {},
        {},
    ]
    for owner in owners:
        moved(factories.ProjectFactory(stage="commissioned", **owner), "enrolled", "2025-03-01")
    found = {e.stage: e for e in stage_counts(first=day("2025-01-01"), last=day("2025-12-31"))}
    assert (found[Stage.ENROLLED].count, found[Stage.ENROLLED].projects) == (4, 6)


def test_of_a_programme_only_what_stands_in_it_on_the_day_counts():
    programme = factories.ProgrammeFactory()
    inside, left, left_later, outside = (
        factories.ProjectFactory(stage="construction") for _ in range(4)
    )
    factories.ProgrammeEntryFactory(programme=programme, project=inside)
    gone = {"leave_approval": "包政办〔2025〕9 号"}
    factories.ProgrammeEntryFactory(
        programme=programme, project=left, left_on=day("2025-03-01"), **gone
    )
    factories.ProgrammeEntryFactory(
        programme=programme, project=left_later, left_on=day("2025-09-01"), **gone
    )
    for project in (inside, left, left_later, outside):
        moved(project, "commissioned", "2025-05-01")
    assert counted() == {"commissioned": 4}
    assert counted(year=2025) == {"commissioned": 2}
    assert counted(year=2024) == {}


@st.composite
def histories(draw):
    """Some moves of one project, each allowed where it stands, some of them taken back."""
    steps, stage, came_from = [], "reserve", None
    for _ in range(draw(st.integers(0, 8))):
        allowed = [
            to
            for to in MOVES[Stage(stage)]
            if to != Stage.CANCELLED
            and move_kind(
                from_stage=stage, to_stage=to, category="industry", suspended_from=came_from
            )
        ]
        to_stage = draw(st.sampled_from(allowed))
        taken_back = draw(st.booleans()) and draw(st.booleans())
        steps.append((to_stage, draw(st.integers(0, 40)), taken_back))
        if not taken_back:
            stage, came_from = to_stage.value, stage
    return steps


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(histories(), st.integers(0, 200))
def test_sql_counts_what_the_rule_counts_and_periods_add_up(steps, cut):
    project = factories.ProjectFactory(stage="reserve")
    on = day("2025-01-01")
    for to_stage, wait, taken_back in steps:
        on = min(on + dt.timedelta(days=wait), day("2025-09-01"))
        move = moved(project, to_stage.value, on.isoformat(), reason="调整")
        if taken_back:
            transition_revoke(transition=move, by=None, reason="误报")
    in_force = project.transitions.in_force().order_by("effective_on", "recorded_at", "id")
    expected = find_arrivals(in_force)
    for batch in STAGE_BATCHES:
        arrivals = StageTransition.objects.filter(project=project).arrivals(batch)
        assert [move.pk for move in arrivals] == (
            [expected[batch.stage].pk] if batch.stage in expected else []
        )
    middle = day("2025-01-01") + dt.timedelta(days=cut)
    mine = {"projects": type(project).objects.filter(pk=project.pk)}
    halves = [
        stage_counts(first=day("2024-01-01"), last=middle, **mine),
        stage_counts(first=middle + dt.timedelta(days=1), last=day("2025-12-31"), **mine),
    ]
    whole = stage_counts(first=day("2024-01-01"), last=day("2025-12-31"), **mine)
    for before, after, both in zip(*halves, whole, strict=True):
        assert before.projects + after.projects == both.projects <= 1


def test_the_two_tables_speak_of_the_same_stages():
    assert set(MOVES) == set(Stage)
    for batch in STAGE_BATCHES:
        forward = {one for one, moves in MOVES.items() if moves.get(batch.stage) == Move.FORWARD}
        assert forward <= batch.comes_from


class TestEndpoint:
    def test_everyone_signed_in_may_ask(self):
        body = clients.viewer().get(f"{PATH}?from=2025-01-01&to=2025-06-30").json()
        assert body["from"] == "2025-01-01"
        assert body["to"] == "2025-06-30"
        assert [batch["name"] for batch in body["batches"]] == [
            "完一批",
            "开一批",
            "纳一批",
            "备一批",
        ]
        assert clients.Client().get(PATH).status_code == 401

    def test_filters_narrow_the_projects(self):
        for cluster in ("steel", "copper", "rare_earth"):
            project = factories.ProjectFactory(stage="construction", cluster=cluster)
            moved(project, "commissioned", "2025-05-01")
        client = clients.viewer()
        body = client.get(f"{PATH}?to=2025-12-31&cluster=steel,copper").json()
        assert body["batches"][0]["count"] == 2
        code = project.lead_department.code
        body = client.get(f"{PATH}?to=2025-12-31&lead_department={code}").json()
        assert body["batches"][0]["count"] == 1

    @pytest.mark.parametrize(
        ("query", "pointer", "code"),
        [
            ("colour=red", "/colour", "unknown_parameter"),
            ("from=yesterday", "/from", "invalid"),
            ("from=2025-02-01&to=2025-01-01", "/to", "before_from"),
            ("programme=2031", "/programme", "does_not_exist"),
            ("cluster=gold", "/cluster", "invalid_choice"),
            ("as_of=2999-01-01", "/as_of", "in_the_future"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, query, pointer, code):
        response = clients.viewer().get(f"{PATH}?{query}")
        assert clients.errors_of(response) == {pointer: code}

    def test_a_past_days_answer_stays_the_same(self):
        moment = dt.datetime(2025, 6, 30, 12, tzinfo=clock.CITY_TIME)
        with clock.at(moment):
            project = factories.ProjectFactory(stage="construction")
            factories.ProgrammeEntryFactory(project=project)
            move = moved(project, "commissioned", "2025-06-30")
        asked = f"{PATH}?programme=2025&as_of="
        client = clients.viewer()
        before = client.get(f"{asked}2025-06-30").json()
        assert before["batches"][0]["count"] == 1
        with clock.at(moment + dt.timedelta(days=10)):
            transition_revoke(transition=move, by=None, reason="误报")
        assert client.get(f"{asked}2025-06-30").json() == before
        assert client.get(f"{asked}2025-07-10").json()["batches"][0]["count"] == 0
        assert client.get(f"{asked}2025-06-29&from=2025-01-01", follow=True).status_code == 400

    def test_queries_do_not_grow_with_the_projects(self):
        client = clients.viewer()
        client.get(PATH)
        counts = []
        for more in (1, 6):
            for _ in range(more):
                moved(factories.ProjectFactory(stage="construction"), "commissioned", "2025-05-01")
            with CaptureQueriesContext(connection) as captured:
                client.get(f"{PATH}?to=2025-12-31")
            counts.append(len(captured))
        assert counts[0] == counts[1] <= 9  # five of them count
