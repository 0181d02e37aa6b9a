"""A quarter of the city's work on the real report, over HTTP, by people of six roles.

Each figure that is asserted is worked out by hand in the comment beside it. 万元 throughout.
"""

import datetime as dt
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client

from portfolio.core import clock
from portfolio.tools.work_report.load import report_load
from portfolio.tools.work_report.reader import read_report
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.register.models import Project
from projects.returns.models import ProgressReturn
from tests import clients, factories

ROOT = Path(__file__).parents[2]


@contextmanager
def on(day: str, hour: int = 10):
    moment = dt.datetime.fromisoformat(f"{day}T{hour:02d}:00:00+08:00")
    with clock.at(moment):
        yield


class People:
    """A reporter and a head of the housing bureau, a land bureau's reporter, the programme
    office, a supervisor, a vice-mayor, seven judges and a viewer."""

    def __init__(self) -> None:
        housing = Department.objects.get(code="housing-construction")
        office = Department.objects.get(programme_office=True)
        land = Department.objects.get(code="natural-resources")
        supervision = Department.objects.get(code="supervision-office")
        self.reporter = self._client("reporter", housing)
        self.head = self._client("head", housing)
        self.land = self._client("reporter", land)
        self.office = self._client("reporter", office)
        self.supervisor = self._client("supervisor", supervision)
        self.leader = self._client("leader", supervision)
        self.viewer = self._client("viewer", supervision)
        self.judges = [
            factories.MembershipFactory(role="judge", department=supervision).user
            for _number in range(7)
        ]

    @staticmethod
    def _client(role: str, department: Department) -> Client:
        return clients.signed_in(factories.MembershipFactory(role=role, department=department).user)


def do(client: Client, path: str, body: object | None = None, *, status: int = 200) -> dict:
    response = clients.post(client, f"/api/v1/{path}", {} if body is None else body)
    assert response.status_code == status, response.json()
    return response.json()


def change(client: Client, path: str, body: dict) -> dict:
    response = clients.patch(client, f"/api/v1/{path}", body)
    assert response.status_code == 200, response.json()
    return response.json()


def read(client: Client, path: str) -> dict:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return response.json()


@pytest.fixture
def people(db) -> People:
    report_load(read_report(ROOT))
    return People()


def test_a_quarter_from_the_approved_programme_to_the_amended_ranking(people):
    linnan = Project.objects.get(name="林南平房区安置房")
    with on("2025-01-10"):
        approve_the_programme(people, linnan)
    months_of_returns(people, linnan)
    with on("2025-02-10"):
        problem = raise_a_problem(people, linnan)
    solve_the_problem(people, problem)
    extend_the_milestone(people, linnan)
    inspect(people, linnan)
    check_that_the_past_has_not_changed(people, linnan)


def approve_the_programme(people: People, linnan: Project) -> None:
    entry = linnan.programme_entries.get()
    path = f"programme-entries/{entry.pk}/"
    change(people.reporter, path, {"planned_investment": "12000", "planned_start": "2025-01-01",
                                   "planned_commissioning": "2025-09-30"})  # fmt: skip
    for month, investment, progress in [(3, "3000", "20"), (6, "6000", "50"), (9, "12000", "100")]:
        body = {"entry": entry.pk, "month": month, "investment": investment, "progress": progress}
        do(people.reporter, "plan-points/", body, status=201)
    programme = f"programmes/{entry.programme_id}/"
    do(people.reporter, f"{programme}approve/", status=403)  # a department approves no programme
    do(people.office, f"{programme}approve/")
    # The report names 52 projects; all of them wait and become version 1.
    row = read(people.viewer, programme)
    assert (row["planned_count"], row["registered_count"], row["in_force_count"]) == (650, 52, 52)
    [version] = read(people.viewer, f"{path}baselines/")
    assert (version["number"], version["planned_investment"]) == (1, "12000.00")
    frozen = clients.patch(people.reporter, f"/api/v1/{path}", {"planned_investment": "9000"})
    assert frozen.status_code == 409


def months_of_returns(people: People, linnan: Project) -> None:
    january(people, linnan)
    february(people, linnan)
    march(people, linnan)
    newest = ProgressReturn.objects.get(project=linnan, period__month=3)
    row = read(people.viewer, f"progress-returns/{newest.pk}/")
    # reported: 800 + 0 + 1950 = 2750; in the statistics: 700 + 0 + 1500 = 2200
    assert row["reported_year_to_date"] == "2750.00"
    assert row["statistical_year_to_date"] == "2200.00"
    # The first: 5 working days of April after 清明 (4 April off): 1, 2, 3, 7, 8 April.
    assert row["due_on"] == "2025-04-08"
    assert row["late"] is True  # handed in again on 9 April, after it was sent back


