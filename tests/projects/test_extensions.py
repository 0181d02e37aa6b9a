"""The rulebook of requests for a later date 延期申请: asked, signed, granted or refused.

2025-09-23 is a Tuesday; 1 to 8 October are days off, 28 September and 11 October are worked.
"""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from portfolio.core import clock
from portfolio.core.errors import StateConflictError
from projects.deadlines import open_deadlines_by_key
from projects.milestones import extensions
from projects.milestones.models import ExtensionRequest, Milestone
from projects.milestones.rules import choose_decider, decide_by
from tests import clients, factories

EXTENSIONS = "/api/v1/extension-requests/"
MILESTONES = "/api/v1/milestones/"
DUE = dt.date(2025, 9, 30)


@pytest.mark.parametrize(
    ("of_the_report", "granted_before", "days", "who"),
    [
        (False, 0, 1, "supervisor"),
        (False, 0, 30, "supervisor"),
        (False, 0, 31, "leader"),
        (False, 1, 1, "leader"),
        (False, 2, 31, "leader"),
        (True, 0, 1, "leader"),
        (True, 1, 31, "leader"),
    ],
)
def test_who_decides(of_the_report, granted_before, days, who):
    assert (
        choose_decider(
            of_the_report=of_the_report,
            granted_before=granted_before,
            due_on=DUE,
            new_due_on=DUE + dt.timedelta(days=days),
        )
        == who
    )


@pytest.mark.parametrize(
    ("signed_on", "by"),
    [
        (dt.date(2025, 9, 23), dt.date(2025, 9, 26)),  # Tuesday → Friday
        (dt.date(2025, 9, 25), dt.date(2025, 9, 29)),  # Friday, make-up Sunday, Monday
        (dt.date(2025, 9, 30), dt.date(2025, 10, 11)),  # over the holiday; a make-up Saturday
    ],
)
def test_the_decision_is_due_on_the_third_working_day_after_the_signature(signed_on, by):
    assert decide_by(signed_on) == by


def test_a_day_off_of_the_citys_own_is_none_of_the_three():
    assert decide_by(dt.date(2025, 9, 23), {dt.date(2025, 9, 24): False}) == dt.date(2025, 9, 28)


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def do(client, extension, verb, **body):
    return clients.post(client, f"{EXTENSIONS}{extension.pk}/{verb}/", body)


def head_of(extension):
    department = extension.milestone.project.lead_department
    return clients.signed_in(factories.MembershipFactory(role="head", department=department).user)


def leader(user=None):
    user = user or factories.UserFactory()
    factories.MembershipFactory(role="leader", user=user)
    return clients.signed_in(user)


class TestTheWayThrough:
    def test_asked_signed_granted(self):
        extension = factories.AskedExtensionFactory(reason="雨季停工")
        signed = do(head_of(extension), extension, "sign")
        assert signed.status_code == 200, signed.json()
        row = signed.json()
        assert (row["state"], row["decide_by"], row["decider"]) == (
            "signed",
            "2025-09-26",
            "supervisor",
        )
        granted = do(clients.supervisor(), extension, "grant", note="同意")
        assert granted.status_code == 200, granted.json()
        row = granted.json()
        assert (row["state"], row["decision_note"]) == ("granted", "同意")
        assert granted.headers["ETag"] == f'"{row["version"]}"'

        milestone = clients.viewer().get(f"{MILESTONES}{extension.milestone_id}/").json()
        assert (milestone["due_on"], milestone["baseline_on"]) == ("2025-10-20", "2025-09-30")
        assert (milestone["extensions_count"], milestone["slip_days"]) == (1, 20)

    def test_a_refusal_moves_nothing_and_says_why(self):
        extension = factories.SignedExtensionFactory()
        row = do(clients.supervisor(), extension, "refuse", note="理由不充分").json()
        assert (row["state"], row["decision_note"]) == ("refused", "理由不充分")
        milestone = clients.viewer().get(f"{MILESTONES}{extension.milestone_id}/").json()
        assert (milestone["due_on"], milestone["extensions_count"], milestone["slip_days"]) == (
            "2025-09-30",
            0,
            0,
        )

    def test_after_a_refusal_it_may_be_asked_again(self):
        extension = factories.SignedExtensionFactory()
        do(clients.supervisor(), extension, "refuse", note="理由不充分")
        factories.AskedExtensionFactory(milestone=extension.milestone)

    def test_the_history_of_the_due_date_names_who_granted_it(self):
        extension = factories.SignedExtensionFactory()
        supervisor = factories.MembershipFactory(role="supervisor").user
        do(clients.signed_in(supervisor), extension, "grant")
        history = clients.viewer().get(f"{MILESTONES}{extension.milestone_id}/history/").json()
        newest = history["results"][0]
        assert newest["user"] == supervisor.pk
        assert newest["changes"]["due_on"] == {"before": "2025-09-30", "after": "2025-10-20"}

    def test_a_second_one_is_a_leaders_to_decide_and_both_are_counted(self):
        milestone = factories.MilestoneFactory()
        first = factories.SignedExtensionFactory(milestone=milestone)
        extensions.extension_grant(extension=first, by=None)
        milestone.refresh_from_db()
        second = factories.AskedExtensionFactory(milestone=milestone)
        row = do(head_of(second), second, "sign").json()
        assert row["decider"] == "leader"
        assert do(leader(), second, "grant").status_code == 200
        row = clients.viewer().get(f"{MILESTONES}{milestone.pk}/").json()
        assert (row["extensions_count"], row["slip_days"]) == (2, 40)

    @pytest.mark.parametrize("promise", [{"section": "§三（五）"}, {"report_key": "linnan-homes"}])
    def test_a_promise_of_the_report_is_a_leaders_to_move(self, promise):
        extension = factories.AskedExtensionFactory(milestone=factories.MilestoneFactory(**promise))
        assert do(head_of(extension), extension, "sign").json()["decider"] == "leader"


