"""The parts of targets that are read off the projects: what stands in a place, what one leads."""

import pytest

from tests import factories
from tests.targets.test_measuring import accepted, counting, moved, of_programme
from tests.targets.test_tree import tree_of

pytestmark = pytest.mark.django_db


def test_a_districts_part_of_what_is_read_off_the_projects_is_what_stands_in_it():
    target = counting("commissioned", value=300)
    district = factories.DistrictFactory()
    factories.TargetPartFactory(target=target, department=district, value=30)
    programme = factories.ProgrammeFactory()
    moved(of_programme(programme, district=district), "commissioned", "2025-03-01")
    moved(of_programme(programme), "commissioned", "2025-03-01")
    tree = tree_of(target)
    assert (tree["actual"], tree["parts"][0]["actual"]) == ("2", "1")
    assert "阶段变动" in tree["where_from"]


def test_a_bureaus_part_of_what_is_read_off_the_projects_is_what_it_leads():
    target = counting("commissioned", value=300)
    bureau, company = factories.DepartmentFactory(), factories.DepartmentFactory(kind="company")
    section = factories.DepartmentFactory(parent=factories.DepartmentFactory(parent=bureau))
    district = factories.DistrictFactory()
    for department in (bureau, company, district):
        factories.TargetPartFactory(target=target, department=department, value=30)
    programme = factories.ProgrammeFactory()
    for lead, count in ((bureau, 2), (section, 1), (company, 1)):
        for _ in range(count):
            project = of_programme(programme, lead_department=lead, district=district)
            moved(project, "commissioned", "2025-03-01")
    moved(of_programme(programme), "commissioned", "2025-03-01")
    tree = tree_of(target)
    assert tree["actual"] == "5"
    # What a bureau leads stands in a district, and is counted for both.
    assert [part["actual"] for part in tree["parts"]] == ["3", "1", "4"]


@pytest.mark.parametrize(
    ("figure", "actual"),
    [("investment", "120"), ("programme_count", "1"), ("enrolled", "1"), ("started", "0")],
)
def test_a_bureaus_part_of_each_figure_is_of_its_own_projects(figure, actual):
    target = counting(figure, value=300)
    bureau, programme = factories.DepartmentFactory(), factories.ProgrammeFactory()
    factories.TargetPartFactory(target=target, department=bureau, value=30)
    for lead in (bureau, factories.DepartmentFactory()):
        project = of_programme(programme, "commissioned", lead_department=lead)
        moved(project, "enrolled", "2025-05-01")
        accepted(project, 2025, 1, 120)
    assert tree_of(target)["parts"][0]["actual"] == actual


def test_a_target_of_one_district_has_nothing_for_another():
    here, there, bureau = (
        factories.DistrictFactory(), factories.DistrictFactory(), factories.DepartmentFactory(),
    )  # fmt: skip
    target = counting("commissioned", value=300, project_district=here)
    for department in (here, there, bureau):
        factories.TargetPartFactory(target=target, department=department, value=30)
    programme = factories.ProgrammeFactory()
    for district in (here, there):
        project = of_programme(programme, lead_department=bureau, district=district)
        moved(project, "commissioned", "2025-03-01")
    assert [part["actual"] for part in tree_of(target)["parts"]] == ["1", None, "1"]
