"""From the last score to the published ranking: who is waited for, who decides, what is frozen."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.tools.synthetic.remove import synthetic_remove
from projects import deadlines
from projects.inspections import results as inspection_results
from projects.inspections.models import (
    Amendment,
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionResult,
    InspectionRound,
    InspectionScore,
)
from projects.register.models import Project
from tests import clients, factories

pytestmark = pytest.mark.django_db
ROUNDS = "/api/v1/inspection-rounds/"
ENTRIES = "/api/v1/inspection-entries/"
SCORES = "/api/v1/inspection-scores/"
DEDUCTIONS = "/api/v1/inspection-deductions/"
WHOLE_SITE = {"现场得分": "100"}


class Quarter:
    """A round made over HTTP by a supervisor, with judges (by group) and projects to be shown."""

    def __init__(self, judges=1, groups=None, criteria=None, **fields) -> None:
        self.supervisor = clients.supervisor()
        self.leader = clients.signed_in(factories.MembershipFactory(role="leader").user)
        groups = groups or {}
        places = [(n, g) for g, (_w, many) in groups.items() for n in range(many)]
        users = [
            factories.MembershipFactory(role="judge", user__name=f"评委{number}").user
            for number in range(len(places) or judges)
        ]
        named = [{"user": user.pk} for user in users]
        for line, (_n, group) in zip(named, places, strict=False):
            line["group"] = group
        body = {
            "year": 2025,
            "quarter": 3,
            "judges": named,
            "judge_groups": [{"name": g, "weight": w} for g, (w, _many) in groups.items()],
            "criteria": [
                {"name": name, "weight": weight}
                for name, weight in (criteria or WHOLE_SITE).items()
            ],
            **fields,
        }
        made = clients.post(self.supervisor, ROUNDS, body)
        assert made.status_code == 201, made.json()
        self.row = made.json()
        self.pk = self.row["id"]
        self.judges = [each["id"] for each in self.row["judges"]]
        self.criteria = [each["id"] for each in self.row["criteria"]]

    @property
    def round(self) -> InspectionRound:
        return InspectionRound.objects.get(pk=self.pk)

    def show(self, project=None, **fields) -> int:
        project = project or factories.ProjectFactory()
        body = {"inspection_round": self.pk, "project": project.pk, **fields}
        made = clients.post(self.supervisor, ENTRIES, body)
        assert made.status_code == 201, made.json()
        return made.json()["id"]

    def do(self, verb: str, body=None, client=None):
        return clients.post(client or self.supervisor, f"{ROUNDS}{self.pk}/{verb}/", body or {})

    def open(self) -> "Quarter":
        assert self.do("open").status_code == 200
        return self

    def score(self, entry: int, *points: str, judge: int | None = None) -> None:
        """Gives each judge's points for an entry, under every criterion the same."""
        judges = self.judges if judge is None else [self.judges[judge]]
        for judge_id, given in zip(judges, points, strict=False):
            for criterion in self.criteria:
                body = {"entry": entry, "judge": judge_id, "criterion": criterion, "points": given}
                made = clients.post(self.supervisor, SCORES, body)
                assert made.status_code == 201, made.json()

    def publish(self) -> "Quarter":
        assert self.do("close").status_code == 200
        assert self.do("approve", client=self.leader).status_code == 200
        published = self.do("publish")
        assert published.status_code == 200, published.json()
        return self

    def results(self, query: str = "", client=None) -> list[dict]:
        answer = (client or self.supervisor).get(f"{ROUNDS}{self.pk}/results/{query}")
        assert answer.status_code == 200, answer.json()
        return answer.json()["results"]

    def points(self, query: str = "") -> dict[int, tuple[str, int]]:
        return {row["entry"]: (row["points"], row["rank"]) for row in self.results(query)}


def amend(client, score, points="80", reason="登记有误"):
    pk = getattr(score, "pk", score)
    return clients.post(client, f"{SCORES}{pk}/amend/", {"points": points, "reason": reason})


# Preparing ---------------------------------------------------------------------------------------
def test_a_round_is_prepared_with_weighted_groups_of_judges():
    quarter = Quarter(groups={"市领导": ("60", 2), "部门": ("40", 1)}, site_share="70")
    assert [(g["name"], g["weight"]) for g in quarter.row["judge_groups"]] == [
        ("市领导", "60"),
        ("部门", "40"),
    ]
    assert [j["group"] for j in quarter.row["judges"]] == ["市领导", "市领导", "部门"]
    assert (quarter.row["site_share"], quarter.row["deduction_cap"]) == ("70", "5")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"judge_groups": [{"name": "甲", "weight": "90"}]}, "/judge_groups", "weights"),
        (
            {"judge_groups": [{"name": "甲", "weight": "50"}, {"name": "甲", "weight": "50"}]},
            "/judge_groups",
            "unique",
        ),
        ({"judge_groups": []}, "/judge_groups", "group_in_use"),
        ({"site_share": "101"}, "/site_share", "max_value"),
        ({"approved_by": 1}, "/approved_by", "read_only"),
    ],
)
def test_wrong_groups_and_shares_are_refused(changes, pointer, code):
    quarter = Quarter(groups={"市领导": ("60", 1), "部门": ("40", 1)})
    response = clients.patch(quarter.supervisor, f"{ROUNDS}{quarter.pk}/", changes)
    assert response.status_code == 400
    assert clients.errors_of(response) == {pointer: code}