class TestWhoMay:
    def test_only_the_head_of_the_lead_department_signs(self):
        extension = factories.AskedExtensionFactory()
        project = extension.milestone.project
        other = factories.DepartmentFactory()
        project.supporting_departments.add(other)
        for client, status in (
            (clients.reporter_of(project.lead_department), 403),
            (clients.supervisor(), 403),
            (
                clients.signed_in(factories.MembershipFactory(role="head", department=other).user),
                403,
            ),
            (
                clients.signed_in(factories.MembershipFactory(role="head").user),
                404,
            ),
            (head_of(extension), 200),
        ):
            assert do(client, extension, "sign").status_code == status

    def test_a_supervisor_decides_what_is_a_supervisors(self):
        extension = factories.SignedExtensionFactory()
        for client in (head_of(extension), leader()):
            assert do(client, extension, "grant").status_code == 403
        assert do(clients.supervisor(), extension, "grant").status_code == 200

    def test_a_leader_decides_what_is_a_leaders(self):
        extension = factories.SignedExtensionFactory(decider="leader")
        response = do(clients.supervisor(), extension, "grant")
        assert response.status_code == 403
        assert "市领导" in response.json()["detail"]
        assert do(leader(), extension, "grant").status_code == 200

    def test_the_projects_sponsor_decides_and_no_other_leader(self):
        sponsor = factories.UserFactory()
        extension = factories.SignedExtensionFactory(
            decider="leader", milestone__project__sponsor=sponsor
        )
        client = leader(sponsor)
        assert do(leader(), extension, "grant").status_code == 403
        assert do(client, extension, "grant").status_code == 200

    @pytest.mark.parametrize("gone", [{"is_active": False}, {}])
    def test_where_the_sponsor_is_no_leader_any_more_any_leader_decides(self, gone):
        sponsor = factories.UserFactory(**gone)
        if gone:
            factories.MembershipFactory(role="leader", user=sponsor)
        extension = factories.SignedExtensionFactory(
            decider="leader", milestone__project__sponsor=sponsor
        )
        assert do(leader(), extension, "grant").status_code == 200

    @pytest.mark.parametrize("verb", ["sign", "grant", "refuse"])
    def test_strangers_do_not_even_see_it(self, verb):
        extension = factories.SignedExtensionFactory()
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert do(stranger, extension, verb).status_code == 404


class TestWhatIsRefused:
    def test_nothing_is_decided_before_it_is_signed(self):
        extension = factories.AskedExtensionFactory()
        assert do(clients.supervisor(), extension, "grant").status_code == 409

    @pytest.mark.parametrize("verb", ["grant", "refuse"])
    def test_a_decision_is_final(self, verb):
        extension = factories.SignedExtensionFactory()
        extensions.extension_grant(extension=extension, by=None)
        assert do(clients.supervisor(), extension, verb, note="改").status_code == 409
        assert do(head_of(extension), extension, "sign").status_code == 409
        response = head_of(extension).delete(f"{EXTENSIONS}{extension.pk}/")
        assert response.status_code == 409

    def test_a_refusal_needs_its_reason(self):
        extension = factories.SignedExtensionFactory()
        response = do(clients.supervisor(), extension, "refuse")
        assert clients.errors_of(response) == {"/note": "required"}

    def test_what_is_done_needs_no_later_date(self):
        extension = factories.SignedExtensionFactory()
        Milestone.objects.filter(pk=extension.milestone_id).update(done_on=dt.date(2025, 9, 22))
        assert do(clients.supervisor(), extension, "grant").status_code == 409
        assert do(clients.supervisor(), extension, "refuse", note="已完成").status_code == 200

    def test_a_signed_request_is_not_amended(self):
        extension = factories.SignedExtensionFactory()
        response = clients.patch(
            clients.administrator(), f"{EXTENSIONS}{extension.pk}/", {"reason": "另一个"}
        )
        assert response.status_code == 409


