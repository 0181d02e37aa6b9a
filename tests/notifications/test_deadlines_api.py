"""Everything that is due, in one list."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from tests import clients, factories

pytestmark = pytest.mark.django_db
DEADLINES = "/api/v1/deadlines/"


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def rows(query: str = "") -> list[dict]:
    response = clients.viewer().get(f"{DEADLINES}{query}")
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_all_kinds_stand_in_one_list_by_due_date():
    factories.TargetFactory(due_on="2025-12-31")
    factories.WorkItemFactory(due_on="2025-11-30", target__due_on="2025-12-30")
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 30))
    kinds = [row["kind"] for row in rows()]
    assert kinds == ["milestone", "work_item", "target", "target"]


def test_a_deadline_says_what_it_is_how_many_days_are_left_and_who_is_told():
    milestone = factories.MilestoneFactory(
        project__name="林南平房区安置房", name="建成交付", due_on=dt.date(2025, 9, 30)
    )
    reporter = factories.MembershipFactory(department=milestone.project.lead_department).user
    [row] = rows()
    assert row["title"] == "林南平房区安置房 · 建成交付"
    assert row["days_left"] == 7
    assert row["state"] == "open"
    assert row["kind_display"] == "节点"
    assert row["recipients"] == [
        {"address": reporter.email, "name": reporter.name, "user": reporter.pk}
    ]


def test_what_is_late_or_done_says_so_and_can_be_asked_for():
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 22), name="迟")
    factories.DoneMilestoneFactory(due_on=dt.date(2025, 9, 1), name="毕")
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 24), name="未")
    assert [row["state"] for row in rows()] == ["done", "overdue", "open"]
    assert [row["days_left"] for row in rows("?state=overdue")] == [-1]
    assert len(rows("?state=open,done")) == 2


def test_it_is_narrowed_by_kind_department_and_days():
    milestone = factories.MilestoneFactory(due_on=dt.date(2025, 9, 30))
    factories.TargetFactory()
    code = milestone.project.lead_department.code
    for query in ("kind=milestone", f"lead_department={code}", "due_before=2025-09-30"):
        assert [row["object_id"] for row in rows(f"?{query}")] == [milestone.pk], query
    assert [row["kind"] for row in rows("?due_after=2025-10-01")] == ["target"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("kind=castle", "/kind"),
        ("scope=yours", "/scope"),
        ("state=lost", "/state"),
        ("lead_department=nowhere", "/lead_department"),
        ("due_before=soon", "/due_before"),
        ("colour=red", "/colour"),
    ],
)
def test_a_wrong_parameter_is_named(query, pointer):
    response = clients.viewer().get(f"{DEADLINES}?{query}")
    assert response.status_code == 400
    assert list(clients.errors_of(response)) == [pointer]


# Whose they are ---------------------------------------------------------------------------------
def mine(user, scope: str = "mine") -> list[str]:
    """Returns the names of the projects whose deadlines the person is answered with."""
    response = clients.signed_in(user).get(f"{DEADLINES}?scope={scope}&page_size=500")
    assert response.status_code == 200, response.content
    return [row["title"].split(" · ")[0] for row in response.json()["results"]]


def promised(**fields):
    return factories.MilestoneFactory(due_on=dt.date(2025, 9, 30), **fields).project


def test_mine_are_those_that_i_am_in_charge_of_also_where_the_project_names_me():
    me = factories.MembershipFactory(role="viewer").user
    own = promised(officer=me)
    through_the_project = promised(project__officer=me)
    promised(officer=factories.UserFactory(), project__officer=me)  # somebody else's promise
    promised()
    assert mine(me) == [own.name, through_the_project.name]


def test_mine_are_those_of_the_department_that_i_report_for_not_of_those_below():
    department = factories.DepartmentFactory()
    below = factories.DepartmentFactory(parent=department)
    reporter = factories.MembershipFactory(role="reporter", department=department).user
    head = factories.MembershipFactory(role="head", department=department).user
    own, other = promised(project__lead_department=department), promised()
    promised(project__lead_department=below)
    assert mine(reporter) == [own.name]
    assert mine(head) == []
    assert other.name in mine(reporter, "all")


def test_mine_are_those_that_a_leader_stands_for():
    leader = factories.MembershipFactory(role="leader").user
    sponsored = promised(project__sponsor=leader)
    promised()
    assert mine(leader) == [sponsored.name]


def test_mine_are_a_judges_own_scores_and_no_others():
    entry = factories.InspectionEntryFactory(inspection_round__ends_on="2025-09-30")
    judges = [
        factories.InspectionJudgeFactory(inspection_round=entry.inspection_round) for _ in "ab"
    ]
    me = factories.MembershipFactory(role="judge", user=judges[0].user).user
    factories.MembershipFactory(role="judge", user=judges[1].user)
    [row] = clients.signed_in(me).get(f"{DEADLINES}?scope=mine").json()["results"]
    assert row["title"].endswith(me.name)


@pytest.mark.parametrize("role", ["reporter", "head", "viewer"])
def test_my_departments_are_those_with_all_below_them(role):
    department = factories.DepartmentFactory()
    below = factories.DepartmentFactory(parent=department)
    furthest = factories.DepartmentFactory(parent=below)
    me = factories.MembershipFactory(role=role, department=department).user
    projects = [promised(project__lead_department=each) for each in (department, below, furthest)]
    promised()
    assert mine(me, "department") == [each.name for each in projects]


def test_an_administrators_departments_are_those_of_the_own_memberships():
    administrator = factories.AdministratorFactory()
    promised()
    assert mine(administrator, "department") == []
    membership = factories.MembershipFactory(user=administrator)
    own = promised(project__lead_department=membership.department)
    assert mine(administrator, "department") == [own.name]


def test_due_is_another_word_for_open():
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 22))
    factories.MilestoneFactory(due_on=dt.date(2025, 9, 23))
    assert [row["state"] for row in rows("?state=due")] == ["open"]
    assert [row["state"] for row in rows("?state=due,overdue")] == ["overdue", "open"]


@pytest.mark.parametrize("scope", ["mine", "department", "all"])
def test_a_scopes_queries_do_not_grow_with_its_rows(scope):
    membership = factories.MembershipFactory(role="reporter")
    client = clients.signed_in(membership.user)
    client.get("/api/v1/auth/me")
    counts = []
    for more in (1, 6):
        for _ in range(more):
            promised(project__lead_department=membership.department, officer=membership.user)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(
                f"{DEADLINES}?scope={scope}&state=due&kind=milestone,target,problem"
            )
        counts.append(len(captured))
    assert answer.json()["count"] == 7
    assert counts[0] == counts[1] <= 10
