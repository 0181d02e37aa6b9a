"""Slip: days and money, against each version of a plan."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from projects.programmes.services import entry_approve, entry_rebaseline
from projects.progress.rules import Basis, SlipFacts, compute_slip, day_slip
from projects.register.rules import find_furthest_stage, has_reached
from projects.register.services import transition_record
from projects.returns.models import ProgressReturn, ReturnPeriod
from tests import clients, factories

NOON = dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


PLANNED = day("2025-06-01")


@pytest.mark.parametrize(
    ("actual", "happened", "forecast", "on", "days", "basis"),
    [
        ("2025-06-11", True, None, "2025-09-23", 10, Basis.ACTUAL),
        ("2025-05-22", True, None, "2025-09-23", -10, Basis.ACTUAL),
        # what happened goes before what was expected
        ("2025-06-11", True, "2025-12-31", "2025-09-23", 10, Basis.ACTUAL),
        # it is known that, but not when
        (None, True, None, "2025-09-23", None, Basis.NONE),
        (None, False, "2025-07-01", "2025-05-01", 30, Basis.FORECAST),
        (None, False, "2025-05-25", "2025-05-01", -7, Basis.FORECAST),
        # a forecast whose day is over says nothing any more
        (None, False, "2025-06-02", "2025-06-05", 4, Basis.OVERDUE),
        (None, False, None, "2025-06-02", 1, Basis.OVERDUE),
        (None, False, None, "2025-06-01", None, Basis.NONE),
    ],
)
def test_days_slip_to_what_happened_or_is_expected_or_to_today(
    actual, happened, forecast, on, days, basis
):
    found = day_slip(
        PLANNED,
        actual=actual and day(actual),
        happened=happened,
        forecast=forecast and day(forecast),
        on=day(on),
    )
    assert (found.days, found.basis) == (days, basis)


def test_what_was_not_planned_does_not_slip():
    found = day_slip(None, actual=PLANNED, happened=True, on=PLANNED)
    assert (found.stands_at, found.days) == (PLANNED, None)


@pytest.mark.parametrize(
    ("planned", "done", "money"),
    [("100", "40", "60"), ("100", "120", "-20"), (None, "40", None), ("100", None, None)],
)
def test_money_is_what_the_plan_to_date_wants_less_what_is_done(planned, done, money):
    found = compute_slip(
        planned_start=None,
        planned_commissioning=None,
        planned_to_date=planned and Decimal(planned),
        facts=SlipFacts(investment_done=done and Decimal(done)),
        on=PLANNED,
    )
    assert found.money == (money and Decimal(money))


def test_a_suspended_or_cancelled_project_has_come_as_far_as_it_came():
    class Step:
        def __init__(self, to_stage):
            self.from_stage, self.to_stage = "", to_stage

    assert find_furthest_stage([]) is None
    at = find_furthest_stage([Step("reserve"), Step("construction"), Step("suspended")])
    assert has_reached(at, "construction")
    assert not has_reached(at, "commissioned")
    assert not has_reached(None, "reserve")


@pytest.mark.django_db
class TestEndpoint:
    @pytest.fixture(autouse=True)
    def _in_september(self):
        with clock.at(NOON):
            yield

    def entry(self):
        """Planned to start on 1 April and to be commissioned by the end of September."""
        return factories.ProgrammeEntryFactory(
            planned_investment=2000,
            planned_start=day("2025-04-01"),
            planned_commissioning=day("2025-09-30"),
            project__stage="preparation",
        )

    def returned(self, entry, month, money, state="accepted", **more):
        period, _ = ReturnPeriod.objects.get_or_create(
            year=2025, month=month, defaults={"due_on": day("2025-12-31")}
        )
        return ProgressReturn.objects.create(
            project=entry.project, period=period, state=state, investment_reported=money, **more
        )

    def told(self, entry, client=None, query=""):
        path = f"/api/v1/programme-entries/{entry.pk}/slip/{query}"
        response = (client or clients.supervisor()).get(path)
        assert response.status_code == 200, response.json()
        return response.json()

    def test_an_unapproved_plan_has_no_version_to_slip_against(self):
        assert self.told(self.entry())["versions"] == []

    def test_slip_stands_against_each_version(self):
        entry = self.entry()
        for month, investment in ((6, 800), (9, 1600), (12, 2000)):
            factories.PlanPointFactory(entry=entry, month=month, investment=investment)
        entry_approve(entry=entry, by=None, approved_on=day("2025-01-20"))
        transition_record(
            project=entry.project, by=None, to_stage="construction", effective_on=day("2025-05-01")
        )
        entry_rebaseline(
            entry=entry,
            by=None,
            reason="用地批复推迟",
            plan={
                "planned_start": day("2025-05-01"),
                "planned_commissioning": day("2025-12-31"),
            },
        )
        self.returned(entry, 5, 300, revision_reason="x")
        self.returned(entry, 6, 100, forecast_commissioning=day("2025-12-01"))
        self.returned(entry, 6, 200, revision=2, revision_reason="漏报",
                      forecast_commissioning=day("2026-01-10"))  # fmt: skip
        self.returned(entry, 7, 900, state="submitted")  # counts once it is accepted
        body = self.told(entry)
        assert body["on"] == "2025-09-23"
        # May's 300 and June's corrected 200, compared on the day that they speak of
        assert (body["money_on"], body["investment_done"]) == ("2025-06-30", "500.00")
        first, second = body["versions"]
        assert first["planned_to_date"] == second["planned_to_date"] == "800.00"
        assert first["money"] == "300.00"
        assert (first["start"]["days"], first["start"]["basis"]) == (30, "actual")
        assert (second["start"]["days"], second["start"]["basis"]) == (0, "actual")
        # forecast for 10 January: 102 days after 30 September, 10 after 31 December
        assert first["commissioning"] == {
            "planned": "2025-09-30",
            "stands_at": "2026-01-10",
            "days": 102,
            "basis": "forecast",
        }
        assert second["commissioning"]["days"] == 10
        assert not first["fallback"]

    def test_without_points_the_plan_to_date_is_marked_as_a_fallback(self):
        entry = self.entry()
        entry_approve(entry=entry, by=None)
        (version,) = self.told(entry)["versions"]
        assert version["fallback"]
        assert version["money"] is None
        # not begun although 1 April is over: 175 days and counting
        assert (version["start"]["days"], version["start"]["basis"]) == (175, "overdue")

    def test_money_and_forecast_are_told_to_those_who_may_see_the_returns(self):
        entry = self.entry()
        entry_approve(entry=entry, by=None)
        self.returned(entry, 6, 100, forecast_commissioning=day("2025-12-01"))
        stranger = self.told(entry, clients.reporter_of(factories.DepartmentFactory()))
        assert stranger["investment_done"] is None
        assert stranger["versions"][0]["commissioning"]["basis"] == ""
        own = self.told(entry, clients.reporter_of(entry.project.lead_department))
        assert own["investment_done"] == "100.00"
        assert own["versions"][0]["commissioning"]["basis"] == "forecast"

    def test_a_past_day_is_told_as_it_was_known(self):
        with clock.at(NOON - dt.timedelta(days=30)):
            entry = self.entry()
            entry_approve(entry=entry, by=None)
        self.returned(entry, 6, 100)
        past = self.told(entry, query="?as_of=2025-08-30")
        assert (past["on"], past["investment_done"]) == ("2025-08-30", None)
        assert past["versions"][0]["start"]["days"] == 151

    def test_queries_do_not_grow_with_versions_and_returns(self):
        entry = self.entry()
        entry_approve(entry=entry, by=None)
        client = clients.supervisor()
        self.told(entry, client)
        counts = []
        for number in (1, 2, 3):
            entry_rebaseline(
                entry=entry, by=None, reason="x", plan={"planned_investment": 10 * number}
            )
            self.returned(entry, number, 1)
            with CaptureQueriesContext(connection) as captured:
                self.told(entry, client)
            counts.append(len(captured))
        assert len(set(counts)) == 1
        assert counts[0] <= 12
