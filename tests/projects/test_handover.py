"""The rulebook of hand-over: 交办, 反馈, 退办, 挂账, 办结销号, and numbered notices."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from portfolio.core import clock
from projects.deadlines import open_deadlines_by_key
from projects.handover import services as handover
from projects.handover.rules import HandoverState, may_follow, notice_number
from projects.milestones.extensions import extension_grant
from projects.milestones.models import HandoverStep, Milestone
from tests import clients, factories

MILESTONES = "/api/v1/milestones/"
STEPS = "/api/v1/hand-over-steps/"
TODAY = dt.date(2025, 9, 23)

# Written by hand: where it stands → what may be the next step.
FOLLOWS = {
    "": {"assigned"},
    "assigned": {"reported", "parked", "closed"},
    "reported": {"returned", "parked", "closed"},
    "returned": {"reported", "parked", "closed"},
    "parked": {"assigned", "reported", "parked", "closed"},
    "closed": {"assigned"},
}


@pytest.mark.parametrize(("before", "step"), list(product(["", *HandoverState], HandoverState)))
def test_which_step_may_follow_which(before, step):
    assert may_follow(before, step) == (step.value in FOLLOWS[str(before)])


def test_how_a_notice_is_called():
    assert notice_number(2025, 1) == "督办〔2025〕1号"


@pytest.mark.parametrize(
    ("done_on", "late"),
    [(None, None), ("2025-09-29", False), ("2025-09-30", False), ("2025-10-01", True)],
)
def test_late_is_what_was_done_after_the_day_first_promised(done_on, late):
    milestone = factories.MilestoneFactory(baseline_on=dt.date(2025, 9, 30))
    Milestone.objects.filter(pk=milestone.pk).update(done_on=done_on)
    assert row_of(milestone)["finished_late"] is late


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def do(client, milestone, verb, **body):
    return clients.post(client, f"{MILESTONES}{milestone.pk}/hand-over/{verb}/", body)


def department_of(milestone):
    return clients.reporter_of(milestone.project.lead_department)


def row_of(milestone):
    return clients.viewer().get(f"{MILESTONES}{milestone.pk}/").json()


class TestTheWayThrough:
    def test_handed_over_reported_returned_reported_closed(self):
        milestone = factories.MilestoneFactory()
        supervisor, department = clients.supervisor(), department_of(milestone)
        assert row_of(milestone)["hand_over_state"] is None

        assigned = do(supervisor, milestone, "assign", text="请按期完成")
        assert assigned.status_code == 201, assigned.json()
        assert assigned.json()["notice_number"] == "督办〔2025〕1号"
        assert do(department, milestone, "report", text="已完成八成").status_code == 201
        assert do(supervisor, milestone, "return", reason="未附佐证").status_code == 201
        assert do(department, milestone, "report", text="已附").status_code == 201
        Milestone.objects.filter(pk=milestone.pk).update(done_on=TODAY)
        assert do(supervisor, milestone, "close").status_code == 201

        row = row_of(milestone)
        assert (row["hand_over_state"], row["hand_over_notice"]) == ("closed", "督办〔2025〕1号")
        steps = department.get(f"{MILESTONES}{milestone.pk}/hand-over/").json()
        assert [step["state"] for step in steps] == [
            "assigned",
            "reported",
            "returned",
            "reported",
            "closed",
        ]
        assert steps[2]["text"] == "未附佐证"

    def test_a_closed_one_is_handed_over_anew_under_a_new_number(self):
        step = factories.HandoverStepFactory(state="closed", notice_number="")
        again = do(clients.supervisor(), step.milestone, "assign")
        assert again.json()["notice_number"] == "督办〔2025〕1号"

    def test_finished_late_stays_late_whatever_was_extended(self):
        extension = factories.SignedExtensionFactory()
        extension_grant(extension=extension, by=None)
        milestone = extension.milestone
        assert row_of(milestone)["finished_late"] is None
        with clock.at(dt.datetime(2025, 10, 10, 9, tzinfo=clock.CITY_TIME)):
            clients.patch(
                department_of(milestone),
                f"{MILESTONES}{milestone.pk}/",
                {"done_on": "2025-10-10"},
            )
        row = row_of(milestone)
        assert (row["due_on"], row["finished_late"]) == ("2025-10-20", True)
        found = clients.viewer().get(f"{MILESTONES}?finished_late=true").json()
        assert [each["id"] for each in found["results"]] == [milestone.pk]

    def test_the_day_of_completion_is_fixed_once_it_is_closed(self):
        milestone = factories.MilestoneFactory(done_on=TODAY)
        factories.HandoverStepFactory(milestone=milestone, state="closed")
        response = clients.patch(
            department_of(milestone), f"{MILESTONES}{milestone.pk}/", {"done_on": "2025-09-01"}
        )
        assert response.status_code == 409
        with pytest.raises(IntegrityError, match="stays_once_closed"), transaction.atomic():
            Milestone.objects.filter(pk=milestone.pk).update(done_on=dt.date(2025, 9, 1))


class TestNotices:
    def test_they_are_numbered_within_the_year(self):
        numbers = [
            handover.hand_over_assign(task=factories.MilestoneFactory(), by=None).notice_number
            for _ in range(3)
        ]
        assert numbers == [f"督办〔2025〕{n}号" for n in (1, 2, 3)]
        with clock.at(dt.datetime(2026, 1, 5, 9, tzinfo=clock.CITY_TIME)):
            step = handover.hand_over_assign(task=factories.MilestoneFactory(), by=None)
        assert step.notice_number == "督办〔2026〕1号"

    def test_a_refused_hand_over_uses_no_number_up(self):
        milestone = factories.MilestoneFactory()
        do(clients.supervisor(), milestone, "assign")
        assert do(clients.supervisor(), milestone, "assign").status_code == 409
        another = do(clients.supervisor(), factories.MilestoneFactory(), "assign")
        assert another.json()["notice_number"] == "督办〔2025〕2号"

    def test_the_database_gives_no_number_twice_and_forgets_none(self):
        step = factories.HandoverStepFactory(notice_number="督办〔2025〕1号")
        with pytest.raises(IntegrityError, match="handoverstep_notice_once"), transaction.atomic():
            factories.HandoverStepFactory(notice_number="督办〔2025〕1号")
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            HandoverStep.objects.filter(pk=step.pk).delete()
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            HandoverStep.objects.filter(pk=step.pk).update(notice_number="")

    def test_it_is_found_by_its_number(self):
        factories.HandoverStepFactory()
        step = factories.HandoverStepFactory(notice_number="督办〔2025〕7号")
        found = clients.viewer().get(f"{STEPS}?notice_number=督办〔2025〕7号").json()
        assert [row["id"] for row in found["results"]] == [step.pk]


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_at_once_get_two_numbers():
    milestones = factories.MilestoneFactory.create_batch(8)

    def hand_over(milestone):
        try:
            return handover.hand_over_assign(task=milestone, by=None).notice_number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(hand_over, milestones))
    assert len(set(numbers)) == 8
    assert {number.removesuffix("号").rpartition("〕")[2] for number in numbers} == {
        str(n) for n in range(1, 9)
    }


class TestParking:
    def park(self, milestone, until="2025-12-01"):
        return do(
            clients.supervisor(), milestone, "park", reason="等待上级批复", parked_until=until
        )

    def deadline(self, milestone):
        return open_deadlines_by_key([("milestone", milestone.pk)])

    def test_the_clock_stands_still_until_the_day(self):
        milestone = factories.HandoverStepFactory().milestone
        assert self.deadline(milestone)
        parked = self.park(milestone)
        assert parked.status_code == 201, parked.json()
        assert not self.deadline(milestone)
        assert row_of(milestone)["parked_until"] == "2025-12-01"
        # The day before the end it still stands still; on the day it runs again.
        for day, overdue in ((dt.date(2025, 11, 30), False), (dt.date(2025, 12, 1), True)):
            with clock.at(dt.datetime.combine(day, dt.time(9), clock.CITY_TIME)):
                assert bool(self.deadline(milestone)) is overdue
            assert Milestone.objects.overdue(on=day).exists() is overdue

    def test_handing_it_over_anew_lets_the_clock_run(self):
        milestone = factories.HandoverStepFactory().milestone
        self.park(milestone)
        assert do(clients.supervisor(), milestone, "assign").status_code == 201
        assert self.deadline(milestone)
        assert row_of(milestone)["parked_until"] is None

    @pytest.mark.parametrize("until", ["2025-09-23", "2025-09-01"])
    def test_it_ends_on_a_day_to_come(self, until):
        milestone = factories.HandoverStepFactory().milestone
        assert clients.errors_of(self.park(milestone, until)) == {"/parked_until": "not_later"}

    def test_it_needs_a_reason_and_an_end(self):
        milestone = factories.HandoverStepFactory().milestone
        response = do(clients.supervisor(), milestone, "park")
        assert clients.errors_of(response) == {
            "/reason": "required",
            "/parked_until": "required",
        }


class TestWhatIsRefused:
    def test_a_return_without_a_reason(self):
        milestone = factories.HandoverStepFactory(state="reported").milestone
        for body in ({}, {"reason": " "}):
            response = do(clients.supervisor(), milestone, "return", **body)
            assert "/reason" in clients.errors_of(response)

    def test_closing_what_is_not_done(self):
        milestone = factories.HandoverStepFactory(state="reported").milestone
        response = do(clients.supervisor(), milestone, "close")
        assert response.status_code == 409
        assert response.json()["errors"][0]["code"] == "not_done"

    def test_handing_over_what_is_done(self):
        milestone = factories.MilestoneFactory(done_on=TODAY)
        assert do(clients.supervisor(), milestone, "assign").status_code == 409

    def test_a_report_on_what_was_never_handed_over(self):
        milestone = factories.MilestoneFactory()
        response = do(department_of(milestone), milestone, "report", text="甲")
        assert response.status_code == 409
        assert "未交办" in response.json()["detail"]
        assert HandoverStep.objects.count() == 0

    @pytest.mark.parametrize(
        "fields",
        [
            {"state": "parked", "text": "甲"},
            {"state": "parked", "parked_until": "2025-12-01"},
            {"state": "returned"},
            {"state": "nonsense"},
        ],
    )
    def test_by_the_database_too(self, fields):
        milestone = factories.MilestoneFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            HandoverStep.objects.create(milestone=milestone, **fields)

    def test_nobody_posts_to_the_register_itself(self):
        assert clients.post(clients.administrator(), STEPS, {}).status_code == 405


class TestWhoMay:
    @pytest.mark.parametrize(
        ("verb", "body"),
        [
            ("assign", {}),
            ("return", {"reason": "甲"}),
            ("park", {"reason": "甲", "parked_until": "2025-12-01"}),
            ("close", {}),
        ],
    )
    def test_all_but_the_report_is_a_supervisors(self, verb, body):
        milestone = factories.HandoverStepFactory(state="reported").milestone
        for client in (
            department_of(milestone),
            clients.viewer(),
            clients.signed_in(factories.MembershipFactory(role="leader").user),
        ):
            assert do(client, milestone, verb, **body).status_code == 403
        assert HandoverStep.objects.count() == 1

    def test_only_the_lead_department_reports(self):
        milestone = factories.HandoverStepFactory().milestone
        supporting = factories.DepartmentFactory()
        milestone.project.supporting_departments.add(supporting)
        for client in (
            clients.reporter_of(supporting),
            clients.reporter_of(factories.DepartmentFactory()),
            clients.supervisor(),
        ):
            assert do(client, milestone, "report", text="甲").status_code == 403
        assert HandoverStep.objects.count() == 1
        assert do(department_of(milestone), milestone, "report", text="甲").status_code == 201

    def test_the_steps_are_seen_by_whom_they_concern(self):
        step = factories.HandoverStepFactory(text="内部情况")
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert stranger.get(f"{MILESTONES}{step.milestone_id}/hand-over/").json() == []
        assert stranger.get(f"{STEPS}{step.pk}/").status_code == 404
        concerned = department_of(step.milestone)
        assert concerned.get(f"{STEPS}{step.pk}/").json()["text"] == "内部情况"
        assert concerned.get(f"{STEPS}{step.pk}/history/").json()["count"] == 1

    def test_an_unknown_milestone_is_not_found(self):
        milestone = factories.MilestoneFactory.build(pk=999_999)
        assert do(clients.supervisor(), milestone, "assign").status_code == 404


def test_where_hand_overs_stand_can_be_asked_for():
    parked = factories.HandoverStepFactory(
        state="parked", text="甲", parked_until=dt.date(2025, 12, 1), notice_number=""
    )
    factories.HandoverStepFactory()
    client = clients.viewer()
    found = client.get(f"{MILESTONES}?hand_over_state=parked,closed").json()
    assert [row["id"] for row in found["results"]] == [parked.milestone_id]
    assert client.get(f"{STEPS}?state=assigned&newest=true").json()["count"] == 1


def test_a_milestone_that_was_handed_over_is_not_deleted():
    step = factories.HandoverStepFactory()
    response = clients.administrator().delete(f"{MILESTONES}{step.milestone_id}/")
    assert response.status_code == 409
