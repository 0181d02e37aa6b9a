"""Many monthly returns at once: filled in row by row, decided on all or none."""

import time
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core.errors import RowFault, StateConflictError
from projects.core.bulk import analyze_table
from projects.register.models import Project
from projects.returns.at_once import (
    returns_accept,
    returns_confirm,
    returns_fill_in,
    returns_no_change,
    returns_send_back,
)
from projects.returns.models import ProgressReturn
from projects.returns.services import period_open
from tests import clients, factories

pytestmark = pytest.mark.django_db
FILLED = {
    "investment_reported": Decimal("120.50"),
    "physical_progress": Decimal(40),
    "work_done": "主体封顶",
}


class City:
    """A department with some projects of which August is owed, after an accepted July."""

    def __init__(self, count: int = 3) -> None:
        self.department = factories.DepartmentFactory()
        self.reporter = self.member("reporter", self.department)
        self.head = self.member("head", self.department)
        self.office = self.member("reporter", factories.ProgrammeOfficeFactory())
        self.july = factories.ReturnPeriodFactory(month=7, due_on="2025-08-07")
        programme = factories.ProgrammeFactory()
        for _number in range(count):
            project = factories.ProjectFactory(lead_department=self.department)
            factories.ProgrammeEntryFactory(programme=programme, project=project)
            factories.AcceptedReturnFactory(project=project, period=self.july)
        self.period = period_open(year=2025, month=8, by=None)

    @staticmethod
    def member(role, department):
        return factories.MembershipFactory(role=role, department=department).user

    @property
    def returns(self):
        return list(self.period.returns.order_by("pk"))

    def rows(self, **changes) -> list[dict]:
        return [{"id": row.pk, "version": row.version, **changes} for row in self.returns]

    def states(self) -> list[str]:
        return [row.state for row in self.returns]

    def waiting(self, state: str) -> list[int]:
        self.period.returns.update(state=state, **FILLED)
        return [row.pk for row in self.returns]


def told(outcome) -> list[tuple[int, str, str]]:
    return [(error.row, error.field, error.code) for error in outcome.errors]


# Filling in ---------------------------------------------------------------------------------------
def test_what_is_right_is_saved_and_handed_in_in_one_go():
    city = City()
    rows = city.rows(**FILLED)
    outcome = returns_fill_in(rows=rows, by=city.reporter, hand_in=[row["id"] for row in rows])
    assert outcome.handed_in == outcome.saved == [row["id"] for row in rows]
    assert outcome.errors == []
    for row in city.returns:
        assert (row.state, row.submitted_by) == ("submitted", city.reporter)
        assert (row.investment_reported, row.work_done) == (Decimal("120.50"), "主体封顶")


def test_a_wrong_row_keeps_no_other_from_being_saved_but_all_from_being_handed_in():
    city = City()
    rows = city.rows(**FILLED)
    rows[1]["physical_progress"] = Decimal(101)
    outcome = returns_fill_in(rows=rows, by=city.reporter, hand_in=[row["id"] for row in rows])
    assert told(outcome) == [(1, "physical_progress", "max_value")]
    assert outcome.saved == [rows[0]["id"], rows[2]["id"]]
    assert outcome.handed_in == []
    assert city.states() == ["draft"] * 3
    assert [row.investment_reported for row in city.returns] == [
        Decimal("120.50"), None, Decimal("120.50"),
    ]  # fmt: skip


def test_the_right_ones_are_handed_in_although_others_are_wrong_when_that_is_wanted():
    city = City()
    rows = city.rows(**FILLED)
    rows[0]["work_done"] = ""
    ids = [row["id"] for row in rows]
    outcome = returns_fill_in(rows=rows, by=city.reporter, hand_in=ids, although=True)
    assert told(outcome) == [(0, "work_done", "required")]
    assert outcome.handed_in == ids[1:]
    assert city.states() == ["draft", "submitted", "submitted"]


