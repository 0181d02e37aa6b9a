"""The rulebook of problems 堵点: raised, assigned, solved, confirmed by whoever raised them."""

import datetime as dt
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from portfolio.core import clock
from projects.deadlines import open_deadlines_by_key
from projects.problems import services as problems
from projects.problems.models import Problem
from projects.problems.rules import ProblemState, Verb, state_after
from tests import clients, factories

PROBLEMS = "/api/v1/problems/"

# Written by hand, not read off the code: what may be done in which state, and what comes of it.
MOVES = {
    ("raised", "assign"): "assigned",
    ("assigned", "assign"): "assigned",
    ("reopened", "assign"): "assigned",
    ("assigned", "solve"): "solved",
    ("reopened", "solve"): "solved",
    ("solved", "confirm"): "confirmed",
    ("solved", "reopen"): "reopened",
}


@pytest.mark.parametrize(("state", "verb"), list(product(ProblemState, Verb)))
def test_what_may_be_done_in_which_state(state, verb):
    assert state_after(state, verb) == MOVES.get((state.value, verb.value))


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def do(client, problem, verb, **body):
    return clients.post(client, f"{PROBLEMS}{problem.pk}/{verb}/", body)


def raiser(problem):
    """The person who raised it, with a role in the department that leads the project."""
    factories.MembershipFactory(user=problem.raised_by, department=problem.project.lead_department)
    return clients.signed_in(problem.raised_by)


class TestTheLoop:
    def test_from_raised_to_confirmed(self):
        project = factories.ProjectFactory()
        reporter = clients.reporter_of(project.lead_department)
        body = {"project": project.pk, "kind": "land", "title": "用地指标未落实"}
        made = clients.post(reporter, PROBLEMS, body)
        assert made.status_code == 201, made.json()
        row = made.json()
        assert (row["state"], row["raised_on"]) == ("raised", "2025-09-23")
        problem = Problem.objects.get(pk=row["id"])

        land = factories.DepartmentFactory()
        assigned = do(
            clients.supervisor(),
            problem,
            "assign",
            solver_department=land.pk,
            due_on="2025-10-15",
        )
        assert assigned.status_code == 200, assigned.json()
        assert (assigned.json()["state"], assigned.json()["due_on"]) == ("assigned", "2025-10-15")
        assert assigned.headers["ETag"] == f'"{assigned.json()["version"]}"'

        solved = do(clients.reporter_of(land), problem, "solve", solution="指标已追加")
        assert (solved.json()["state"], solved.json()["solved_on"]) == ("solved", "2025-09-23")

        confirmed = do(reporter, problem, "confirm")
        row = confirmed.json()
        assert (row["state"], row["confirmed_on"]) == ("confirmed", "2025-09-23")

    def test_reopened_with_a_reason_and_solved_again(self):
        problem = factories.SolvedProblemFactory()
        client = raiser(problem)
        row = do(client, problem, "reopen", reason="未见批复").json()
        assert (row["state"], row["solved_on"]) == ("reopened", None)
        assert row["reopened_reason"] == "未见批复"
        again = do(
            clients.reporter_of(problem.solver_department), problem, "solve", solution="批复已下"
        )
        assert again.json()["state"] == "solved"
        assert do(client, problem, "confirm").json()["state"] == "confirmed"

    def test_every_state_stands_in_the_history(self):
        problem = factories.SolvedProblemFactory()
        client = raiser(problem)
        do(client, problem, "reopen", reason="未见批复")
        history = client.get(f"{PROBLEMS}{problem.pk}/history/").json()
        assert history["results"][0]["changes"]["state"] == {
            "before": "solved",
            "after": "reopened",
        }

    def test_a_loop_that_is_not_confirmed_is_not_closed(self):
        factories.SolvedProblemFactory(title="待确认")
        client = clients.supervisor()
        assert client.get(f"{PROBLEMS}?closed=true").json()["count"] == 0
        assert client.get(f"{PROBLEMS}?closed=false").json()["count"] == 1


class TestWhoMay:
    def test_only_whoever_raised_it_confirms(self):
        problem = factories.SolvedProblemFactory()
        colleague = clients.reporter_of(problem.project.lead_department)
        for client in (
            colleague,
            clients.reporter_of(problem.solver_department),
            clients.supervisor(),
        ):
            assert do(client, problem, "confirm").status_code == 403
        assert do(raiser(problem), problem, "confirm").status_code == 200

    def test_only_the_department_that_it_was_assigned_to_solves_it(self):
        problem = factories.AssignedProblemFactory()
        leading = clients.reporter_of(problem.project.lead_department)
        assert do(leading, problem, "solve", solution="甲").status_code == 403
        assert do(clients.supervisor(), problem, "solve", solution="甲").status_code == 403
        solver = clients.reporter_of(problem.solver_department)
        assert do(solver, problem, "solve", solution="甲").status_code == 200

    def test_supervisors_and_the_programme_office_assign(self):
        problem = factories.ProblemFactory()
        body = {"solver_department": problem.project.lead_department_id, "due_on": "2025-10-01"}
        leading = clients.reporter_of(problem.project.lead_department)
        assert do(leading, problem, "assign", **body).status_code == 403
        # The office does not lead the project, so it sees what it supports: nothing here.
        office = factories.ProgrammeOfficeFactory()
        problem.project.supporting_departments.add(office)
        assert do(clients.reporter_of(office), problem, "assign", **body).status_code == 200
        assert do(clients.supervisor(), problem, "assign", **body).status_code == 200

    def test_a_supervisor_reopens_what_is_not_solved(self):
        problem = factories.SolvedProblemFactory()
        assert do(clients.supervisor(), problem, "reopen", reason="复核未过").status_code == 200

    def test_strangers_see_nothing_of_it(self):
        problem = factories.SolvedProblemFactory()
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert stranger.get(f"{PROBLEMS}{problem.pk}/").status_code == 404
        for verb in Verb:
            assert do(stranger, problem, verb).status_code == 404

    def test_the_department_that_must_solve_it_sees_it(self):
        problem = factories.AssignedProblemFactory()
        solver = clients.reporter_of(problem.solver_department)
        assert solver.get(PROBLEMS).json()["count"] == 1

    def test_nobody_raises_a_problem_of_a_project_that_is_none_of_theirs(self):
        body = {"project": factories.ProjectFactory().pk, "kind": "land", "title": "甲"}
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert clients.post(stranger, PROBLEMS, body).status_code == 403
        assert Problem.objects.count() == 0

    def test_the_system_itself_needs_no_role(self):
        problem = factories.SolvedProblemFactory()
        assert problems.problem_confirm(problem=problem, by=None).state == "confirmed"


