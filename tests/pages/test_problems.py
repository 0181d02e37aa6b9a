"""Problems: raised, assigned, solved with proof, confirmed by whoever raised them, or reopened."""

import datetime as dt

import pytest

from projects.evidence.models import EvidenceFile
from projects.problems.models import Problem
from tests.factories import (
    AssignedProblemFactory,
    DepartmentFactory,
    ProblemFactory,
    ProjectFactory,
    SolvedProblemFactory,
)
from tests.pages.steps import (
    TODAY,
    browser_of,
    files_go_elsewhere,
    names_of_steps,
    person,
    photo,
    september,
    take,
    words,
)

__all__ = ["files_go_elsewhere", "september"]

pytestmark = pytest.mark.django_db


def address(problem) -> str:
    return f"/workbench/problems/{problem.pk}/"


def listed(user, asked: str = "") -> list:
    return list(browser_of(user).get(f"/workbench/problems/{asked}").context["paged"])


def test_a_problem_is_raised_for_a_project_of_ones_own():
    project = ProjectFactory()
    other = ProjectFactory()
    reporter = person("reporter", project.lead_department)
    browser = browser_of(reporter)
    form = browser.get(f"/workbench/problems/raise/?project={project.pk}")
    assert f'<option value="{project.pk}" selected>' in words(form)
    assert other.name not in words(form)
    typed = {"project": project.pk, "kind": "land", "title": "征地未完成", "description": ""}
    page = browser.post("/workbench/problems/raise/", typed, follow=True)
    problem = Problem.objects.get()
    assert page.redirect_chain[-1][0] == address(problem)
    assert (problem.title, problem.raised_by, problem.raised_on) == ("征地未完成", reporter, TODAY)


def test_a_supported_project_can_be_chosen_once():
    project, supporting = ProjectFactory(), [DepartmentFactory(), DepartmentFactory()]
    project.supporting_departments.set(supporting)
    reporter = person("reporter", supporting[0])
    browser = browser_of(reporter)
    page = words(browser.get("/workbench/problems/raise/"))
    assert page.count(project.name) == 1


def test_what_is_missing_is_told_beside_the_field_and_the_rest_stays():
    project = ProjectFactory()
    browser = browser_of(person("reporter", project.lead_department))
    page = browser.post(
        "/workbench/problems/raise/", {"project": project.pk, "kind": "", "title": "征地未完成"}
    )
    assert list(page.context["form"].errors) == ["kind"]
    assert "征地未完成" in words(page)


def test_who_may_raise_nothing_is_refused():
    assert browser_of(person("judge")).get("/workbench/problems/raise/").status_code == 403


def test_the_loop_from_raised_to_confirmed():
    problem = ProblemFactory()
    solver = person("reporter")
    department = solver.memberships.get().department
    take(
        person("supervisor"), address(problem), "assign",
        solver_department=department.pk, due_on="2025-10-15",
    )  # fmt: skip
    opened = browser_of(solver).get(f"/go/problem/{problem.pk}/", follow=True)
    assert "还有 22 天" in words(opened)
    take(solver, address(problem), "solve", solution="已批复用地")
    page = take(problem.raised_by, address(problem), "confirm")
    assert "已确认销号" in words(page)
    problem.refresh_from_db()
    assert (problem.state, problem.solver_department) == ("confirmed", department)
    assert names_of_steps(page) == []


def test_who_leads_the_project_proves_the_solution_with_a_photo():
    project = ProjectFactory()
    problem = AssignedProblemFactory(project=project, solver_department=project.lead_department)
    reporter = person("reporter", project.lead_department)
    take(reporter, address(problem), "solve", solution="已批复", file=[photo()])
    kept = EvidenceFile.objects.get()
    assert (kept.subject_kind, kept.subject_id) == ("problem", problem.pk)


def test_who_is_not_satisfied_reopens_it_with_a_reason():
    problem = SolvedProblemFactory()
    take(problem.raised_by, address(problem), "reopen", reason="仍未供电")
    problem.refresh_from_db()
    assert (problem.state, problem.reopened_reason) == ("reopened", "仍未供电")


def test_a_step_stands_on_the_page_of_whoever_may_take_it():
    problem = SolvedProblemFactory()
    assert {"confirm", "reopen"} <= set(
        names_of_steps(browser_of(problem.raised_by).get(address(problem)))
    )
    colleague = browser_of(person("reporter", problem.project.lead_department))
    shown = set(names_of_steps(colleague.get(address(problem))))
    assert not {"assign", "solve", "confirm", "reopen", "delete"} & shown
    assert colleague.post(address(problem), {"step": "confirm"}).status_code == 403


def test_a_problem_raised_by_mistake_is_deleted_by_a_supervisor():
    problem = ProblemFactory()
    page = take(person("supervisor"), address(problem), "delete")
    assert page.redirect_chain[-1][0] == "/workbench/problems/"
    assert "已删除" in words(page)
    assert not Problem.objects.exists()


def test_an_assignment_in_the_past_is_refused_beside_the_field():
    problem = ProblemFactory()
    page = take(
        person("supervisor"), address(problem), "assign",
        solver_department=DepartmentFactory().pk, due_on="2025-09-22",
    )  # fmt: skip
    assert "早于今天" in words(page)


def test_the_list_is_filtered_by_state_kind_and_words():
    open_one = ProblemFactory(title="征地未完成", kind="land")
    SolvedProblemFactory(title="缺电", kind="power")
    Problem.objects.filter(title="缺电").update(state="confirmed", confirmed_on=TODAY)
    supervisor = person("supervisor")
    assert listed(supervisor) == [open_one]
    assert [each.title for each in listed(supervisor, "?state=confirmed")] == ["缺电"]
    assert listed(supervisor, "?state=&kind=land") == [open_one]
    assert listed(supervisor, "?state=mine") == [open_one]
    assert listed(supervisor, "?q=征地") == [open_one]
    assert listed(supervisor, "?q=没有") == []


def test_an_overdue_problem_says_so():
    AssignedProblemFactory(due_on=dt.date(2025, 9, 20))
    assert "逾期" in words(browser_of(person("supervisor")).get("/workbench/problems/"))


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_has_as_many_queries_however_long_it_is(count, django_assert_max_num_queries):
    AssignedProblemFactory.create_batch(count)
    browser = browser_of(person("supervisor"))
    browser.get("/workbench/problems/")
    with django_assert_max_num_queries(6):
        browser.get("/workbench/problems/")