def test_a_judge_of_an_unknown_group_is_refused():
    quarter = Quarter()
    judges = [{"user": quarter.row["judges"][0]["user"], "group": "仙界"}]
    response = clients.patch(quarter.supervisor, f"{ROUNDS}{quarter.pk}/", {"judges": judges})
    assert clients.errors_of(response) == {"/judges": "no_such_group"}


def test_groups_and_their_judges_change_together():
    quarter = Quarter(groups={"市领导": ("60", 1), "部门": ("40", 1)})
    body = {
        "judge_groups": [{"name": "全体", "weight": "100"}],
        "judges": [{"user": j["user"], "group": "全体"} for j in quarter.row["judges"]],
    }
    response = clients.patch(quarter.supervisor, f"{ROUNDS}{quarter.pk}/", body)
    assert response.status_code == 200, response.json()
    assert [j["group"] for j in response.json()["judges"]] == ["全体", "全体"]
    assert [j["id"] for j in response.json()["judges"]] == quarter.judges


def test_a_round_opens_only_when_each_judge_has_a_group_and_each_group_a_judge():
    quarter = Quarter(groups={"市领导": ("60", 1), "部门": ("40", 1)})
    path = f"{ROUNDS}{quarter.pk}/"
    users = [each["user"] for each in quarter.row["judges"]]
    one_left = [{"user": users[0], "group": "市领导"}, {"user": users[1]}]
    clients.patch(quarter.supervisor, path, {"judges": one_left})
    assert clients.errors_of(quarter.do("open")) == {"/judges": "group_required"}
    both_in_one = [{"user": user, "group": "市领导"} for user in users]
    clients.patch(quarter.supervisor, path, {"judges": both_in_one})
    assert clients.errors_of(quarter.do("open")) == {"/judge_groups": "group_empty"}


def test_a_draft_round_with_groups_and_judges_is_deleted_whole():
    quarter = Quarter(groups={"市领导": ("100", 1)})
    response = quarter.supervisor.delete(f"{ROUNDS}{quarter.pk}/")
    assert response.status_code == 204, response.json()
    assert not InspectionJudge._default_manager.exists()


def test_economic_data_need_a_source():
    quarter = Quarter(site_share="70")
    body = {"inspection_round": quarter.pk, "project": factories.ProjectFactory().pk}
    refused = clients.post(quarter.supervisor, ENTRIES, body | {"data_points": "80"})
    assert clients.errors_of(refused) == {"/data_source": "required"}
    entry = quarter.show(data_points="80", data_source="市统计局快报")
    row = quarter.supervisor.get(f"{ENTRIES}{entry}/").json()
    assert (row["data_points"], row["data_source"]) == ("80", "市统计局快报")


# Who may score -----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["judge", "reporter"])
@pytest.mark.parametrize("distance", ["own", "below"])
def test_a_judge_does_not_score_the_own_departments_project(role, distance):
    quarter = Quarter(judges=2)
    bureau = factories.DepartmentFactory()
    leading = bureau if distance == "own" else factories.DepartmentFactory(parent=bureau)
    user = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    factories.MembershipFactory(user=user, department=bureau, role=role)
    entry = quarter.show(factories.ProjectFactory(name="新材料园", lead_department=leading))
    quarter.open()
    body = {
        "entry": entry,
        "judge": quarter.judges[0],
        "criterion": quarter.criteria[0],
        "points": "99",
    }
    for client in (clients.signed_in(user), quarter.supervisor):
        response = clients.post(client, SCORES, body)
        assert response.status_code == 400
        assert clients.errors_of(response) == {"/judge": "own_department"}
        assert "新材料园" in response.json()["errors"][0]["message"]
    assert not InspectionScore.objects.exists()


def test_a_judge_scores_a_project_of_the_department_above_the_own_one():
    quarter = Quarter()
    bureau = factories.DepartmentFactory()
    user = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    factories.MembershipFactory(
        user=user, department=factories.DepartmentFactory(parent=bureau), role="judge"
    )
    entry = quarter.show(factories.ProjectFactory(lead_department=bureau))
    quarter.open()
    quarter.score(entry, "90")


def test_a_score_that_nobody_may_give_is_not_waited_for():
    quarter = Quarter(judges=2)
    project = factories.ProjectFactory()
    user = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    factories.MembershipFactory(user=user, department=project.lead_department, role="reporter")
    entry = quarter.show(project)
    quarter.open()
    quarter.score(entry, "88", judge=1)
    quarter.publish()
    assert quarter.points() == {entry: ("88.00", 1)}


def test_an_entry_that_no_judge_may_score_keeps_the_round_open():
    quarter = Quarter()
    project = factories.ProjectFactory(name="新材料园")
    user = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    factories.MembershipFactory(user=user, department=project.lead_department, role="reporter")
    quarter.show(project)
    refused = quarter.open().do("close")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["code"] == "nobody_scored"
    assert "新材料园" in refused.json()["detail"]


