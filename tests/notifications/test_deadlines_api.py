"""Everything that is due, in one list."""

import datetime as dt

import pytest

from portfolio import clock
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
