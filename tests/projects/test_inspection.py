"""The quarterly inspection: rounds, and scores that cannot be wrong."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from projects.inspections.models import InspectionCriterion, InspectionRound, InspectionScore
from tests import clients, factories

pytestmark = pytest.mark.django_db
SCORES = "/api/v1/inspection-scores/"
ROUNDS = "/api/v1/inspection-rounds/"


class Scene:
    """An open round with a judge, an entry and a criterion."""

    def __init__(self, quarter: int = 1) -> None:
        self.round = factories.OpenRoundFactory(quarter=quarter)
        self.criterion = self.round.criteria.get()
        self.judge = factories.InspectionJudgeFactory(
            inspection_round=self.round,
            user=factories.MembershipFactory(role="judge").user,
        )
        self.entry = factories.InspectionEntryFactory(inspection_round=self.round)

    def body(self, **changes) -> dict:
        return {
            "entry": self.entry.pk,
            "judge": self.judge.pk,
            "criterion": self.criterion.pk,
            "points": "88.50",
            **changes,
        }

    def insert(self, **changes) -> None:
        """Writes a score by raw SQL, past every line of Python."""
        row = self.body(inspection_round=self.round.pk, **changes)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO projects_inspectionscore"
                " (inspection_round_id, entry_id, judge_id, criterion_id, points, version)"
                " VALUES (%(inspection_round)s, %(entry)s, %(judge)s, %(criterion)s,"
                " %(points)s::numeric, 1)",
                row,
            )


def test_a_judge_scores_an_entry_of_an_open_round():
    scene = Scene()
    response = clients.post(clients.signed_in(scene.judge.user), SCORES, scene.body())
    assert response.status_code == 201, response.json()
    assert response.json()["points"] == "88.5"


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ("101", "range"),
        ("100.01", "range"),
        ("-1", "range"),
        ("-0.01", "range"),
        ("88.888", "decimals"),
        ("88.001", "decimals"),
        ("NaN", "invalid"),
        ("many", "invalid"),
    ],
)
def test_wrong_points_are_refused_with_the_reason_and_the_value(points, code):
    scene = Scene()
    response = clients.post(clients.supervisor(), SCORES, scene.body(points=points))
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"], error["value"]) == ("/points", code, points)
    assert InspectionScore.objects.count() == 0


@pytest.mark.parametrize("points", ["0", "100", "88.88", "88.880"])
def test_the_bounds_themselves_are_good_points(points):
    scene = Scene()
    response = clients.post(clients.supervisor(), SCORES, scene.body(points=points))
    assert response.status_code == 201, response.json()


def test_a_second_score_of_the_same_judge_for_the_same_criterion_is_refused():
    scene = Scene()
    supervisor = clients.supervisor()
    clients.post(supervisor, SCORES, scene.body())
    response = clients.post(supervisor, SCORES, scene.body(points="70"))
    assert response.status_code == 400
    assert "已打过分" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("part", ["judge", "criterion"])
def test_a_judge_or_criterion_of_another_round_is_refused_by_name(part):
    scene, other = Scene(1), Scene(2)
    body = scene.body(**{part: getattr(other, part).pk})
    response = clients.post(clients.supervisor(), SCORES, body)
    assert response.status_code == 400
    assert clients.errors_of(response) == {f"/{part}": "other_round"}


@pytest.mark.parametrize("points", ["101", "-1", "88.888"])
def test_the_database_refuses_wrong_points_by_raw_sql(points):
    scene = Scene()
    with pytest.raises(IntegrityError, match="inspectionscore_"):
        scene.insert(points=points)


def test_the_database_refuses_a_duplicate_by_raw_sql():
    scene = Scene()
    scene.insert()
    with pytest.raises(IntegrityError, match="inspectionscore_once"):
        scene.insert(points="70")


@pytest.mark.parametrize("part", ["entry", "judge", "criterion"])
def test_the_database_refuses_parts_of_another_round_by_raw_sql(part):
    scene, other = Scene(1), Scene(2)
    with pytest.raises(IntegrityError, match=f"inspectionscore_{part}_of_round"):
        scene.insert(**{part: getattr(other, part).pk})


def test_a_judge_does_not_score_in_another_judges_name():
    scene = Scene()
    other = factories.InspectionJudgeFactory(
        inspection_round=scene.round, user=factories.MembershipFactory(role="judge").user
    )
    response = clients.post(clients.signed_in(other.user), SCORES, scene.body())
    assert response.status_code == 403
    assert InspectionScore.objects.count() == 0


def test_judges_see_their_own_scores_only_until_publication():
    scene = Scene()
    other = factories.InspectionJudgeFactory(
        inspection_round=scene.round, user=factories.MembershipFactory(role="judge").user
    )
    scene.insert()
    scene.insert(judge=other.pk)
    judge = clients.signed_in(scene.judge.user)
    assert judge.get(SCORES).json()["count"] == 1
    InspectionRound.objects.filter(pk=scene.round.pk).update(
        status="published", approved_at="2025-10-01T09:00+08:00"
    )
    assert judge.get(SCORES).json()["count"] == 2


def test_an_unpublished_score_is_hidden_from_a_department_that_has_no_part_in_it():
    scene = Scene()
    scene.insert()
    concerned = clients.reporter_of(scene.entry.project.lead_department)
    stranger = clients.reporter_of(factories.DepartmentFactory())
    score = InspectionScore.objects.get()
    assert concerned.get(f"{SCORES}{score.pk}/").status_code == 200
    assert stranger.get(f"{SCORES}{score.pk}/").status_code == 404
    assert stranger.get(f"{SCORES}{score.pk}/history/").status_code == 404


def test_no_score_comes_in_before_a_round_is_open_or_after_it_is_closed():
    scene = Scene()
    for status in ("draft", "closed", "published"):
        InspectionRound.objects.filter(pk=scene.round.pk).update(
            status=status, approved_at="2025-10-01T09:00+08:00"
        )
        response = clients.post(clients.supervisor(), SCORES, scene.body())
        assert response.status_code == 409


def test_a_score_changes_while_the_round_is_open():
    scene = Scene()
    scene.insert()
    score = InspectionScore.objects.get()
    judge = clients.signed_in(scene.judge.user)
    response = clients.patch(judge, f"{SCORES}{score.pk}/", {"points": "90"})
    assert response.status_code == 200
    refused = clients.patch(judge, f"{SCORES}{score.pk}/", {"points": "100.5"})
    assert clients.errors_of(refused) == {"/points": "range"}


def test_a_round_is_prepared_with_criteria_and_judges_and_then_opened():
    judge = factories.UserFactory()
    supervisor = clients.supervisor()
    body = {
        "year": 2025,
        "quarter": 3,
        "criteria": [{"name": "形象进度", "weight": "60"}, {"name": "质量安全", "weight": "40"}],
        "judges": [{"user": judge.pk}],
    }
    made = clients.post(supervisor, ROUNDS, body)
    assert made.status_code == 201, made.json()
    row = made.json()
    assert [c["weight"] for c in row["criteria"]] == ["60", "40"]
    assert row["judges"][0]["user"] == judge.pk
    opened = clients.post(supervisor, f"{ROUNDS}{row['id']}/open/", {})
    assert opened.json()["status"] == "open"


def test_a_round_is_by_default_one_score_on_site():
    made = clients.post(clients.supervisor(), ROUNDS, {"year": 2025, "quarter": 3})
    assert [(c["name"], c["weight"]) for c in made.json()["criteria"]] == [("现场得分", "100")]


def test_weights_that_do_not_add_up_to_100_are_refused_and_no_round_is_left_behind():
    body = {"year": 2025, "quarter": 3, "criteria": [{"name": "甲", "weight": "90"}]}
    response = clients.post(clients.supervisor(), ROUNDS, body)
    assert clients.errors_of(response) == {"/criteria": "weights"}
    assert InspectionRound.objects.count() == 0


def test_the_database_opens_no_round_whose_weights_do_not_add_up():
    prepared = factories.DraftRoundFactory()
    InspectionCriterion.objects.update(weight=Decimal(90))
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionRound.objects.filter(pk=prepared.pk).update(status="open")


def test_a_round_without_judges_is_not_opened():
    prepared = factories.DraftRoundFactory()
    response = clients.post(clients.supervisor(), f"{ROUNDS}{prepared.pk}/open/", {})
    assert clients.errors_of(response) == {"/judges": "required"}


def test_an_open_rounds_criteria_are_fixed():
    scene = Scene()
    response = clients.patch(
        clients.supervisor(),
        f"{ROUNDS}{scene.round.pk}/",
        {"criteria": [{"name": "甲", "weight": "100"}]},
    )
    assert response.status_code == 409


def test_one_round_a_quarter():
    factories.DraftRoundFactory(year=2025, quarter=2)
    response = clients.post(clients.supervisor(), ROUNDS, {"year": 2025, "quarter": 2})
    assert response.status_code == 400
    assert "已存在" in response.json()["errors"][0]["message"]


def test_a_reporter_opens_no_round():
    prepared = factories.DraftRoundFactory()
    reporter = clients.reporter_of(factories.DepartmentFactory())
    assert clients.post(reporter, f"{ROUNDS}{prepared.pk}/open/", {}).status_code == 403


@pytest.mark.parametrize("field", ["entry", "judge", "criterion"])
def test_a_score_is_not_moved_to_another_round(field):
    here, there = Scene(quarter=1), Scene(quarter=2)
    supervisor = clients.supervisor()
    score = clients.post(supervisor, SCORES, here.body()).json()
    moved = {field: there.body()[field]}
    response = clients.patch(supervisor, f"{SCORES}{score['id']}/", moved)
    assert response.status_code == 400
    assert clients.errors_of(response) == {f"/{field}": "other_round"}