def test_a_score_does_not_change_hands():
    quarter = Quarter(judges=2)
    entry = quarter.show()
    quarter.open().score(entry, "90", judge=0)
    score = InspectionScore.objects.get()
    response = clients.patch(
        quarter.supervisor, f"{SCORES}{score.pk}/", {"judge": quarter.judges[1]}
    )
    assert clients.errors_of(response) == {"/judge": "fixed"}


# Closing -----------------------------------------------------------------------------------------
def test_a_round_with_a_missing_score_is_not_closed_and_says_whose():
    quarter = Quarter(judges=2)
    entry = quarter.show(factories.ProjectFactory(name="新材料园"))
    quarter.open().score(entry, "90", judge=0)
    refused = quarter.do("close")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["code"] == "scores_missing"
    assert "还缺 1 个评分: 评委1: 新材料园 (现场得分)" in refused.json()["detail"]
    provisional = quarter.supervisor.get(f"{ROUNDS}{quarter.pk}/results/").json()
    assert provisional["missing_count"] == 1
    assert provisional["missing"][0]["judge_name"] == "评委1"


def test_an_absent_judge_is_not_waited_for_and_a_score_already_given_does_not_count():
    quarter = Quarter(judges=2)
    first, second = quarter.show(), quarter.show()
    quarter.open()
    quarter.score(first, "90", "70")
    quarter.score(second, "80", judge=0)
    marked = quarter.do("mark-absent", {"judge": quarter.judges[1]})
    assert [j["absent"] for j in marked.json()["judges"]] == [False, True]
    quarter.publish()
    assert quarter.points() == {first: ("90.00", 1), second: ("80.00", 2)}


def test_an_absent_judge_does_not_score_until_the_absence_is_taken_back():
    quarter = Quarter()
    entry = quarter.show()
    quarter.open().do("mark-absent", {"judge": quarter.judges[0]})
    body = {
        "entry": entry,
        "judge": quarter.judges[0],
        "criterion": quarter.criteria[0],
        "points": "90",
    }
    refused = clients.post(quarter.supervisor, SCORES, body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "judge_absent")
    quarter.do("mark-absent", {"judge": quarter.judges[0], "absent": False})
    assert clients.post(quarter.supervisor, SCORES, body).status_code == 201


def test_who_has_not_seen_that_a_judge_is_absent_overwrites_nothing():
    quarter = Quarter()
    path = f"{ROUNDS}{quarter.pk}/"
    seen = quarter.supervisor.get(path).headers["ETag"]
    quarter.do("mark-absent", {"judge": quarter.judges[0]})
    response = quarter.supervisor.patch(
        path,
        {"ends_on": "2025-10-01"},
        content_type="application/json",
        headers={"If-Match": seen},
    )
    assert response.status_code == 412
    assert response.json()["current"]["judges"][0]["absent"] is True


def test_a_judge_of_another_round_is_not_marked_absent_here():
    quarter = Quarter()
    other = factories.InspectionJudgeFactory(inspection_round__year=2024)
    refused = quarter.do("mark-absent", {"judge": other.pk})
    assert clients.errors_of(refused) == {"/judge": "other_round"}


def test_with_all_judges_absent_nothing_can_be_closed():
    quarter = Quarter()
    quarter.show()
    quarter.open().do("mark-absent", {"judge": quarter.judges[0]})
    assert quarter.do("close").json()["errors"][0]["code"] == "nobody_scored"


def test_a_withdrawn_entry_is_neither_waited_for_nor_scored_nor_ranked():
    quarter = Quarter()
    stays, leaves = quarter.show(), quarter.show()
    quarter.open().score(stays, "90")
    withdrawn = clients.post(quarter.supervisor, f"{ENTRIES}{leaves}/withdraw/", {})
    assert withdrawn.json()["withdrawn"] is True
    assert withdrawn.headers["ETag"] == f'"{withdrawn.json()["version"]}"'
    again = clients.post(quarter.supervisor, f"{ENTRIES}{leaves}/withdraw/", {})
    assert again.status_code == 409
    body = {
        "entry": leaves,
        "judge": quarter.judges[0],
        "criterion": quarter.criteria[0],
        "points": "90",
    }
    refused = clients.post(quarter.supervisor, SCORES, body)
    assert refused.json()["errors"][0]["code"] == "entry_withdrawn"
    quarter.publish()
    assert quarter.points() == {stays: ("90.00", 1)}


def test_a_round_without_entries_is_not_closed():
    assert Quarter().open().do("close").json()["errors"][0]["code"] == "no_entries"


def test_nothing_is_scored_once_the_round_is_closed():
    quarter = Quarter()
    entry = quarter.show()
    quarter.open().score(entry, "90")
    assert quarter.do("close").json()["status"] == "closed"
    score = InspectionScore.objects.get()
    path = f"{SCORES}{score.pk}/"
    assert clients.patch(quarter.supervisor, path, {"points": "91"}).status_code == 409
    assert quarter.supervisor.delete(path).status_code == 409
    assert quarter.do("mark-absent", {"judge": quarter.judges[0]}).status_code == 409


