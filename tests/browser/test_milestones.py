"""A milestone in the browser: from the mail's link to done, and a later date, step by step."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from projects.evidence.models import EvidenceFile
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from tests.browser.conftest import PHONE, WIDE, fill_in_sign_in
from tests.browser.keyboard import press_tab_until
from tests.browser.looking import check_accessible, check_fits
from tests.factories import (
    DepartmentFactory,
    HandoverStepFactory,
    MembershipFactory,
    MilestoneFactory,
    MonthlyLightFactory,
    ProjectFactory,
)
from tests.projects.test_evidence import JPEG

pytestmark = pytest.mark.browser

PHOTO = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": JPEG}


class Scene:
    """A department with a reporter and a head; its milestone is due in a week, a leader sponsors
    the project."""

    def __init__(self) -> None:
        department = DepartmentFactory(name="包头市住房和城乡建设局", short_name="市住建局")
        self.reporter, self.head = (
            MembershipFactory(role=role, department=department, user__name=name).user
            for role, name in (("reporter", "李报"), ("head", "王局"))
        )
        self.leader = MembershipFactory(role="leader", user__name="赵市长").user
        project = ProjectFactory(
            name="林南平房区安置房", lead_department=department, sponsor=self.leader
        )
        MonthlyLightFactory(project=project)
        self.milestone = MilestoneFactory(
            project=project, name="建成交付", section="§三（五）", due_on=dt.date(2025, 9, 30)
        )

    @property
    def link(self) -> str:
        """The address that the mail bears."""
        return f"/go/milestone/{self.milestone.pk}/"

    def milestone_now(self) -> Milestone:
        return Milestone.objects.get(pk=self.milestone.pk)


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


@pytest.fixture(autouse=True)
def files_go_elsewhere(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def step(page: Page, name: str):
    """The step's part of the page, unfolded."""
    found = page.locator(f"#step-{name}")
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_done_with_evidence_on_a_phone_from_the_mails_link(scene, windows, scripts):
    page = windows.open(PHONE, scripts=scripts)
    page.goto(scene.link)
    fill_in_sign_in(page, scene.reporter)
    expect(page.get_by_role("heading", level=1)).to_have_text("建成交付")
    form = page.locator("#step-done")  # open, with the day filled in: two things are left to do
    expect(form.get_by_label("完成日期")).to_have_value("2025-09-23")
    form.get_by_label("完成依据").fill("已竣工验收")
    form.get_by_label("照片或文件").set_input_files([PHOTO])
    if scripts:
        expect(form.locator("output")).to_have_text("现场.jpg")
    form.get_by_role("button", name="登记完成").click()
    expect(page.get_by_text("已登记完成。")).to_be_visible()
    expect(page.get_by_role("link", name="现场.jpg").first).to_be_visible()
    milestone = scene.milestone_now()
    assert (milestone.done_on, milestone.evidence) == (dt.date(2025, 9, 23), "已竣工验收")
    assert EvidenceFile.objects.get().subject_id == milestone.pk


def test_what_was_handed_over_is_done_and_reported_by_keyboard_alone(scene, sign_in):
    HandoverStepFactory(milestone=scene.milestone, text="请月底前完成")
    page = sign_in(scene.reporter)
    press_tab_until(page, page.get_by_role("link", name="林南平房区安置房 · 建成交付"))
    page.keyboard.press("Enter")
    evidence = page.locator("#step-done").get_by_label("完成依据")
    evidence.wait_for()
    press_tab_until(page, evidence)
    page.keyboard.type("已竣工验收")
    press_tab_until(page, page.get_by_role("button", name="登记完成"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("已登记完成。")).to_be_visible()
    assert HandoverStep.objects.get(state="reported").text == "已于 2025-09-23 完成。已竣工验收"


def test_a_later_date_is_asked_signed_and_granted_by_the_leader(scene, sign_in):
    page = sign_in(scene.reporter)
    page.goto(scene.link)
    form = step(page, "extension")
    form.get_by_label("申请的新期限").fill("2025-09-30")  # not later
    form.get_by_label("理由").fill("雨季停工")
    form.get_by_label("目前进展").fill("主体完工")
    form.get_by_role("button", name="申请延期").click()
    expect(page.locator("#step-extension")).to_contain_text("应晚于现定期限")
    expect(form.get_by_label("理由")).to_have_value("雨季停工")
    check_accessible(page)
    form.get_by_label("申请的新期限").fill("2025-10-20")
    form.get_by_role("button", name="申请延期").click()
    expect(page.get_by_text("已提交延期申请")).to_be_visible()

    head = sign_in(scene.head, PHONE)
    head.get_by_role("region", name="延期申请待我签字").get_by_role("link").first.click()
    step(head, "sign").get_by_role("button", name="签字").click()
    expect(head.get_by_text("已签字。")).to_be_visible()

    request = ExtensionRequest.objects.get()
    assert request.decider == "leader"  # a promise of the report
    leader = sign_in(scene.leader, PHONE)
    leader.goto(f"/go/extension_request/{request.pk}/")
    form = step(leader, "grant")
    form.get_by_label("决定意见").fill("同意, 抓紧收尾")
    form.get_by_role("button", name="同意", exact=True).click()
    expect(leader.get_by_text("已同意延期。")).to_be_visible()
    milestone = scene.milestone_now()
    assert (milestone.due_on, milestone.baseline_on) == (
        dt.date(2025, 10, 20), dt.date(2025, 9, 30),
    )  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_milestone_with_every_step_unfolded_is_accessible_and_fits(scene, sign_in, size):
    HandoverStepFactory(milestone=scene.milestone)
    for user in (scene.reporter, MembershipFactory(role="supervisor").user):
        page = sign_in(user, size)
        page.goto(scene.link)
        page.evaluate("document.querySelectorAll('.step').forEach(step => step.open = true)")
        check_accessible(page)
        check_fits(page)