def the_return(people: People, linnan: Project, month: int) -> str:
    rows = read(people.reporter, f"progress-returns/?project={linnan.pk}&year=2025&month={month}")
    [row] = rows["results"]
    return f"progress-returns/{row['id']}/"


def january(people: People, linnan: Project) -> None:
    with on("2025-02-05"):
        period = do(people.office, "return-periods/", {"year": 2025, "month": 1}, status=201)
        # Working days of February 2025: the Spring Festival ends on the 4th, so 5, 6, 7,
        # 8 (a make-up Saturday) and 10.
        assert period["due_on"] == "2025-02-10"
        path = the_return(people, linnan, 1)
        body = {
            "investment_reported": "800",
            "investment_statistical": "700",
            "physical_progress": "8",
            "work_done": "基础施工",
        }
        change(people.reporter, path, body)
        do(people.reporter, f"{path}submit/")
        do(people.office, f"{path}accept/", status=409)  # not before the head has confirmed
        do(people.head, f"{path}confirm/")
        do(people.supervisor, f"{path}accept/", status=403)  # supervisors check on site instead
        do(people.office, f"{path}accept/")


def february(people: People, linnan: Project) -> None:
    with on("2025-03-03"):
        do(people.office, "return-periods/", {"year": 2025, "month": 2}, status=201)
        path = the_return(people, linnan, 2)
        assert read(people.reporter, path)["physical_progress"] == "8.00"  # filled in already
        row = do(people.reporter, f"{path}no-change/")
        assert (row["state"], row["investment_reported"]) == ("submitted", "0.00")
        do(people.head, "progress-returns/confirm/", {"ids": [row["id"]]})
        do(people.office, f"{path}accept/")


def march(people: People, linnan: Project) -> None:
    with on("2025-04-02"):
        do(people.office, "return-periods/", {"year": 2025, "month": 3}, status=201)
        path = the_return(people, linnan, 3)
        body = {
            "investment_reported": "1900",
            "investment_statistical": "1500",
            "physical_progress": "19",
            "work_done": "主体施工",
        }
        change(people.reporter, path, body)
        do(people.reporter, f"{path}submit/")
        do(people.head, f"{path}confirm/")
        do(people.office, f"{path}send-back/", {"reason": "与支付凭证不符"})
    with on("2025-04-09"):
        change(people.reporter, path, {"investment_reported": "1950"})
        do(people.reporter, f"{path}submit/")
        do(people.head, f"{path}confirm/")
        do(people.office, f"{path}accept/")


def raise_a_problem(people: People, linnan: Project) -> str:
    body = {"project": linnan.pk, "kind": "land", "title": "安置地块未完成供地"}
    problem = do(people.reporter, "problems/", body, status=201)
    land = Department.objects.get(code="natural-resources")
    path = f"problems/{problem['id']}/"
    do(people.supervisor, f"{path}assign/",
       {"solver_department": land.pk, "due_on": "2025-02-28"})  # fmt: skip
    return path


def solve_the_problem(people: People, path: str) -> None:
    with on("2025-02-25"):
        do(people.head, f"{path}solve/", {"solution": "已供地"}, status=403)  # not theirs to solve
        do(people.land, f"{path}solve/", {"solution": "2 月 24 日完成供地"})
        do(people.land, f"{path}confirm/", status=403)  # only whoever raised it closes it
    with on("2025-02-26"):
        row = do(people.reporter, f"{path}confirm/")
    assert (row["state"], row["solved_on"], row["confirmed_on"]) == (
        "confirmed",
        "2025-02-25",
        "2025-02-26",
    )


def extend_the_milestone(people: People, linnan: Project) -> None:
    milestone = Milestone.objects.get(project=linnan)
    with on("2025-03-20"):
        body = {
            "milestone": milestone.pk,
            "new_due_on": "2025-10-20",
            "reason": "雨季停工",
            "progress": "主体完成三分之一",
        }
        asked = do(people.reporter, "extension-requests/", body, status=201)
        path = f"extension-requests/{asked['id']}/"
        signed = do(people.head, f"{path}sign/")
        # Thursday 20 March: three working days later are 21, 24 and 25 March.
        assert signed["decide_by"] == "2025-03-25"
    with on("2025-03-24"):
        # A promise of the report is not a supervisor's to move.
        do(people.supervisor, f"{path}grant/", {"note": "同意"}, status=403)
        do(people.leader, f"{path}grant/", {"note": "同意, 不得再延"})
    row = read(people.viewer, f"milestones/{milestone.pk}/")
    assert (row["baseline_on"], row["due_on"]) == ("2025-09-30", "2025-10-20")