# Results -----------------------------------------------------------------------------------------
def test_the_result_of_seven_judges_in_two_groups_with_data_and_a_deduction():
    """Worked out by hand.

    市领导 (weight 60), five judges, 85 88 90 91 60: 60 and 91 are left out,
    (85 + 88 + 90) / 3 = 87.6667 → 87.67. 部门 (40), two judges, 80 and 85: 82.50.
    On site (60 × 87.67 + 40 × 82.50) / 100 = 52.602 + 33 = 85.602 → 85.60.
    Data 92.5 at 30 %: 85.60 × 0.7 + 92.5 × 0.3 = 59.92 + 27.75 = 87.67; less 1.5 = 86.17.
    """
    quarter = Quarter(groups={"市领导": ("60", 5), "部门": ("40", 2)}, site_share="70")
    entry = quarter.show(data_points="92.5", data_source="市统计局")
    quarter.open().score(entry, "85", "88", "90", "91", "60", "80", "85")
    taken = {"entry": entry, "points": "1.5", "reason": "现场管理被通报"}
    assert clients.post(quarter.supervisor, DEDUCTIONS, taken).status_code == 201
    quarter.publish()
    [row] = quarter.results()
    assert [row[name] for name in ("site_points", "data_points", "deducted", "points")] == [
        "85.60", "92.50", "1.50", "86.17",
    ]  # fmt: skip
    [stored] = quarter.supervisor.get(f"/api/v1/inspection-results/?entry={entry}").json()[
        "results"
    ]
    assert (stored["points"], stored["rank"], stored["revision"]) == ("86.17", 1, 1)


@pytest.mark.parametrize(("method", "result"), [("trimmed_mean", "88.00"), ("mean", "78.60")])
def test_the_method_says_whether_the_extremes_count(method, result):
    """Trimmed: (88 + 86 + 90) / 3 = 88; else (88 + 86 + 90 + 99 + 30) / 5 = 78.6."""
    quarter = Quarter(judges=5, method=method)
    entry = quarter.show()
    quarter.open().score(entry, "88", "86", "90", "99", "30")
    assert quarter.publish().points() == {entry: (result, 1)}


def test_one_judge_is_enough_and_criteria_are_weighted():
    quarter = Quarter(criteria={"形象进度": "60", "质量": "40"})
    entry = quarter.show()
    quarter.open()
    for criterion, points in zip(quarter.criteria, ("90", "80.5"), strict=True):
        body = {
            "entry": entry,
            "judge": quarter.judges[0],
            "criterion": criterion,
            "points": points,
        }
        clients.post(quarter.supervisor, SCORES, body)
    # 90 × 0.6 + 80.5 × 0.4 = 54 + 32.2
    assert quarter.publish().points() == {entry: ("86.20", 1)}


def test_half_a_hundredth_is_rounded_up():
    """88.12 and 88.13: 88.125, which half to even would make 88.12."""
    quarter = Quarter(judges=2)
    entry = quarter.show()
    quarter.open().score(entry, "88.12", "88.13")
    assert quarter.publish().points() == {entry: ("88.13", 1)}


def test_equal_results_share_a_rank_and_leagues_are_ranked_apart():
    quarter = Quarter()
    points = {"90": "旗县区", "80": "旗县区", "80.00": "旗县区", "70": "旗县区", "60": "市直"}
    shown = {quarter.show(league=league): given for given, league in points.items()}
    quarter.open()
    for entry, given in shown.items():
        quarter.score(entry, given)
    quarter.publish()
    assert [rank for _points, rank in (quarter.points()[e] for e in shown)] == [1, 2, 2, 4, 1]


def test_deductions_are_capped_by_the_round():
    quarter = Quarter(deduction_cap="3")
    entry = quarter.show()
    quarter.open().score(entry, "90")
    for _twice in range(2):
        body = {"entry": entry, "points": "2", "reason": "通报"}
        clients.post(quarter.supervisor, DEDUCTIONS, body)
    assert quarter.publish().points() == {entry: ("87.00", 1)}


def test_a_deduction_needs_a_reason_and_does_not_move_to_another_entry():
    quarter = Quarter()
    entry, other = quarter.show(), quarter.show()
    body = {"entry": entry, "points": "2", "reason": ""}
    assert clients.errors_of(clients.post(quarter.supervisor, DEDUCTIONS, body)) == {
        "/reason": "blank"
    }
    made = clients.post(quarter.supervisor, DEDUCTIONS, body | {"reason": "通报"}).json()
    path = f"{DEDUCTIONS}{made['id']}/"
    moved = clients.patch(quarter.supervisor, path, {"entry": other})
    assert clients.errors_of(moved) == {"/entry": "fixed"}
    changed = clients.patch(quarter.supervisor, path, {"points": "1.25"})
    assert changed.json()["points"] == "1.25"
    assert quarter.supervisor.delete(path).status_code == 204


