"""The year's programme: approved, planned anew with a reason, and left."""

import datetime as dt
from decimal import Decimal

import pytest

from projects.programmes.services import entry_approve
from tests import factories
from tests.pages.steps import browser_of, names_of_steps, person, september, take, words

__all__ = ["september"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return factories.ProgrammeEntryFactory(planned_investment=2000)


def address(entry) -> str:
    return f"/workbench/programme-entries/{entry.pk}/"


def programme_address(entry) -> str:
    return f"/workbench/programmes/{entry.programme_id}/"


def steps_of(user, address: str) -> list[str]:
    return names_of_steps(browser_of(user).get(address))


def test_a_programme_and_its_plans_are_found_from_the_list_of_projects(entry):
    browser = browser_of(person("viewer"))
    listed = words(browser.get("/workbench/projects/"))
    assert "/workbench/programmes/" in listed
    assert programme_address(entry) in words(browser.get("/workbench/programmes/"))
    page = words(browser.get(programme_address(entry)))
    assert address(entry) in page
    assert "1 (调入 0, 调出 0)" in page
    assert address(entry) in words(browser.get(f"/workbench/projects/{entry.project_id}/"))


def test_without_a_programme_the_list_says_who_registers_one():
    assert "还没有年度计划" in words(browser_of(person("viewer")).get("/workbench/programmes/"))


def test_the_office_approves_a_plan_and_the_department_cannot(entry):
    own = person("reporter", entry.project.lead_department)
    assert steps_of(own, address(entry)) == []
    sent = {"step": "approve", "approve-approved_on": "2025-09-01"}
    assert browser_of(own).post(address(entry), sent).status_code == 403
    office = person("reporter", factories.ProgrammeOfficeFactory())
    assert steps_of(office, address(entry)) == ["approve", "leave"]
    page = take(office, address(entry), "approve", approved_on="2025-09-01")
    assert "已批准" in words(page)
    entry.refresh_from_db()
    assert (entry.approved_on, entry.baseline_number) == (dt.date(2025, 9, 1), 1)
    assert names_of_steps(page) == ["rebaseline", "leave"]


def test_a_new_version_is_made_with_a_reason_and_the_old_one_stays_readable(entry):
    entry_approve(entry=entry, by=None)
    supervisor = person("supervisor")
    nameless = take(supervisor, address(entry), "rebaseline", planned_investment="1500")
    [shown] = [each for each in nameless.context["steps"] if each.step.name == "rebaseline"]
    assert list(shown.form.errors) == ["reason"]
    same = take(supervisor, address(entry), "rebaseline", reason="推迟")
    assert "与现行版次相同" in words(same)
    page = take(supervisor, address(entry), "rebaseline", planned_investment="1500", reason="推迟")
    entry.refresh_from_db()
    assert (entry.baseline_number, entry.planned_investment) == (2, Decimal(1500))
    assert [each.number for each in page.context["versions"]] == [2, 1]
    assert "推迟" in words(page)
    assert "2000.00" in words(page)


def test_a_project_leaves_with_what_says_so(entry):
    supervisor = person("supervisor")
    typed = {"left_on": "2025-08-01", "leave_approval": "包政办〔2025〕8 号"}
    page = take(supervisor, address(entry), "leave", **typed)
    entry.refresh_from_db()
    assert entry.left_on == dt.date(2025, 8, 1)
    assert "已调出" in words(page)
    assert names_of_steps(page) == []


def test_the_programme_is_approved_on_its_page_once(entry):
    supervisor = person("supervisor")
    assert steps_of(person("reporter"), programme_address(entry)) == []
    bare = take(supervisor, programme_address(entry), "approve", approved_on="")
    assert list(bare.context["steps"][0].form.errors) == ["approved_on"]
    page = take(supervisor, programme_address(entry), "approve", approved_on="2025-02-01")
    entry.refresh_from_db()
    assert entry.approved_on == dt.date(2025, 2, 1)
    assert names_of_steps(page) == []


def test_a_department_is_led_to_the_register_of_its_own_plan_only(entry):
    link = f"/admin/projects/programmeentry/{entry.pk}/change/"
    own = browser_of(person("reporter", entry.project.lead_department)).get(address(entry))
    assert link in words(own)
    added = words(browser_of(person("supervisor")).get(programme_address(entry)))
    assert f"/admin/projects/programmeentry/add/?programme={entry.programme_id}" in added
    assert link not in words(browser_of(person("reporter")).get(address(entry)))


def test_the_pages_have_as_many_queries_however_long(entry, django_assert_max_num_queries):
    for _each in range(9):
        factories.ProgrammeEntryFactory(programme=entry.programme)
    for month in (3, 6, 9):
        factories.PlanPointFactory(entry=entry, month=month, investment=month * 100)
    browser = browser_of(person("supervisor"))
    for page in ("/workbench/programmes/", programme_address(entry), address(entry)):
        browser.get(page)
        with django_assert_max_num_queries(18):
            browser.get(page)
