"""What a form of the admin site does with a row that nobody can have chosen in it."""

import pytest

from projects.milestones.models import Milestone
from projects.register.models import Project
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db
NO_KEYS = ("abc", "1.5", "-1", "９", "\x00", "9" * 40)


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_key_that_is_no_number_is_refused_in_the_form_beside_its_field(key):
    project = factories.ProjectFactory()
    client = pages.administrator()
    response = pages.save(client, pages.url(project), officer=key)
    assert pages.errors(response)
    assert "officer" in response.context["adminform"].form.errors
    project.refresh_from_db()
    assert project.officer is None


@pytest.mark.parametrize("key", NO_KEYS)
def test_one_key_of_several_that_is_no_number_is_refused_in_the_form(key):
    helper = factories.DepartmentFactory()
    project = factories.ProjectFactory()
    address = pages.url(project)
    response = pages.save(pages.administrator(), address, supporting_departments=[helper.pk, key])
    assert pages.errors(response)
    assert not project.supporting_departments.exists()


@pytest.mark.parametrize("key", NO_KEYS)
def test_an_address_that_chooses_no_row_opens_the_form_with_nothing_chosen(key):
    client = pages.administrator()
    page = client.get(pages.add_url(Milestone), {"project": key})
    assert page.status_code == 200
    page = client.get(pages.add_url(Project), {"supporting_departments": f"{key},1"})
    assert page.status_code == 200


def test_an_address_that_chooses_a_row_opens_the_form_with_it():
    project = factories.ProjectFactory(name="林南平房区安置房")
    page = pages.administrator().get(pages.add_url(Milestone), {"project": project.pk})
    assert "林南平房区安置房" in page.content.decode()