def test_a_ranking_by_department_district_and_category_is_the_mean_of_its_entries():
    east, west = factories.DistrictFactory(), factories.DistrictFactory()
    bureau, steel = factories.DepartmentFactory(), factories.DepartmentFactory()
    quarter = Quarter()
    shown = [
        (east, bureau, "industry", "90"),
        (east, steel, "energy", "88.25"),
        (west, steel, "energy", "89.13"),
        (None, steel, "energy", "60"),
    ]
    entries = [
        quarter.show(
            factories.ProjectFactory(district=place, lead_department=lead, category=category)
        )
        for place, lead, category, _points in shown
    ]
    quarter.open()
    for entry, (*_rest, points) in zip(entries, shown, strict=True):
        quarter.score(entry, points)
    quarter.publish()

    def ranked(by: str) -> list[tuple]:
        rows = quarter.results(f"?by={by}")
        return [(r["code"], r["points"], r["entries"], r["rank"]) for r in rows]

    # east (90 + 88.25) / 2 = 89.125; the project that stands in no district counts in none
    assert sorted(ranked("district")) == sorted(
        [(east.code, "89.13", 2, 1), (west.code, "89.13", 1, 1)]
    )
    # steel (88.25 + 89.13 + 60) / 3 = 79.126…
    assert ranked("department") == [(bureau.code, "90.00", 1, 1), (steel.code, "79.13", 3, 2)]
    assert ranked("category") == [("industry", "90.00", 1, 1), ("energy", "79.13", 3, 2)]


@pytest.mark.parametrize(
    ("query", "pointer"), [("?by=colour", "/by"), ("?revision=2", "/revision"), ("?x=1", "/x")]
)
def test_results_are_not_asked_for_by_nonsense(query, pointer):
    published = factories.PublishedRoundFactory()
    response = clients.viewer().get(f"{ROUNDS}{published.pk}/results/{query}")
    assert response.status_code == 400
    assert set(clients.errors_of(response)) == {pointer}


def test_before_publication_only_who_sees_all_scores_sees_where_entries_stand():
    quarter = Quarter(judges=2)
    entry = quarter.show()
    quarter.open().score(entry, "90", judge=0)
    judge = clients.signed_in(InspectionJudge._default_manager.get(pk=quarter.judges[0]).user)
    lead = InspectionEntry.objects.get(pk=entry).project.lead_department
    reporter = clients.reporter_of(lead)
    for client in (quarter.supervisor, quarter.leader, clients.viewer()):
        answer = client.get(f"{ROUNDS}{quarter.pk}/results/").json()
        assert answer["provisional"] is True
        assert answer["results"][0]["points"] == "90.00"
    for client in (judge, reporter):
        answer = client.get(f"{ROUNDS}{quarter.pk}/results/").json()
        assert (answer["provisional"], answer["results"], answer["missing"]) == (False, [], [])
    quarter.score(entry, "80", "80", judge=1)
    quarter.publish()
    assert quarter.results(client=judge)[0]["points"] == "85.00"
    assert judge.get("/api/v1/inspection-results/").json()["count"] == 1


def test_a_leader_who_judges_sees_only_the_own_scores_and_no_standing_while_they_come_in():
    quarter = Quarter(judges=2)
    user = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    factories.MembershipFactory(user=user, role="leader")
    leader = clients.signed_in(user)
    entry = quarter.show()
    quarter.open().score(entry, "90", "80")
    assert [row["points"] for row in leader.get(SCORES).json()["results"]] == ["90"]
    other = InspectionScore.objects.get(points=80)
    assert leader.get(f"{SCORES}{other.pk}/").status_code == 404
    assert quarter.results(client=leader) == []
    quarter.do("close")
    assert quarter.results(client=leader)[0]["points"] == "85.00"  # what is to be approved
    assert leader.get(SCORES).json()["count"] == 1
    assert quarter.do("approve", client=leader).status_code == 200
    quarter.do("publish")
    assert leader.get(SCORES).json()["count"] == 2


def test_a_districts_economic_score_goes_to_all_its_entries():
    district = factories.DistrictFactory()
    quarter = Quarter(site_share="70")
    here = [quarter.show(factories.ProjectFactory(district=district)) for _number in range(2)]
    elsewhere = quarter.show()
    body = {"district": district.pk, "data_points": "81.5", "data_source": "市统计局"}
    assert quarter.do("district-data", body).status_code == 200
    given = InspectionEntry.objects.filter(data_points=Decimal("81.5"), data_source="市统计局")
    assert set(given.values_list("pk", flat=True)) == set(here)
    assert InspectionEntry.objects.get(pk=elsewhere).data_points is None
    nobody = quarter.do("district-data", body | {"district": factories.DistrictFactory().pk})
    assert clients.errors_of(nobody) == {"/district": "no_entries"}
    wrong = quarter.do("district-data", body | {"data_points": "101"})
    assert clients.errors_of(wrong) == {"/data_points": "max_value"}
    assert quarter.do("district-data", body, client=quarter.leader).status_code == 403


@pytest.mark.long
@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("by", ["project", "district", "department", "category"])
def test_the_queries_of_the_results_do_not_grow_with_the_entries(by, published):
    counts = []
    for number, entries in enumerate((2, 7)):
        quarter = Quarter(judges=2, quarter=number + 1)
        shown = [
            quarter.show(factories.ProjectFactory(district=factories.DistrictFactory()))
            for _number in range(entries)
        ]
        quarter.open()
        for entry in shown:
            quarter.score(entry, "90", "80")
        if published:
            quarter.publish()
        with CaptureQueriesContext(connection) as queries:
            quarter.results(f"?by={by}")
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20


