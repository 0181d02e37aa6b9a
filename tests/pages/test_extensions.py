"""Requests for a later date: the list, signing, granting, refusing, amending, withdrawing."""

import datetime as dt

import pytest

from projects.milestones.models import ExtensionRequest
from tests.factories import (
    AskedExtensionFactory,
    GrantedExtensionFactory,
    MilestoneFactory,
    ProjectFactory,
    SignedExtensionFactory,
)
from tests.pages.steps import browser_of, names_of_steps, person, september, take, words

__all__ = ["september"]

pytestmark = pytest.mark.django_db


def address(extension) -> str:
    return f"/workbench/extensions/{extension.pk}/"


def listed(user, asked: str = "") -> list:
    return list(browser_of(user).get(f"/workbench/extensions/{asked}").context["paged"])


def test_the_list_begins_with_what_waits_for_the_reader():
    signed, _asked = SignedExtensionFactory(), AskedExtensionFactory()
    supervisor = person("supervisor")
    assert listed(supervisor) == [signed]
    assert len(listed(supervisor, "?state=open")) == 2
    assert len(listed(supervisor, "?state=asked")) == 1
    assert listed(supervisor, "?state=open&q=没有这样的") == []


def test_who_neither_signs_nor_decides_begins_with_all_that_are_open():
    asked = AskedExtensionFactory()
    GrantedExtensionFactory(milestone__project=asked.milestone.project)
    assert listed(person("reporter", asked.milestone.project.lead_department)) == [asked]


def test_nothing_waiting_says_where_to_look():
    page = words(browser_of(person("supervisor")).get("/workbench/extensions/"))
    assert "没有这样的延期申请" in page


def test_a_page_that_does_not_exist_is_the_last_one_that_does():
    SignedExtensionFactory()
    assert len(listed(person("supervisor"), "?state=open&page=99")) == 1
    assert len(listed(person("supervisor"), "?state=open&page=x")) == 1


def test_the_mails_link_opens_the_request_for_its_leader_who_grants_it():
    leader = person("leader")
    extension = SignedExtensionFactory(
        milestone__project=ProjectFactory(sponsor=leader), decider="leader"
    )
    page = browser_of(leader).get(f"/go/extension_request/{extension.pk}/", follow=True)
    assert names_of_steps(page) == ["grant", "refuse"]
    assert names_of_steps(browser_of(person("leader")).get(address(extension))) == []
    take(leader, address(extension), "grant")
    extension.refresh_from_db()
    assert (extension.state, extension.decided_by) == ("granted", leader)
    assert extension.milestone.due_on == extension.new_due_on


def test_a_leaders_decision_is_no_supervisors_step():
    supervisor = person("supervisor")
    asked, to_leader = AskedExtensionFactory(), SignedExtensionFactory(decider="leader")
    for extension in (asked, to_leader):
        shown = names_of_steps(browser_of(supervisor).get(address(extension)))
        assert not {"sign", "grant", "refuse"} & set(shown)


def test_a_refusal_says_why():
    extension = SignedExtensionFactory()
    supervisor = person("supervisor")
    take(supervisor, address(extension), "refuse", note="理由不足")
    extension.refresh_from_db()
    assert (extension.state, extension.decision_note) == ("refused", "理由不足")
    page = browser_of(supervisor).get(address(extension))
    assert names_of_steps(page) == ["evidence"]
    assert "理由不足" in words(page)


def test_a_refusal_without_a_reason_is_refused():
    extension = SignedExtensionFactory()
    page = take(person("supervisor"), address(extension), "refuse")
    [shown] = [each for each in page.context["steps"] if each.step.name == "refuse"]
    assert list(shown.form.errors) == ["note"]
    extension.refresh_from_db()
    assert extension.state == "signed"


def test_what_a_colleague_has_decided_meanwhile_is_told():
    extension = SignedExtensionFactory()
    browser = browser_of(person("supervisor"))
    GrantedExtensionFactory(milestone=MilestoneFactory())
    take(person("supervisor"), address(extension), "refuse", note="理由不足")
    page = browser.post(address(extension), {"step": "grant"})
    assert "现为“不同意”" in words(page)


def test_the_department_amends_and_withdraws_what_nobody_has_signed():
    extension = AskedExtensionFactory()
    reporter = person("reporter", extension.milestone.project.lead_department)
    take(reporter, address(extension), "amend", new_due_on="2025-10-25")
    extension.refresh_from_db()
    assert extension.new_due_on == dt.date(2025, 10, 25)
    page = take(reporter, address(extension), "withdraw")
    assert page.redirect_chain[-1][0] == f"/workbench/milestones/{extension.milestone_id}/"
    assert "已撤回申请" in words(page)
    assert not ExtensionRequest.objects.exists()


def test_who_has_nothing_to_do_with_it_does_not_find_it():
    extension = AskedExtensionFactory()
    assert browser_of(person("reporter")).get(address(extension)).status_code == 404


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_has_as_many_queries_however_long_it_is(count, django_assert_max_num_queries):
    SignedExtensionFactory.create_batch(count)
    browser = browser_of(person("supervisor"))
    browser.get("/workbench/extensions/")
    with django_assert_max_num_queries(6):
        browser.get("/workbench/extensions/")
