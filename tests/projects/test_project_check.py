"""Who may answer for a project and where it may stand: the same rule by every door."""

import pytest

from projects.register.models import Project
from tests import admin_pages as pages
from tests import clients, factories

pytestmark = pytest.mark.django_db
LIST = "/api/v1/projects/"
BULK = "/api/v1/projects/bulk"
PEOPLE = ("sponsor", "responsible_head", "officer")


def url(project) -> str:
    return f"{LIST}{project.pk}/"


def body(**more):
    lead = factories.DepartmentFactory()
    return {"name": "新项目", "category": "industry", "lead_department": lead.pk, **more}


@pytest.mark.parametrize(
    ("kind", "status"),
    [("district", 200), ("park", 200), ("bureau", 400), ("company", 400), ("other", 400)],
)
def test_a_project_stands_in_a_district_or_a_park_only(kind, status):
    project, place = factories.ProjectFactory(), factories.DepartmentFactory(kind=kind)
    response = clients.patch(clients.supervisor(), url(project), {"district": place.pk})
    assert response.status_code == status
    if status == 400:
        assert clients.errors_of(response) == {"/district": "not_an_area"}
        assert str(place) in str(response.json()["errors"])


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_who_has_left_is_made_to_answer_for_a_project(name):
    gone = factories.UserFactory(is_active=False)
    supervisor, project = clients.supervisor(), factories.ProjectFactory()
    refused = clients.patch(supervisor, url(project), {name: gone.pk})
    assert clients.errors_of(refused) == {f"/{name}": "not_active"}
    refused = clients.post(supervisor, LIST, body(**{name: gone.pk}))
    assert clients.errors_of(refused) == {f"/{name}": "not_active"}
    assert Project.objects.count() == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_a_project_whose_person_has_left_since_can_still_be_changed(name):
    gone = factories.UserFactory(is_active=False)
    project = factories.ProjectFactory(**{name: gone})
    change = {"note": "换人办理中", name: gone.pk}
    assert clients.patch(clients.supervisor(), url(project), change).status_code == 200


def test_the_lead_department_does_not_support_itself():
    supervisor, project = clients.supervisor(), factories.ProjectFactory()
    lead = project.lead_department_id
    refused = clients.patch(supervisor, url(project), {"supporting_departments": [lead]})
    assert clients.errors_of(refused) == {"/supporting_departments": "leads_already"}
    new = body()
    refused = clients.post(
        supervisor, LIST, new | {"supporting_departments": [new["lead_department"]]}
    )
    assert clients.errors_of(refused) == {"/supporting_departments": "leads_already"}
    assert not project.supporting_departments.exists()


def test_a_supporting_department_takes_the_lead_only_when_it_no_longer_supports():
    supervisor, project = clients.supervisor(), factories.ProjectFactory()
    helper = factories.DepartmentFactory()
    project.supporting_departments.add(helper)
    refused = clients.patch(supervisor, url(project), {"lead_department": helper.pk})
    assert clients.errors_of(refused) == {"/lead_department": "leads_already"}
    both = {"lead_department": helper.pk, "supporting_departments": []}
    assert clients.patch(supervisor, url(project), both).status_code == 200


def test_many_new_projects_are_held_to_the_same_rule():
    gone, bureau = factories.UserFactory(is_active=False), factories.DepartmentFactory()
    rows = [
        body(district=bureau.pk),
        body(officer=gone.pk, sponsor=gone.pk),
        body(lead_department=bureau.pk, supporting_departments=[bureau.pk]),
        body(district=factories.DistrictFactory().pk),
    ]
    response = clients.post(clients.supervisor(), BULK, rows)
    assert clients.errors_of(response) == {
        "/0/district": "not_an_area",
        "/1/officer": "not_active",
        "/1/sponsor": "not_active",
        "/2/supporting_departments": "leads_already",
    }


def test_many_changes_are_held_to_the_same_rule():
    gone, bureau = factories.UserFactory(is_active=False), factories.DepartmentFactory()
    made = [factories.ProjectFactory() for _number in range(4)]
    made[2].supporting_departments.add(bureau)
    made[3] = factories.ProjectFactory(officer=gone)
    changes = [
        {"district": bureau.pk},
        {"officer": gone.username},
        {"lead_department": bureau.pk},
        {"officer": gone.pk, "note": "换人办理中"},
    ]
    for project in made:
        project.refresh_from_db()
    rows = [
        {"id": project.pk, "version": project.version, **change}
        for project, change in zip(made, changes, strict=True)
    ]
    client = clients.supervisor()
    response = client.patch(BULK, rows, content_type="application/json")
    assert clients.errors_of(response) == {
        "/0/district": "not_an_area",
        "/1/officer": "not_active",
        "/2/lead_department": "leads_already",
    }
    assert client.patch(BULK, rows[3:], content_type="application/json").status_code == 200


def test_a_form_of_the_admin_site_is_held_to_the_same_rule():
    project, bureau = factories.ProjectFactory(), factories.DepartmentFactory()
    response = pages.save(pages.supervisor(), pages.url(project), district=bureau.pk)
    assert "请选择旗县区或园区" in pages.errors(response)