# Approval and publication ------------------------------------------------------------------------
def test_a_leader_approves_and_a_supervisor_publishes():
    quarter = Quarter()
    entry = quarter.show()
    quarter.open().score(entry, "90")
    assert quarter.do("approve", client=quarter.leader).status_code == 409  # still open
    assert quarter.do("publish").status_code == 409
    quarter.do("close")
    assert quarter.do("publish").json()["errors"][0]["code"] == "not_approved"
    assert quarter.do("approve").status_code == 403
    approved = quarter.do("approve", client=quarter.leader)
    assert approved.json()["approved_at"] is not None
    assert approved.headers["ETag"] == f'"{approved.json()["version"]}"'
    assert quarter.do("approve", client=quarter.leader).status_code == 409
    assert quarter.do("publish", client=quarter.leader).status_code == 403
    published = quarter.do("publish").json()
    assert (published["status"], published["published_by"]) == (
        "published",
        quarter.round.published_by_id,
    )


@pytest.mark.parametrize("verb", ["close", "mark-absent", "approve", "publish", "open"])
def test_a_judge_and_a_reporter_take_none_of_these_steps(verb):
    quarter = Quarter()
    judge = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    for client in (
        clients.signed_in(judge),
        clients.reporter_of(factories.DepartmentFactory()),
        clients.viewer(),
    ):
        assert quarter.do(verb, {"nonsense": 1}, client=client).status_code == 403
        assert clients.post(client, f"{ROUNDS}999999/{verb}/", {}).status_code == 404


def test_economic_data_that_weigh_are_in_before_a_leader_approves():
    quarter = Quarter(site_share="70")
    entry = quarter.show(factories.ProjectFactory(name="新材料园"))
    quarter.open().score(entry, "90")
    quarter.do("close")
    refused = quarter.do("approve", client=quarter.leader)
    assert refused.json()["errors"][0]["code"] == "data_missing"
    assert "新材料园" in refused.json()["detail"]
    data = {"data_points": "80", "data_source": "市统计局"}
    assert clients.patch(quarter.supervisor, f"{ENTRIES}{entry}/", data).status_code == 200
    assert quarter.do("approve", client=quarter.leader).status_code == 200


def test_what_a_leader_has_approved_changes_only_after_the_approval_is_taken_back():
    quarter = Quarter()
    entry = quarter.show()
    quarter.open().score(entry, "90")
    quarter.do("close")
    quarter.do("approve", client=quarter.leader)
    deduction = {"entry": entry, "points": "2", "reason": "通报"}
    refused = clients.post(quarter.supervisor, DEDUCTIONS, deduction)
    assert refused.json()["errors"][0]["code"] == "round_approved"
    league = clients.patch(quarter.supervisor, f"{ENTRIES}{entry}/", {"league": "市直"})
    assert league.status_code == 409
    withdrawn = clients.post(quarter.supervisor, f"{ENTRIES}{entry}/withdraw/", {})
    assert withdrawn.status_code == 409
    assert quarter.do("revoke-approval").status_code == 403
    assert quarter.do("revoke-approval", client=quarter.leader).json()["approved_at"] is None
    assert clients.post(quarter.supervisor, DEDUCTIONS, deduction).status_code == 201


def test_a_published_round_is_frozen_for_people():
    quarter = Quarter()
    entry = quarter.show()
    quarter.open().score(entry, "90")
    quarter.publish()
    supervisor, score = quarter.supervisor, InspectionScore.objects.get()
    refused = [
        clients.patch(supervisor, f"{ROUNDS}{quarter.pk}/", {"ends_on": "2025-12-31"}),
        clients.patch(supervisor, f"{ENTRIES}{entry}/", {"league": "市直"}),
        clients.patch(supervisor, f"{SCORES}{score.pk}/", {"points": "80"}),
        clients.post(supervisor, f"{ENTRIES}{entry}/withdraw/", {}),
        clients.post(supervisor, DEDUCTIONS, {"entry": entry, "points": "2", "reason": "通报"}),
        supervisor.delete(f"{SCORES}{score.pk}/"),
        supervisor.delete(f"{ENTRIES}{entry}/"),
        supervisor.delete(f"{ROUNDS}{quarter.pk}/"),
        quarter.do("publish"),
    ]
    assert [response.status_code for response in refused] == [409] * len(refused)
    assert "冻结" in refused[0].json()["detail"]


FROZEN_SQL = {
    "score": "UPDATE projects_inspectionscore SET points = 1",
    "score gone": "DELETE FROM projects_inspectionscore",
    "entry": "UPDATE projects_inspectionentry SET league = 'x'",
    "entry's data": "UPDATE projects_inspectionentry SET data_points = 1, data_source = 'x'",
    "criterion": "UPDATE projects_inspectioncriterion SET weight = 99",
    "criterion gone": "DELETE FROM projects_inspectioncriterion",
    "judge": "UPDATE projects_inspectionjudge SET absent = TRUE",
    "judge gone": "DELETE FROM projects_inspectionjudge",
    "group": "UPDATE projects_judgegroup SET weight = 99",
    "deduction": "UPDATE projects_inspectiondeduction SET points = 5",
    "deduction gone": "DELETE FROM projects_inspectiondeduction",
    "round": "UPDATE projects_inspectionround SET method = 'mean'",
    "round unpublished": "UPDATE projects_inspectionround SET status = 'open'",
    "round gone": "DELETE FROM projects_inspectionround",
    "a late entry": "INSERT INTO projects_inspectionentry"
    " (inspection_round_id, project_id, league, withdrawn, data_source, version)"
    " SELECT inspection_round_id, project_id, 'x', false, '', 1 FROM projects_inspectionentry",
    "a late judge": "INSERT INTO projects_inspectionjudge"
    " (inspection_round_id, user_id, absent, version)"
    " SELECT inspection_round_id, user_id, false, 1 FROM projects_inspectionjudge",
    "a late deduction": "INSERT INTO projects_inspectiondeduction (entry_id, points, reason,"
    " version) SELECT id, 1, 'x', 1 FROM projects_inspectionentry",
    "a result": "UPDATE projects_inspectionresult SET points = 100",
    "a forged result": "INSERT INTO projects_inspectionresult (entry_id, revision, site_points,"
    " deducted, points, league, rank, recorded_at)"
    " SELECT id, 2, 1, 0, 1, '', 1, now() FROM projects_inspectionentry",
    "a forged amendment": "INSERT INTO projects_amendment (inspection_round_id, score_id,"
    " revision, old_points, new_points, reason, recorded_at)"
    " SELECT inspection_round_id, id, 2, 12, 100, 'x', now() FROM projects_inspectionscore",
}