def test_what_could_not_be_read_is_wrong_and_its_row_stays_as_it_was():
    city = City()
    rows = city.rows(**FILLED)
    error = RowFault(2, "investment_reported", "应为数字", "unreadable", "三百")
    outcome = returns_fill_in(rows=rows, by=city.reporter, hand_in=[rows[2]["id"]], errors=[error])
    assert outcome.errors == [error]
    assert outcome.handed_in == []
    assert city.returns[2].work_done == ""


def test_a_colleagues_change_is_told_and_not_overwritten():
    city = City()
    rows = city.rows(obstacles="用地")
    ProgressReturn.objects.filter(pk=rows[0]["id"]).update(obstacles="资金")
    outcome = returns_fill_in(rows=rows, by=city.reporter)
    assert told(outcome) == [(0, "version", "stale")]
    assert [row.obstacles for row in city.returns] == ["资金", "用地", "用地"]


def test_what_has_been_handed_in_is_not_filled_in_any_more():
    city = City(1)
    city.waiting("submitted")
    [row] = city.rows(obstacles="用地")
    assert told(returns_fill_in(rows=[row], by=city.reporter)) == [(0, "", "return_not_open")]
    [same] = city.rows()
    again = returns_fill_in(rows=[same], by=city.reporter, hand_in=[same["id"]])
    assert told(again) == [(0, "", "wrong_state")]


def test_another_departments_return_is_not_filled_in():
    city = City(1)
    stranger = city.member("reporter", factories.DepartmentFactory())
    assert told(returns_fill_in(rows=city.rows(**FILLED), by=stranger)) == [
        (0, "id", "does_not_exist")
    ]
    supporting = factories.DepartmentFactory()
    city.returns[0].project.supporting_departments.add(supporting)
    seeing = city.member("reporter", supporting)
    outcome = returns_fill_in(rows=city.rows(**FILLED), by=seeing, hand_in=[city.returns[0].pk])
    assert told(outcome) == [(0, "", "not_allowed")]
    with pytest.raises(PermissionDenied):
        returns_fill_in(rows=city.rows(), by=city.member("supervisor", supporting))
    assert city.states() == ["draft"]


def test_each_return_that_was_handed_in_together_has_its_history():
    city = City(2)
    rows = city.rows(**FILLED)
    returns_fill_in(rows=rows, by=None, hand_in=[row["id"] for row in rows])
    path = f"/api/v1/progress-returns/{rows[1]['id']}/history/"
    newest = clients.administrator().get(path).json()["results"][0]
    assert "submitted" in str(newest)


# No change ----------------------------------------------------------------------------------------
def test_no_change_of_many_takes_last_months_values_and_no_money():
    city = City(2)
    outcome = returns_no_change(rows=city.rows(), by=city.reporter)
    assert outcome.errors == []
    for row in city.returns:
        assert (row.state, row.no_change, row.submitted_by) == ("submitted", True, city.reporter)
        assert (row.physical_progress, row.investment_reported) == (Decimal(40), Decimal(0))


def test_no_change_is_told_row_by_row_where_it_cannot_be_said():
    city = City(3)
    first, second, _third = city.returns
    ProgressReturn.objects.filter(period=city.july, project=first.project_id).delete()
    rows = city.rows()
    ProgressReturn.objects.filter(pk=second.pk).update(obstacles="资金")
    outcome = returns_no_change(rows=rows, by=city.reporter)
    assert sorted(told(outcome)) == [(0, "", "nothing_before"), (1, "version", "stale")]
    assert city.states() == ["draft", "draft", "submitted"]


def test_another_department_does_not_say_that_nothing_has_changed():
    city = City(1)
    supporting = factories.DepartmentFactory()
    city.returns[0].project.supporting_departments.add(supporting)
    outcome = returns_no_change(rows=city.rows(), by=city.member("reporter", supporting))
    assert told(outcome) == [(0, "", "not_allowed")]