# Seven judges; the highest and the lowest are left out, the other five averaged.
SCORES = {
    # 91 + 92 + 93 + 94 + 95 = 465; / 5 = 93.00
    "linnan": ["90", "91", "92", "93", "94", "95", "96"],
    # 85 + 85 + 90 + 90 + 95 = 445; / 5 = 89.00
    "second": ["80", "85", "85", "90", "90", "95", "100"],
    # 88.5 + 89 + 89 + 89 + 89.5 = 445; / 5 = 89.00: a tie with the second
    "third": ["88.5", "88.5", "89", "89", "89", "89.5", "89.5"],
}


def inspect(people: People, linnan: Project) -> None:
    others = Project.objects.filter(name__in=["包风3主变扩建", "厦门钨业磁材"]).order_by("name")
    shown = dict(zip(SCORES, [linnan, *others], strict=True))
    with on("2025-04-10"):
        path, entries, scores = score(people, shown)
    with on("2025-04-15"):
        do(people.supervisor, f"{path}close/")
        do(people.supervisor, f"{path}publish/", status=409)  # a leader approves first
        do(people.leader, f"{path}approve/")
        do(people.supervisor, f"{path}publish/")
    # Equal results share a rank and the next is skipped.
    published = standing(people, path, entries)
    assert published == {
        "linnan": ("93.00", 1),
        "second": ("89.00", 2),
        "third": ("89.00", 2),
    }
    with on("2025-04-20"):
        amend(people, scores["second", 5])
    # 85 + 85 + 90 + 90 + 95.6 = 445.6; / 5 = 89.12: the tie is broken
    assert standing(people, path, entries) == {
        "linnan": ("93.00", 1),
        "second": ("89.12", 2),
        "third": ("89.00", 3),
    }
    assert standing(people, path, entries, "?revision=1") == published


def score(people: People, shown: dict[str, Project]) -> tuple[str, dict, dict]:
    body = {
        "year": 2025,
        "quarter": 1,
        "ends_on": "2025-04-14",
        "judges": [{"user": judge.pk} for judge in people.judges],
    }
    made = do(people.supervisor, "inspection-rounds/", body, status=201)
    path = f"inspection-rounds/{made['id']}/"
    entries = {
        name: do(
            people.supervisor,
            "inspection-entries/",
            {"inspection_round": made["id"], "project": project.pk},
            status=201,
        )["id"]
        for name, project in shown.items()
    }
    opened = do(people.supervisor, f"{path}open/")
    [criterion] = opened["criteria"]
    scores = {}
    for number, judge in enumerate(opened["judges"]):
        client = clients.signed_in(people.judges[number])
        for name, entry in entries.items():
            points = SCORES[name][number]
            body = {"entry": entry, "judge": judge["id"], "criterion": criterion["id"],
                    "points": points}  # fmt: skip
            scores[name, number] = do(client, "inspection-scores/", body, status=201)["id"]
        if number < len(people.judges) - 1:
            do(people.supervisor, f"{path}close/", status=409)  # scores are still missing
    return path, entries, scores


def standing(people: People, path: str, entries: dict[str, int], query: str = "") -> dict:
    rows = read(people.viewer, f"{path}results/{query}")["results"]
    names = {entry: name for name, entry in entries.items()}
    return {names[row["entry"]]: (row["points"], row["rank"]) for row in rows}


def amend(people: People, score_id: int) -> None:
    path = f"inspection-scores/{score_id}/"
    frozen = clients.patch(people.supervisor, f"/api/v1/{path}", {"points": "96"})
    assert frozen.status_code == 409  # published is published
    do(people.supervisor, f"{path}amend/", {"points": "95.6", "reason": "录入有误"})
    [amendment] = read(people.viewer, "amendments/")["results"]
    assert (amendment["old_points"], amendment["new_points"]) == ("95", "95.6")
    assert amendment["reason"] == "录入有误"


def check_that_the_past_has_not_changed(people: People, linnan: Project) -> None:
    milestone = Milestone.objects.get(project=linnan)
    # Before the leader's decision of 24 March the due date was the report's.
    before = read(people.viewer, f"milestones/{milestone.pk}/?as_of=2025-03-23")
    assert before["due_on"] == "2025-09-30"
    history = read(people.viewer, f"milestones/{milestone.pk}/history/")["results"]
    doors = {each["door"] for each in history}
    assert doors == {"api", "command"}