@pytest.fixture
def frozen_round():
    quarter = Quarter(groups={"市领导": ("100", 1)})
    entry = quarter.show()
    quarter.open().score(entry, "90")
    body = {"entry": entry, "points": "2", "reason": "通报"}
    clients.post(quarter.supervisor, DEDUCTIONS, body)
    return quarter.publish()


@pytest.mark.long
@pytest.mark.parametrize("what", FROZEN_SQL)
def test_the_database_freezes_a_published_round(what, frozen_round):
    with (
        pytest.raises(
            IntegrityError, match=r"is_frozen|append_only|of_publication|corrects_a_published"
        ),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(FROZEN_SQL[what])


def test_the_database_lets_a_draft_rounds_parts_go():
    quarter = Quarter(groups={"市领导": ("100", 1)})
    InspectionDeduction.objects.create(
        entry_id=quarter.show(), points=Decimal(1), reason="通报"
    ).delete()
    assert not InspectionDeduction.objects.exists()
    InspectionRound.objects.get(pk=quarter.pk).criteria.all().delete()
    assert not quarter.round.criteria.exists()


@pytest.mark.django_db(transaction=True)
def test_publication_waits_for_whoever_is_writing_a_part_of_the_round():
    approved = factories.ApprovedRoundFactory()

    def publish() -> None:
        try:
            inspection_results.round_publish(inspection_round=approved, by=None)
        finally:
            connections.close_all()

    publishing = threading.Thread(target=publish)
    with transaction.atomic():
        InspectionScore.objects.update(points=70)  # by raw SQL, past the services' locks
        publishing.start()
        publishing.join(0.5)
        assert publishing.is_alive()
    publishing.join(10)
    assert not publishing.is_alive()
    assert InspectionResult.objects.get().points == 70


def test_synthetic_projects_leave_a_published_round_with_all_that_hung_on_them():
    amended = factories.AmendedRoundFactory()
    Project.objects.update(synthetic=True)
    assert synthetic_remove() == 1
    assert not InspectionEntry.objects.exists()
    assert not Amendment.objects.exists()
    assert InspectionRound.objects.get().pk == amended.pk


def test_no_results_are_written_for_a_round_that_is_not_published():
    entry = factories.InspectionEntryFactory()
    with pytest.raises(IntegrityError, match="of_publication"), transaction.atomic():
        InspectionResult.objects.create(
            entry=entry, site_points=1, data_points=None, deducted=0, points=1, rank=1
        )


# Amendments --------------------------------------------------------------------------------------
def test_an_amendment_shows_old_new_who_and_why_and_brings_all_results_anew():
    quarter = Quarter()
    first, second = quarter.show(), quarter.show()
    quarter.open()
    quarter.score(first, "90")
    quarter.score(second, "80")
    quarter.publish()
    score = InspectionScore.objects.get(entry=first)
    amended = amend(quarter.supervisor, score, "70.5", "计票有误")
    assert amended.status_code == 200, amended.json()
    assert amended.json()["points"] == "70.5"
    assert amended.headers["ETag"] == '"2"'
    [row] = clients.viewer().get("/api/v1/amendments/").json()["results"]
    told = {name: row[name] for name in ("old_points", "new_points", "reason", "revision")}
    assert told == {"old_points": "90", "new_points": "70.5", "reason": "计票有误", "revision": 2}
    assert row["amended_by"] == Amendment.objects.get().amended_by_id
    assert quarter.points() == {second: ("80.00", 1), first: ("70.50", 2)}
    assert quarter.points("?revision=1") == {first: ("90.00", 1), second: ("80.00", 2)}
    results = "/api/v1/inspection-results/"
    assert clients.viewer().get(results).json()["count"] == 4
    newest = clients.viewer().get(f"{results}?newest=true").json()["results"]
    assert {each["revision"] for each in newest} == {2}


def test_only_supervisors_amend_and_only_with_a_reason():
    published = factories.PublishedRoundFactory()
    score = published.scores.get()
    for client in (
        clients.signed_in(score.judge.user),
        clients.viewer(),
        clients.reporter_of(score.entry.project.lead_department),
    ):
        assert amend(client, score).status_code == 403
    supervisor = clients.supervisor()
    assert clients.errors_of(amend(supervisor, score, reason="")) == {"/reason": "blank"}
    assert clients.errors_of(amend(supervisor, score, points="101")) == {"/points": "range"}
    assert clients.errors_of(amend(supervisor, score, points="80.001")) == {"/points": "decimals"}
    assert clients.errors_of(amend(supervisor, score, points="90")) == {"/points": "unchanged"}
    assert amend(supervisor, 999999).status_code == 404
    assert not Amendment.objects.exists()


def test_a_score_of_a_round_that_is_not_published_is_changed_not_amended():
    scored = factories.ScoredRoundFactory()
    refused = amend(clients.supervisor(), scored.scores.get())
    assert refused.status_code == 409


def test_a_second_amendment_counts_on_the_first():
    published = factories.PublishedRoundFactory()
    score = published.scores.get()
    supervisor = clients.supervisor()
    amend(supervisor, score, "80")
    amend(supervisor, score, "85")
    pairs = Amendment.objects.order_by("id").values_list("old_points", "new_points", "revision")
    assert list(pairs) == [(90, 80, 2), (80, 85, 3)]
    answer = supervisor.get(f"{ROUNDS}{published.pk}/results/").json()
    assert (answer["revision"], answer["revisions"]) == (3, 3)
    assert answer["results"][0]["points"] == "85.00"


def test_an_amendment_that_is_settled_opens_its_score_no_more():
    published = factories.PublishedRoundFactory()
    score = published.scores.get()
    for points in (80, 90):  # 90 → 80 → 90: both steps stand in amendments
        inspection_results.score_amend(
            score=score, by=None, points=Decimal(points), reason="登记有误"
        )
    with pytest.raises(IntegrityError, match="is_frozen"), transaction.atomic():
        InspectionScore.objects.filter(pk=score.pk).update(points=80)


def test_an_amended_score_shows_both_values_in_its_history():
    amended = factories.AmendedRoundFactory()
    path = f"{SCORES}{amended.scores.get().pk}/history/"
    history = clients.viewer().get(path).json()["results"]
    assert len(history) == 2


def test_the_results_as_of_a_past_day_are_those_that_stood_then():
    def on(day: int):
        return clock.at(dt.datetime(2025, 10, day, 9, tzinfo=clock.CITY_TIME))

    with on(1):
        quarter = Quarter()
        entry = quarter.show()
        quarter.open().score(entry, "90")
    with on(3):
        quarter.publish()
    with on(5):
        amend(quarter.supervisor, InspectionScore.objects.get(), "70")
    with on(9):
        answers = [
            quarter.supervisor.get(f"{ROUNDS}{quarter.pk}/results/?as_of=2025-10-{day:02}").json()
            for day in (2, 4, 6)
        ]
    told = [(a["status"], a["revision"], a["results"][0]["points"]) for a in answers]
    assert told == [("open", None, "90.00"), ("published", 1, "90.00"), ("published", 2, "70.00")]


# Deadlines ---------------------------------------------------------------------------------------
def due_scores():
    day = dt.date(2025, 9, 30)
    found = deadlines.open_deadlines(day, day)
    return [each for each in found if each.kind == "inspection_scoring"]


def test_a_judge_owes_the_scores_by_the_rounds_last_day():
    quarter = Quarter(judges=2, ends_on="2025-09-30")
    entry = quarter.show()
    assert due_scores() == []  # not open yet
    quarter.open()
    first, second = sorted(due_scores(), key=lambda each: each.object_id)
    assert first.in_charge_name == "评委0"
    assert (first.object_id, second.object_id) == tuple(quarter.judges)
    assert "2025-Q3" in first.title
    quarter.score(entry, "90", judge=0)
    assert [each.object_id for each in due_scores()] == [quarter.judges[1]]
    quarter.do("mark-absent", {"judge": quarter.judges[1]})
    assert due_scores() == []


def test_a_judge_who_may_score_nothing_more_owes_nothing():
    quarter = Quarter(judges=2, ends_on="2025-09-30")
    section = factories.DepartmentFactory(parent=factories.DepartmentFactory())
    user = InspectionJudge._default_manager.get(pk=quarter.judges[0]).user
    factories.MembershipFactory(user=user, department=section.parent, role="head")
    quarter.show(factories.ProjectFactory(lead_department=section))
    quarter.open()
    assert [each.object_id for each in due_scores()] == [quarter.judges[1]]


def test_a_judge_sees_the_own_deadline_only_and_its_link_opens_the_sheet(client):
    quarter = Quarter(judges=2, ends_on="2025-09-30")
    quarter.show()
    quarter.open()
    judge = InspectionJudge._default_manager.get(pk=quarter.judges[0])
    path = "/api/v1/deadlines/?kind=inspection_scoring"
    [row] = clients.signed_in(judge.user).get(path).json()["results"]
    assert (row["object_id"], row["in_charge"]) == (judge.pk, judge.user_id)
    assert quarter.supervisor.get(path).json()["count"] == 2
    client.force_login(judge.user)
    opened = client.get(f"/go/inspection_scoring/{judge.pk}/")
    assert opened.url == f"/workbench/inspections/scoring/{judge.pk}/"
