"""Whether a person may add what hangs on a row, asked before there is any: the same as of the row
that is there afterwards."""

import pytest

from projects.permissions import may_act_below, may_act_on, parent_condition
from projects.register.models import Project
from tests.factories import (
    AdministratorFactory,
    AskedExtensionFactory,
    DepartmentFactory,
    EvidenceFileFactory,
    MembershipFactory,
    ProblemFactory,
    ProgrammeOfficeFactory,
    ProjectFactory,
    TargetFactory,
    UserFactory,
    WorkItemEvidenceFactory,
)

pytestmark = pytest.mark.django_db

LEADING, SUPPORTING, DISTRICT, OTHER, OFFICE = range(5)
CHILDREN = {
    "evidence": (lambda project: EvidenceFileFactory(project=project), "project"),
    "problem": (lambda project: ProblemFactory(project=project), "project"),
    "extension": (
        lambda project: AskedExtensionFactory(milestone__project=project),
        "milestone",
    ),
}


@pytest.fixture
def departments():
    return [*DepartmentFactory.create_batch(4), ProgrammeOfficeFactory()]


@pytest.fixture
def project(departments):
    project = ProjectFactory(lead_department=departments[LEADING], district=departments[DISTRICT])
    project.supporting_departments.add(departments[SUPPORTING])
    return project


@pytest.mark.parametrize("kind", CHILDREN)
@pytest.mark.parametrize("where", range(5))
@pytest.mark.parametrize("role", ["reporter", "head", "supervisor", "judge", "leader", "viewer"])
def test_it_is_what_the_table_says_of_the_row(project, departments, kind, where, role):
    make, link = CHILDREN[kind]
    row = make(project)
    user = MembershipFactory(role=role, department=departments[where]).user
    allowed = may_act_below(user, "add", row._meta.label, link, getattr(row, link))
    assert allowed == may_act_on(user, "add", row)


def test_who_belongs_nowhere_may_not_and_an_administrator_may(project):
    for user, may in ((UserFactory(), False), (AdministratorFactory(), True)):
        assert may_act_below(user, "add", "projects.Problem", "project", project) == may


def test_whoever_answers_for_the_target_proves_its_items():
    evidence = WorkItemEvidenceFactory(work_item__target=TargetFactory())
    item, label = evidence.work_item, "targets.WorkItemEvidence"
    of_target = MembershipFactory(department=item.target.lead_department).user
    assert may_act_below(of_target, "add", label, "work_item", item)
    assert not may_act_below(MembershipFactory().user, "add", label, "work_item", item)


def test_the_condition_finds_the_parents(project, departments):
    ProjectFactory()
    user = MembershipFactory(department=departments[SUPPORTING]).user
    condition = parent_condition(user, "add", "projects.Problem", "project")
    assert list(Project.objects.filter(condition)) == [project]
    assert parent_condition(UserFactory(), "add", "projects.Problem", "project") is None


def test_what_the_parent_does_not_tell_is_left_to_the_service():
    user = MembershipFactory().user
    assert may_act_below(user, "add", "targets.WorkItem", "target", TargetFactory())


@pytest.mark.parametrize("role", ["reporter", "head"])
def test_of_a_department_itself_ones_own_and_those_below_it_are_found(role):
    own = DepartmentFactory()
    below = DepartmentFactory(parent=DepartmentFactory(parent=own))
    user = MembershipFactory(role=role, department=own).user
    label = "targets.WorkItem"
    for department, may in ((own, True), (below, True), (DepartmentFactory(), False)):
        assert may_act_below(user, "add", label, "lead_department", department) == may
