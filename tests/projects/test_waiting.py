"""What waits for a person's hand: the same as the services would let the person do."""

import datetime as dt

import pytest

from projects.inspections import results as inspection_results
from projects.inspections.waiting import rounds_to_approve, rounds_to_publish
from projects.milestones.extensions import may_decide
from projects.milestones.models import ExtensionRequest
from projects.milestones.waiting import extensions_to_decide, extensions_to_sign, reports_to_close
from projects.problems.models import Problem
from projects.problems.waiting import problems_to_assign, problems_to_confirm, problems_to_solve
from projects.returns.waiting import returns_to_accept, returns_to_confirm
from tests.factories import (
    AdministratorFactory,
    ApprovedRoundFactory,
    AskedExtensionFactory,
    AssignedProblemFactory,
    HandoverStepFactory,
    MembershipFactory,
    ProblemFactory,
    ProgrammeOfficeFactory,
    ProgressReturnFactory,
    ProjectFactory,
    ScoredRoundFactory,
    SignedExtensionFactory,
    SolvedProblemFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def person(role: str, department=None):
    given = {"department": department} if department else {}
    return MembershipFactory(role=role, **given).user


def test_a_head_signs_the_requests_of_the_own_department():
    asked = AskedExtensionFactory()
    department = asked.milestone.project.lead_department
    SignedExtensionFactory(milestone__project__lead_department=department)
    AskedExtensionFactory()
    assert list(extensions_to_sign(person("head", department))) == [asked]
    assert not extensions_to_sign(person("reporter", department)).exists()


def test_whose_decision_a_request_waits_for_is_what_the_service_says():
    leader, retired = person("leader"), UserFactory()
    projects = [ProjectFactory(sponsor=each) for each in (leader, person("leader"), retired, None)]
    for project in projects:
        for decider in ("supervisor", "leader"):
            SignedExtensionFactory(milestone__project=project, decider=decider)
    AskedExtensionFactory()
    people = [leader, person("leader"), person("supervisor"), AdministratorFactory()]
    counts = []
    for user in people:
        rows = set(extensions_to_decide(user))
        signed = ExtensionRequest.objects.filter(state="signed")
        assert rows == {each for each in signed if may_decide(each, user)}
        counts.append(len(rows))
    assert counts == [3, 2, 4, 8]
    assert not extensions_to_decide(person("head")).exists()


def test_what_belongs_to_a_project_that_was_given_up_waits_for_nobody():
    SignedExtensionFactory(milestone__project=ProjectFactory(stage="cancelled"))
    assert not extensions_to_decide(person("supervisor")).exists()


def test_problems_wait_to_be_assigned_solved_and_confirmed():
    raiser, solver = UserFactory(), person("reporter")
    department = solver.memberships.get().department
    raised = ProblemFactory(raised_by=raiser)
    assigned = AssignedProblemFactory(solver_department=department)
    solved = SolvedProblemFactory(raised_by=raiser, solver_department=department)
    assert list(problems_to_assign(person("supervisor"))) == [raised]
    assert list(problems_to_solve(solver)) == [assigned]
    assert list(problems_to_confirm(raiser)) == [solved]
    assert not problems_to_confirm(solver).exists()
    assert Problem.objects.count() == 3


def test_returns_wait_for_the_head_then_for_the_programme_office():
    submitted = ProgressReturnFactory(
        state="submitted",
        submitted_at=dt.datetime(2025, 9, 4, tzinfo=dt.UTC),
        investment_reported=1,
        physical_progress=1,
        work_done="主体",
    )
    head = person("head", submitted.project.lead_department)
    office = person("reporter", ProgrammeOfficeFactory())
    assert list(returns_to_confirm(head)) == [submitted]
    assert not returns_to_accept(office).exists()
    submitted.state = "confirmed"
    submitted.save()
    assert list(returns_to_accept(office)) == [submitted]
    assert not returns_to_confirm(head).exists()


def test_a_report_waits_for_a_supervisor_until_it_is_answered():
    reported = HandoverStepFactory(state="reported", text="已完工", notice_number="")
    supervisor = person("supervisor")
    assert list(reports_to_close(supervisor)) == [reported]
    HandoverStepFactory(
        milestone=reported.milestone, state="returned", text="无照片", notice_number=""
    )
    assert not reports_to_close(supervisor).exists()
    assert not reports_to_close(person("reporter")).exists()


def test_a_closed_round_waits_for_a_leaders_approval_then_for_its_publication():
    leader, supervisor = person("leader"), person("supervisor")
    ScoredRoundFactory(quarter=1)
    closed, approved = ScoredRoundFactory(quarter=2), ApprovedRoundFactory(quarter=3)
    inspection_results.round_close(inspection_round=closed, by=None)
    assert list(rounds_to_approve(leader)) == [closed]
    assert list(rounds_to_publish(supervisor)) == [approved]
    assert not rounds_to_approve(supervisor).exists()
    assert not rounds_to_publish(leader).exists()
