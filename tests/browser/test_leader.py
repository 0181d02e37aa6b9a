"""The leader's page in the browser: what is red and why, a request decided in place."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from projects.milestones.models import ExtensionRequest, Milestone
from tests.browser.conftest import PHONE, WIDE
from tests.browser.keyboard import press_tab_until
from tests.browser.looking import check_accessible, check_fits
from tests.factories import (
    LightOverrideFactory,
    MembershipFactory,
    MilestoneFactory,
    MonthlyLightFactory,
    ProjectFactory,
    SignedExtensionFactory,
    TargetFactory,
)

pytestmark = pytest.mark.browser
REASON = {
    "measure": "milestone_overdue_days",
    "colour": "red",
    "text": "节点“主体封顶”逾期 45 天",
    "exempted": False,
}


class Scene:
    """A leader with a red and a green project, a target, and a request to decide."""

    def __init__(self) -> None:
        self.leader = MembershipFactory(role="leader", user__name="赵市长").user
        red = ProjectFactory(name="稀土永磁产业园", sponsor=self.leader)
        MonthlyLightFactory(
            project=red, year=2025, month=8, colour="red", computed_colour="red", reasons=[REASON]
        )
        MilestoneFactory(project=red, name="主体封顶", due_on=dt.date(2025, 8, 9))
        MonthlyLightFactory(project=ProjectFactory(name="林南安置房", sponsor=self.leader))
        LightOverrideFactory(
            project=ProjectFactory(name="钢铁物流园", sponsor=self.leader), reason="现场停工"
        )
        TargetFactory(name="规上工业增加值", sponsor=self.leader)
        self.extension = SignedExtensionFactory(
            milestone=MilestoneFactory(project=red, name="设备安装", due_on=dt.date(2025, 10, 31)),
            new_due_on=dt.date(2025, 12, 20),
            decider="leader",
            decide_by=dt.date(2025, 9, 25),
            reason="进口设备清关推迟",
        )

    def decided(self) -> tuple[str, str]:
        return ExtensionRequest.objects.values_list("state", "decision_note").get()


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


def section(page: Page, heading: str):
    return page.get_by_role("region", name=heading, exact=True)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_leader_begins_with_what_is_red_why_and_what_waits(scene, sign_in, size):
    page = sign_in(scene.leader, size)
    assert page.url.endswith("/leader/")
    red = section(page, "红灯及原因")
    expect(red).to_contain_text("稀土永磁产业园")
    expect(red).to_contain_text("节点“主体封顶”逾期 45 天")
    expect(red).to_contain_text("现场停工")
    expect(red).not_to_contain_text("林南安置房")
    expect(section(page, "逾期和将到期")).to_contain_text("逾期 45 天")
    expect(section(page, "待我决定")).to_contain_text("进口设备清关推迟")
    check_accessible(page)
    check_fits(page)


def test_a_request_is_granted_on_the_page(scene, sign_in):
    page = sign_in(scene.leader, PHONE)
    page.get_by_label("决定意见").fill("抓紧清关")
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("已同意延期。")).to_be_visible()
    expect(section(page, "待我决定")).to_contain_text("没有等您决定的事")
    assert scene.decided() == ("granted", "抓紧清关")
    milestone = Milestone.objects.get(pk=scene.extension.milestone_id)
    assert milestone.due_on == dt.date(2025, 12, 20)


def test_a_refusal_by_keyboard_alone_is_asked_for_its_reason(scene, sign_in):
    page = sign_in(scene.leader)
    refuse = page.get_by_role("button", name="不同意", exact=True)
    press_tab_until(page, refuse)
    page.keyboard.press("Enter")
    note = page.get_by_label("决定意见")
    expect(note).to_have_attribute("aria-invalid", "true")
    expect(note).to_be_focused()  # the field that is wrong
    expect(page.get_by_text("不同意须写明理由。").last).to_be_visible()
    check_accessible(page)
    assert scene.decided() == ("signed", "")
    page.keyboard.type("工期充裕")
    press_tab_until(page, refuse)
    page.keyboard.press("Enter")
    expect(page.get_by_text("已决定不同意。")).to_be_visible()
    assert scene.decided() == ("refused", "工期充裕")


def test_what_is_red_leads_to_the_projects_page(scene, sign_in):
    page = sign_in(scene.leader)
    section(page, "红灯及原因").get_by_role("link", name="稀土永磁产业园").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("稀土永磁产业园")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_supervisor_finds_it_empty_and_is_told_what_to_do(scene, sign_in, size):
    page = sign_in(MembershipFactory(role="supervisor").user, size)
    page.goto("/leader/")
    expect(page.get_by_text("您没有包联的项目和目标")).to_be_visible()
    check_accessible(page)
    check_fits(page)