class TestWhatIsRefused:
    def test_what_the_state_does_not_allow_is_a_conflict_that_names_the_state(self):
        problem = factories.ProblemFactory()
        response = do(raiser(problem), problem, "confirm")
        assert response.status_code == 409
        assert "已提出" in response.json()["detail"]

    def test_a_due_day_in_the_past(self):
        problem = factories.ProblemFactory()
        body = {"solver_department": problem.project.lead_department_id, "due_on": "2025-09-22"}
        response = do(clients.supervisor(), problem, "assign", **body)
        assert clients.errors_of(response) == {"/due_on": "in_the_past"}

    def test_a_department_that_is_closed(self):
        problem = factories.ProblemFactory()
        gone = factories.DepartmentFactory(active=False)
        response = do(
            clients.supervisor(), problem, "assign", solver_department=gone.pk, due_on="2025-10-01"
        )
        assert clients.errors_of(response) == {"/solver_department": "inactive"}

    @pytest.mark.parametrize(("verb", "field"), [("solve", "solution"), ("reopen", "reason")])
    @pytest.mark.parametrize("text", ["", "  "])
    def test_a_solution_or_a_reason_without_words(self, verb, field, text):
        make = (
            factories.AssignedProblemFactory if verb == "solve" else factories.SolvedProblemFactory
        )
        problem = make()
        response = do(clients.administrator(), problem, verb, **{field: text})
        assert clients.errors_of(response) == {f"/{field}": "blank"}

    def test_what_is_not_in_the_body_of_an_action(self):
        problem = factories.SolvedProblemFactory()
        response = do(clients.administrator(), problem, "confirm", colour="red")
        assert clients.errors_of(response) == {"/colour": "unknown_field"}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("state", "confirmed"), ("due_on", "2026-01-01"), ("solver_department", 1)],
    )
    def test_what_only_an_action_changes(self, field, value):
        problem = factories.ProblemFactory()
        response = clients.patch(
            clients.administrator(), f"{PROBLEMS}{problem.pk}/", {field: value}
        )
        assert clients.errors_of(response) == {f"/{field}": "read_only"}

    def test_a_confirmed_problem_is_not_worded_anew(self):
        problem = factories.SolvedProblemFactory()
        problems.problem_confirm(problem=problem, by=None)
        response = clients.patch(
            clients.administrator(), f"{PROBLEMS}{problem.pk}/", {"title": "另一件事"}
        )
        assert response.status_code == 409

    def test_a_problem_does_not_move_to_another_project(self):
        problem = factories.ProblemFactory()
        response = clients.patch(
            clients.administrator(),
            f"{PROBLEMS}{problem.pk}/",
            {"project": factories.ProjectFactory().pk},
        )
        assert clients.errors_of(response) == {"/project": "fixed"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "assigned"},  # to nobody
            {"state": "solved"},  # nobody says how
            {"state": "nonsense"},
            {"confirmed_on": dt.date(2025, 9, 1)},  # confirmed without being so
        ],
    )
    def test_by_the_database_too(self, changes):
        problem = factories.ProblemFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Problem.objects.filter(pk=problem.pk).update(**changes)


class TestItsDeadline:
    def deadline(self, problem):
        return open_deadlines_by_key([("problem", problem.pk)]).get(("problem", problem.pk))

    def test_the_department_that_must_solve_it_answers_for_it(self):
        problem = factories.AssignedProblemFactory()
        found = self.deadline(problem)
        assert (found.due_on, found.department_id) == (
            dt.date(2025, 10, 15),
            problem.solver_department_id,
        )
        assert found.title == f"{problem.project.name} · {problem.title}"
        assert found.path == f"/go/problem/{problem.pk}/"

    def test_there_is_none_before_it_is_assigned_nor_once_it_is_solved(self):
        assert self.deadline(factories.ProblemFactory()) is None
        assert self.deadline(factories.SolvedProblemFactory()) is None

    def test_it_is_open_again_once_it_is_reopened(self):
        problem = factories.SolvedProblemFactory()
        problems.problem_reopen(problem=problem, by=None, reason="未解决")
        assert self.deadline(problem) is not None

    def test_it_stands_in_the_list_of_deadlines(self):
        problem = factories.AssignedProblemFactory()
        [row] = clients.supervisor().get("/api/v1/deadlines/?kind=problem").json()["results"]
        assert (row["object_id"], row["kind_display"]) == (problem.pk, "堵点")
        assert row["lead_department"] == problem.solver_department_id