# How much it costs --------------------------------------------------------------------------------
def cost(city: City, way: str, count: int) -> tuple[int, float]:
    """Returns the queries and the seconds of computing that the city's next returns take."""
    owed = [row.pk for row in city.returns if row.state == "draft"][:count]
    changes = {} if way == "no_change" else FILLED
    rows = [row for row in city.rows(**changes) if row["id"] in set(owed)]
    begun = time.process_time()
    with CaptureQueriesContext(connection) as captured:
        if way == "no_change":
            outcome = returns_no_change(rows=rows, by=city.reporter)
        else:
            outcome = returns_fill_in(rows=rows, by=city.reporter, hand_in=owed)
    assert outcome.handed_in == owed
    return len(captured), time.process_time() - begun


@pytest.mark.parametrize("way", ["fill_in", "no_change"])
def test_40_rows_cost_as_many_queries_as_2(way):
    city = City(42)
    cost(city, way, 1)  # reads who the reporter is
    few, _seconds = cost(city, way, 2)
    assert cost(city, way, 39)[0] == few <= 16


@pytest.mark.long
@pytest.mark.parametrize("way", ["fill_in", "no_change"])
def test_650_rows_take_no_two_seconds_of_computing(way):
    city = City(650)
    for model in (ProgressReturn, Project):
        analyze_table(model)  # as the database does by itself, but later
    assert cost(city, way, 650)[1] < 2


# Deciding -----------------------------------------------------------------------------------------
def test_the_office_accepts_many_at_once():
    city = City()
    assert returns_accept(ids=city.waiting("confirmed"), by=city.office) == 3
    assert {(row.state, row.accepted_by) for row in city.returns} == {("accepted", city.office)}


def test_a_head_sends_many_back_for_one_reason():
    city = City()
    ids = city.waiting("submitted")
    assert returns_send_back(ids=ids, by=city.head, reason=" 数字不实 ") == 3
    assert {(row.state, row.sent_back_reason) for row in city.returns} == {
        ("sent_back", "数字不实")
    }


def test_a_reason_is_needed_to_send_many_back():
    city = City()
    with pytest.raises(ValidationError, match="请写明理由"):
        returns_send_back(ids=city.waiting("submitted"), by=city.head, reason=" ")


def test_what_heads_have_confirmed_the_office_alone_sends_back():
    city = City()
    ids = city.waiting("confirmed")
    with pytest.raises(PermissionDenied, match="由项目办退回"):
        returns_send_back(ids=ids, by=city.head, reason="数字不实")
    assert returns_send_back(ids=ids, by=city.office, reason="数字不实") == 3


@pytest.mark.parametrize(
    ("decide", "state", "who"),
    [
        (returns_confirm, "submitted", "head"),
        (returns_accept, "confirmed", "office"),
        (lambda **given: returns_send_back(reason="数字不实", **given), "submitted", "head"),
    ],
    ids=["confirm", "accept", "send_back"],
)
def test_one_that_does_not_wait_and_nothing_is_decided(decide, state, who):
    city = City()
    ids = city.waiting(state)
    ProgressReturn.objects.filter(pk=ids[1]).update(state="draft")
    with pytest.raises(StateConflictError, match=str(ids[1])):
        decide(ids=ids, by=getattr(city, who))
    assert city.states() == [state, "draft", state]


# Reading ------------------------------------------------------------------------------------------
def test_how_a_month_stands_counts_each_project_once():
    city = City(4)
    draft, sent_back, submitted, accepted = city.returns
    everything = ProgressReturn.objects.filter(period=city.period)
    everything.filter(pk=sent_back.pk).update(state="sent_back")
    everything.filter(pk=submitted.pk).update(
        state="submitted", submitted_at="2025-09-09T10:00+08:00"
    )
    everything.filter(pk=accepted.pk).update(
        state="accepted", submitted_at="2025-09-04T10:00+08:00", **FILLED
    )
    correction = factories.ProgressReturnFactory(
        project=accepted.project, period=city.period, revision=2, revision_reason="漏报"
    )
    assert everything.standing() == {
        "all": 4, "draft": 2, "sent_back": 1, "submitted": 1, "confirmed": 0, "accepted": 0,
        "late_count": 1, "missing_count": 2,
    }  # fmt: skip
    newest = everything.newest_revisions().values_list("pk", flat=True)
    assert set(newest) == {draft.pk, sent_back.pk, submitted.pk, correction.pk}
