"""The year's programme: plans that freeze, versions that stay, who joins and who leaves."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from portfolio.core import clock
from projects.people.models import Department
from projects.programmes.models import Baseline, PlanPoint, ProgrammeEntry
from projects.programmes.services import (
    entry_approve,
    entry_leave,
    entry_rebaseline,
    plan_point_create,
    programme_approve,
)
from projects.register.services import transition_record
from projects.returns.models import ProgressReturn, ReturnPeriod
from tests import clients, factories

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/programme-entries/"
NOON = dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)


@pytest.fixture(autouse=True)
def _in_september():
    with clock.at(NOON):
        yield


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def planned(**fields) -> ProgrammeEntry:
    return factories.ProgrammeEntryFactory(
        **{
            "planned_investment": Decimal(2000),
            "planned_start": day("2025-04-01"),
            "planned_commissioning": day("2025-09-30"),
        }
        | fields
    )


def with_points(entry: ProgrammeEntry, **by_month: int) -> ProgrammeEntry:
    for month, investment in by_month.items():
        factories.PlanPointFactory(entry=entry, month=int(month[1:]), investment=investment)
    return entry


def office():
    known = Department.objects.filter(programme_office=True).first()
    return clients.reporter_of(known or factories.ProgrammeOfficeFactory())


class TestPlanByMonth:
    def test_a_department_says_its_plan_month_by_month_in_any_order(self):
        entry = planned()
        reporter = clients.reporter_of(entry.project.lead_department)
        for month, investment in ((12, "2000"), (6, "800"), (3, "0")):
            body = {"entry": entry.pk, "month": month, "investment": investment, "progress": month}
            response = clients.post(reporter, "/api/v1/plan-points/", body)
            assert response.status_code == 201, response.json()
        rows = reporter.get(f"/api/v1/plan-points/?entry={entry.pk}").json()["results"]
        assert [(row["month"], row["investment"]) for row in rows] == [
            (3, "0.00"),
            (6, "800.00"),
            (12, "2000.00"),
        ]

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({"month": 9, "investment": "799"}, {"/investment": "not_cumulative"}),
            ({"month": 3, "investment": "801"}, {"/investment": "not_cumulative"}),
            ({"month": 12, "investment": "2001"}, {"/investment": "not_cumulative"}),
            (
                {"month": 9, "investment": "900", "progress": "39"},
                {"/progress": "not_cumulative"},
            ),
            ({"month": 13, "investment": "900"}, {"/month": "max_value"}),
            ({"month": 9, "investment": "-1"}, {"/investment": "min_value"}),
        ],
    )
    def test_cumulative_figures_never_fall_nor_pass_the_years(self, body, wrong):
        entry = planned()
        factories.PlanPointFactory(entry=entry, month=6, investment=800, progress=40)
        response = clients.post(office(), "/api/v1/plan-points/", body | {"entry": entry.pk})
        assert response.status_code == 400
        assert clients.errors_of(response) == wrong

    def test_a_month_is_planned_once(self):
        entry = with_points(planned(), m6=800)
        body = {"entry": entry.pk, "month": 6, "investment": "900"}
        response = clients.post(office(), "/api/v1/plan-points/", body)
        assert response.status_code == 400
        assert "已存在" in response.json()["errors"][0]["message"]

    def test_a_point_moves_between_its_neighbours_only(self):
        entry = with_points(planned(), m3=100, m6=800, m9=1500)
        path = f"/api/v1/plan-points/{entry.plan_points.get(month=6).pk}/"
        assert clients.patch(office(), path, {"investment": "1500"}).status_code == 200
        refused = clients.patch(office(), path, {"investment": "1500.01"})
        assert clients.errors_of(refused) == {"/investment": "not_cumulative"}
        other = planned(programme=entry.programme)
        moved = clients.patch(office(), path, {"entry": other.pk})
        assert clients.errors_of(moved) == {"/entry": "fixed"}

    def test_the_years_money_is_not_cut_below_the_points(self):
        entry = with_points(planned(), m6=800)
        response = clients.patch(office(), f"{ENTRIES}{entry.pk}/", {"planned_investment": "799"})
        assert clients.errors_of(response) == {"/planned_investment": "not_cumulative"}

    def test_the_plan_is_written_as_a_whole_until_it_is_approved(self):
        entry = with_points(planned(), m3=100, m6=800)
        reporter = clients.reporter_of(entry.project.lead_department)
        path = f"{ENTRIES}{entry.pk}/plan/"
        points = [{"month": 6, "investment": "900"}, {"month": 12, "investment": "2000"}]
        assert clients.post(reporter, path, {"plan_points": points}).status_code == 200
        stored = entry.plan_points.order_by("month").values_list("month", "investment")
        assert list(stored) == [(6, Decimal(900)), (12, Decimal(2000))]
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert clients.post(stranger, path, {"plan_points": points}).status_code == 403
        twice = clients.post(reporter, path, {"plan_points": [points[0]] * 2})
        assert clients.errors_of(twice) == {"/plan_points": "duplicate"}
        entry_approve(entry=entry, by=None)
        assert clients.post(reporter, path, {"plan_points": points}).status_code == 409

    def test_another_departments_reporter_does_not_write_it(self):
        entry = planned()
        stranger = clients.reporter_of(factories.DepartmentFactory())
        body = {"entry": entry.pk, "month": 6, "investment": "800"}
        assert clients.post(stranger, "/api/v1/plan-points/", body).status_code == 403

    def test_a_proposal_is_deleted_with_its_points(self):
        entry = with_points(planned(), m6=800)
        assert office().delete(f"{ENTRIES}{entry.pk}/").status_code == 204
        assert not PlanPoint.objects.exists()


class TestApproval:
    def test_approval_makes_version_one_and_freezes_the_plan(self):
        entry = with_points(planned(), m6=800, m12=2000)
        client = office()
        response = clients.post(client, f"{ENTRIES}{entry.pk}/approve/", {})
        assert response.status_code == 200, response.json()
        row = response.json()
        assert (row["approved_on"], row["baseline_number"]) == ("2025-09-23", 1)
        assert row["approved_by"]
        assert response.headers["ETag"] == f'"{row["version"]}"'
        (version,) = client.get(f"{ENTRIES}{entry.pk}/baselines/").json()
        assert version["planned_investment"] == "2000.00"
        assert [point["month"] for point in version["plan_points"]] == [6, 12]

        frozen = clients.patch(client, f"{ENTRIES}{entry.pk}/", {"planned_investment": "3000"})
        assert frozen.status_code == 409
        point = {"entry": entry.pk, "month": 9, "investment": "900"}
        assert clients.post(client, "/api/v1/plan-points/", point).status_code == 409
        path = f"/api/v1/plan-points/{entry.plan_points.get(month=6).pk}/"
        assert clients.patch(client, path, {"investment": "700"}).status_code == 409
        assert client.delete(path).status_code == 409
        assert client.delete(f"{ENTRIES}{entry.pk}/").status_code == 409
        again = clients.post(client, f"{ENTRIES}{entry.pk}/approve/", {})
        assert again.status_code == 409

    def test_the_database_freezes_it_past_every_service(self):
        entry = with_points(planned(), m6=800)
        entry_approve(entry=entry, by=None)
        points = PlanPoint.objects.filter(entry=entry)
        for write in (
            lambda: points.update(investment=1),
            points.delete,
            lambda: factories.PlanPointFactory(entry=entry, month=9, investment=900),
            lambda: ProgrammeEntry.objects.update(planned_investment=1),
            lambda: ProgrammeEntry.objects.update(planned_investment=1, baseline_number=2),
            lambda: ProgrammeEntry.objects.update(baseline_number=2),
            lambda: ProgrammeEntry.objects.update(approved_on=None),
            lambda: Baseline.objects.update(planned_investment=1),
            lambda: Baseline.objects.filter(entry=entry)._raw_delete("default"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                write()
        assert points.get().investment == 800

    @pytest.mark.parametrize("field", ["approved_on", "approved_by", "left_on", "baseline_number"])
    def test_nobody_types_an_approval(self, field):
        entry = planned()
        response = clients.patch(office(), f"{ENTRIES}{entry.pk}/", {field: "2025-02-01"})
        assert clients.errors_of(response) == {f"/{field}": "read_only"}

    def test_an_approval_lies_not_in_the_future(self):
        response = clients.post(
            office(), f"{ENTRIES}{planned().pk}/approve/", {"approved_on": "2025-09-24"}
        )
        assert clients.errors_of(response) == {"/approved_on": "in_the_future"}

    def test_a_plan_that_does_not_add_up_is_not_approved(self):
        entry = with_points(planned(), m12=1999)
        response = clients.post(office(), f"{ENTRIES}{entry.pk}/approve/", {})
        assert response.status_code == 409
        assert "1999.00" in response.json()["detail"]

    def test_who_may_not_approve_is_told_before_the_body_is_read(self):
        entry = planned()
        reporter = clients.reporter_of(entry.project.lead_department)
        for verb in ("approve", "rebaseline", "leave"):
            path = f"{ENTRIES}{entry.pk}/{verb}/"
            assert clients.post(reporter, path, {"nonsense": 1}).status_code == 403
            assert clients.post(office(), path, {"nonsense": 1}).status_code == 400
            assert clients.post(office(), f"{ENTRIES}99999999/{verb}/", {}).status_code == 404

    def test_the_whole_programme_is_approved_at_once(self):
        programme = factories.ProgrammeFactory()
        entries = [planned(programme=programme) for _ in range(3)]
        entry_approve(entry=entries[0], by=None, approved_on=day("2025-01-10"))
        path = f"/api/v1/programmes/{programme.pk}/"
        response = clients.post(office(), f"{path}approve/", {"approved_on": "2025-01-20"})
        assert response.status_code == 200, response.json()
        assert response.json()["approved_on"] == "2025-01-20"
        assert response.json()["approved_count"] == 3
        days = ProgrammeEntry.objects.order_by("id").values_list("approved_on", flat=True)
        assert list(days) == [day("2025-01-10"), day("2025-01-20"), day("2025-01-20")]
        assert Baseline.objects.filter(number=1).count() == 3
        assert clients.post(office(), f"{path}approve/", {}).status_code == 409

    def test_one_plan_that_does_not_add_up_stops_the_whole_programme_by_its_name(self):
        programme = factories.ProgrammeFactory()
        planned(programme=programme)
        wrong = with_points(planned(programme=programme), m12=1)
        response = clients.post(office(), f"/api/v1/programmes/{programme.pk}/approve/", {})
        assert response.status_code == 409
        assert wrong.project.code in response.json()["detail"]
        assert not Baseline.objects.exists()


class TestRebaselining:
    def test_a_new_version_has_a_reason_and_keeps_the_old_one(self):
        entry = with_points(planned(), m6=800, m12=2000)
        entry_approve(entry=entry, by=None, approved_on=day("2025-01-20"))
        body = {
            "planned_investment": "1500",
            "planned_start": "2025-06-01",
            "planned_commissioning": "2025-12-31",
            "reason": "用地批复推迟",
            "plan_points": [
                {"month": 9, "investment": "600", "progress": "30"},
                {"month": 12, "investment": "1500", "progress": "100"},
            ],
        }
        client = office()
        response = clients.post(client, f"{ENTRIES}{entry.pk}/rebaseline/", body)
        assert response.status_code == 200, response.json()
        assert response.json()["planned_investment"] == "1500.00"
        assert response.json()["baseline_number"] == 2
        assert response.json()["approved_on"] == "2025-01-20"
        first, second = client.get(f"{ENTRIES}{entry.pk}/baselines/").json()
        assert (first["planned_investment"], second["planned_investment"]) == ("2000.00", "1500.00")
        assert (first["reason"], second["reason"]) == ("", "用地批复推迟")
        assert (first["approved_on"], second["approved_on"]) == ("2025-01-20", "2025-09-23")
        assert [point["month"] for point in first["plan_points"]] == [6, 12]
        assert [point["month"] for point in second["plan_points"]] == [9, 12]

    def test_points_that_still_fit_go_on(self):
        entry = with_points(planned(), m6=800, m12=2000)
        entry_approve(entry=entry, by=None)
        version = entry_rebaseline(
            entry=entry, by=None, reason="推迟", plan={"planned_commissioning": day("2025-12-31")}
        )
        assert version.number == 2
        assert entry.plan_points.filter(baseline_number=2).count() == 2

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"planned_investment": "1500"}, "/reason", "required"),
            ({"reason": "x"}, "/planned_investment", "nothing_changed"),
            ({"reason": "x", "planned_investment": "1500"}, "/plan_points", "not_cumulative"),
            (
                {"reason": "x", "plan_points": [{"month": 12, "investment": "1999"}]},
                "/plan_points",
                "not_cumulative",
            ),
            (
                {"reason": "x", "plan_points": [{"month": 6, "investment": "1"}] * 2},
                "/plan_points",
                "duplicate",
            ),
            (
                {"reason": "x", "plan_points": [{"month": 6, "money": "1"}]},
                "/plan_points/0/money",
                "unknown_field",
            ),
            (
                {"reason": "x", "planned_commissioning": "2025-03-31"},
                "",
                "programmeentry_start_before_commissioning",
            ),
            (
                {"reason": "x", "planned_start": "2025-05-01", "approved_on": "2025-12-01"},
                "/approved_on",
                "in_the_future",
            ),
        ],
    )
    def test_what_makes_no_version_is_named(self, body, pointer, code):
        entry = with_points(planned(), m12=2000)
        entry_approve(entry=entry, by=None)
        response = clients.post(office(), f"{ENTRIES}{entry.pk}/rebaseline/", body)
        assert response.status_code == 400, response.json()
        found = clients.errors_of(response)
        assert set(found) == {pointer}
        assert found[pointer] == code or not pointer
        assert entry.baselines.count() == 1

    def test_a_plan_that_nobody_approved_is_just_changed(self):
        response = clients.post(office(), f"{ENTRIES}{planned().pk}/rebaseline/", {"reason": "x"})
        assert response.status_code == 409

    def test_a_plan_approved_before_versions_were_kept_gets_its_first(self):
        entry = planned(approved_on=day("2025-01-20"))
        entry_rebaseline(entry=entry, by=None, reason="推迟", plan={"planned_investment": 100})
        versions = entry.baselines.values_list("number", "planned_investment", "approved_on")
        assert list(versions) == [
            (1, Decimal(2000), day("2025-01-20")),
            (2, Decimal(100), day("2025-09-23")),
        ]


class TestJoiningAndLeaving:
    def body(self, programme, **more):
        return {"programme": programme.pk, "project": factories.ProjectFactory().pk, **more}

    def test_after_the_programmes_approval_one_joins_with_an_approval(self):
        programme = factories.ProgrammeFactory(approved_on=day("2025-01-20"))
        client = office()
        bare = clients.post(client, ENTRIES, self.body(programme))
        assert clients.errors_of(bare) == {"/joined_on": "required"}
        joining = {"joined_on": "2025-06-01", "join_approval": "包政办〔2025〕6 号"}
        joined = clients.post(client, ENTRIES, self.body(programme, **joining))
        assert joined.status_code == 201, joined.json()
        assert joined.json()["joined_on"] == "2025-06-01"
        path = f"{ENTRIES}{joined.json()['id']}/"
        moved = clients.patch(client, path, {"joined_on": "2025-07-01"})
        assert clients.errors_of(moved) == {"/joined_on": "fixed"}
        assert clients.patch(client, path, {"planned_investment": "5"}).status_code == 200

    @pytest.mark.parametrize(
        ("on", "code"),
        [
            ("2025-09-24", "in_the_future"),
            ("2024-12-31", "other_year"),
            ("2025-01-19", "before_the_approval"),
        ],
    )
    def test_the_day_of_joining_lies_in_the_year_after_the_approval(self, on, code):
        programme = factories.ProgrammeFactory(approved_on=day("2025-01-20"))
        body = self.body(programme, joined_on=on, join_approval="x")
        assert clients.errors_of(clients.post(office(), ENTRIES, body)) == {"/joined_on": code}

    def test_before_the_approval_nobody_joins(self):
        body = self.body(factories.ProgrammeFactory(), joined_on="2025-06-01", join_approval="x")
        assert clients.post(office(), ENTRIES, body).status_code == 409

    def test_leaving_has_a_day_and_an_approval_and_happens_once(self):
        entry = planned()
        path = f"{ENTRIES}{entry.pk}/leave/"
        bare = clients.post(office(), path, {"left_on": "2025-08-01"})
        assert clients.errors_of(bare) == {"/leave_approval": "required"}
        body = {"left_on": "2025-08-01", "leave_approval": "包政办〔2025〕8 号"}
        left = clients.post(office(), path, body)
        assert left.status_code == 200
        assert left.json()["left_on"] == "2025-08-01"
        assert clients.post(office(), path, body).status_code == 409
        assert clients.post(office(), f"{ENTRIES}{entry.pk}/approve/", {}).status_code == 409
        anew = clients.post(office(), f"{ENTRIES}{entry.pk}/rebaseline/", {"reason": "x"})
        assert anew.status_code == 409

    def test_figures_stand_against_both_denominators(self):
        programme = factories.ProgrammeFactory(planned_count=8)
        stays, leaves, joins = (
            planned(programme=programme, project__stage="construction") for _ in range(3)
        )
        planned(programme=programme)
        programme_approve(programme=programme, by=None, approved_on=day("2025-01-20"))
        ProgrammeEntry.objects.filter(pk=joins.pk).update(
            joined_on=day("2025-05-01"), join_approval="x"
        )
        entry_leave(entry=leaves, by=None, left_on=day("2025-08-01"), leave_approval="x")
        transition_record(
            project=stays.project, by=None, to_stage="commissioned", effective_on=day("2025-06-01")
        )
        month = ReturnPeriod.objects.create(year=2025, month=6, due_on=day("2025-07-07"))
        for entry, money in ((stays, 500), (leaves, 300)):
            ProgressReturn.objects.create(
                project=entry.project, period=month, state="accepted", investment_reported=money
            )
        body = clients.viewer().get(f"/api/v1/programmes/{programme.pk}/figures/").json()
        counts = {name: value for name, value in body.items() if name.endswith("_count")}
        assert counts == {
            "planned_count": 8,
            "registered_count": 4,
            "original_count": 3,
            "approved_count": 4,
            "joined_count": 1,
            "left_count": 1,
            "in_force_count": 3,
        }
        # 500 + 300 of 4 × 2000; without the one that left: 500 of 3 × 2000
        assert body["registered_money"] == {
            "planned": "8000.00", "done": "800.00", "share": "10.00",
        }  # fmt: skip
        assert body["in_force_money"] == {"planned": "6000.00", "done": "500.00", "share": "8.33"}
        commissioned = body["batches"][0]
        assert (commissioned["of_planned"], commissioned["of_in_force"]) == ("12.50", "33.33")

    def test_yesterdays_figures_do_not_know_who_left_today(self):
        with clock.at(NOON - dt.timedelta(days=1)):
            entry = planned()
        entry_leave(entry=entry, by=None, left_on=day("2025-08-01"), leave_approval="x")
        path = f"/api/v1/programmes/{entry.programme_id}/figures/"
        client = clients.viewer()
        assert client.get(path).json()["in_force_count"] == 0
        assert client.get(f"{path}?as_of=2025-09-22").json()["in_force_count"] == 1


def test_points_are_written_by_the_system_too():
    point = plan_point_create(
        by=None, fields={"entry": planned(), "month": 6, "investment": Decimal(5)}
    )
    assert point.baseline_number == 1