class TestTheDatabase:
    """No door, not even raw SQL, moves a due date without a granted request."""

    def move(self, milestone, day):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE projects_milestone SET due_on = %s WHERE id = %s", [day, milestone.pk]
            )

    def test_no_date_moves_by_itself(self):
        with pytest.raises(IntegrityError, match="milestone_due_on_by_extension_only"):
            self.move(factories.MilestoneFactory(), "2025-10-20")

    @pytest.mark.parametrize(
        "make", [factories.AskedExtensionFactory, factories.SignedExtensionFactory]
    )
    def test_nor_by_a_request_that_is_not_granted(self, make):
        with pytest.raises(IntegrityError):
            self.move(make().milestone, "2025-10-20")

    def test_nor_to_another_day_than_was_granted(self):
        extension = factories.SignedExtensionFactory()
        extensions.extension_grant(extension=extension, by=None)
        with pytest.raises(IntegrityError):
            self.move(extension.milestone, "2025-10-21")

    def test_nor_back_to_a_day_that_was_granted_before(self):
        milestone = factories.MilestoneFactory()
        for _ in range(2):
            milestone.refresh_from_db()
            extension = factories.SignedExtensionFactory(milestone=milestone)
            extensions.extension_grant(extension=extension, by=None)
        milestone.refresh_from_db()
        assert milestone.due_on == dt.date(2025, 11, 9)
        for day in ("2025-10-20", "2025-09-30"):
            with pytest.raises(IntegrityError):
                self.move(milestone, day)

    def test_nor_by_somebody_elses_request(self):
        extensions.extension_grant(extension=factories.SignedExtensionFactory(), by=None)
        with pytest.raises(IntegrityError):
            self.move(factories.MilestoneFactory(), "2025-10-20")

    def test_the_baseline_stays_whatever_is_granted(self):
        extension = factories.SignedExtensionFactory()
        extensions.extension_grant(extension=extension, by=None)
        with pytest.raises(IntegrityError, match="milestone_baseline_stays"), transaction.atomic():
            Milestone.objects.filter(pk=extension.milestone_id).update(
                baseline_on=dt.date(2025, 10, 1)
            )

    def test_a_decision_is_neither_changed_nor_deleted(self):
        extension = factories.SignedExtensionFactory()
        extensions.extension_refuse(extension=extension, by=None, note="否")
        rows = ExtensionRequest.objects.filter(pk=extension.pk)
        for write in (lambda: rows.update(state="granted"), rows.delete):
            with pytest.raises(IntegrityError, match="decision_is_final"), transaction.atomic():
                write()

    def test_nothing_is_granted_that_nobody_signed(self):
        extension = factories.AskedExtensionFactory()
        with pytest.raises(IntegrityError, match="signed_first"), transaction.atomic():
            ExtensionRequest.objects.filter(pk=extension.pk).update(
                state="granted", decided_at=clock.now()
            )

    def test_an_administrator_has_no_door_of_his_own(self):
        milestone = factories.MilestoneFactory()
        response = clients.patch(
            clients.administrator(), f"{MILESTONES}{milestone.pk}/", {"due_on": "2026-01-01"}
        )
        assert clients.errors_of(response) == {"/due_on": "by_extension_only"}


class TestItsDeadline:
    def deadline(self, extension):
        key = ("extension_request", extension.pk)
        return open_deadlines_by_key([key]).get(key)

    def test_the_supervisors_department_answers_for_the_decision(self):
        supervisor = factories.MembershipFactory(role="supervisor")
        found = self.deadline(factories.SignedExtensionFactory(decide_by=dt.date(2025, 9, 25)))
        assert (found.due_on, found.department_id) == (
            dt.date(2025, 9, 25),
            supervisor.department_id,
        )
        assert found.in_charge_id is None
        assert found.title.endswith("→ 2025-10-20")

    def test_the_sponsor_is_in_charge_of_a_leaders_decision(self):
        sponsor = factories.UserFactory()
        extension = factories.SignedExtensionFactory(
            decider="leader", milestone__project__sponsor=sponsor
        )
        assert self.deadline(extension).in_charge_id == sponsor.pk

    def test_there_is_none_before_the_signature_nor_after_the_decision(self):
        assert self.deadline(factories.AskedExtensionFactory()) is None
        extension = factories.SignedExtensionFactory()
        extensions.extension_grant(extension=extension, by=None)
        assert self.deadline(extension) is None

    def test_it_stands_in_the_list_of_deadlines(self):
        factories.SignedExtensionFactory()
        rows = clients.supervisor().get("/api/v1/deadlines/?kind=extension_request").json()
        assert rows["count"] == 1


def test_what_waits_for_a_leader_can_be_asked_for():
    factories.SignedExtensionFactory(decider="leader")
    factories.SignedExtensionFactory()
    client = clients.viewer()
    assert client.get(f"{EXTENSIONS}?state=signed&decider=leader").json()["count"] == 1
    assert client.get(f"{EXTENSIONS}?decide_before=2025-09-24").json()["count"] == 0


def test_the_services_say_no_in_words_too():
    extension = factories.AskedExtensionFactory()
    with pytest.raises(StateConflictError, match="已申请"):
        extensions.extension_grant(extension=extension, by=None)
