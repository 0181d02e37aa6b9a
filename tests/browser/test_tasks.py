"""What is due, problems, targets, projects in the browser: the loop of a problem, every page by
axe's rules and on a narrow screen."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from projects.problems.models import Problem
from targets.models import Measurement
from tests.browser.conftest import PHONE, WIDE
from tests.browser.looking import check_accessible, check_fits
from tests.factories import (
    AcceptedReturnFactory,
    AskedExtensionFactory,
    AssignedProblemFactory,
    DepartmentFactory,
    EvidenceFileFactory,
    FundingApplicationFactory,
    HandoverStepFactory,
    LightOverrideFactory,
    MembershipFactory,
    MilestoneFactory,
    MonthlyLightFactory,
    ProgrammeEntryFactory,
    ProjectFactory,
    SpotCheckFactory,
    TargetFactory,
    WorkItemFactory,
)

pytestmark = pytest.mark.browser

REASON = {"measure": "points_behind", "colour": "yellow", "text": "落后序时进度 12 个百分点",
          "exempted": False}  # fmt: skip


class Scene:
    """A department with something of everything."""

    def __init__(self) -> None:
        self.department = DepartmentFactory(name="包头市住房和城乡建设局", short_name="市住建局")
        self.reporter = MembershipFactory(role="reporter", department=self.department).user
        self.supervisor = MembershipFactory(role="supervisor").user
        project = ProjectFactory(name="林南平房区安置房", lead_department=self.department)
        for factory in (ProgrammeEntryFactory, AcceptedReturnFactory, FundingApplicationFactory,
                        SpotCheckFactory, EvidenceFileFactory, LightOverrideFactory):  # fmt: skip
            factory(project=project)
        MonthlyLightFactory(
            project=project, colour="yellow", computed_colour="yellow", reasons=[REASON]
        )
        milestones = [
            MilestoneFactory(project=project, name=name, due_on=day)
            for name, day in (
                ("主体封顶", dt.date(2025, 9, 20)),
                ("建成交付", dt.date(2025, 9, 30)),
                ("分房入住", dt.date(2026, 6, 30)),
            )
        ]
        HandoverStepFactory(milestone=milestones[0], text="请月底前完成")
        self.extension = AskedExtensionFactory(milestone=milestones[1])
        self.problem = AssignedProblemFactory(
            project=project,
            title="施工临电容量不足",
            solver_department=self.department,
            raised_by=self.supervisor,
        )
        self.target = TargetFactory(name="老旧小区改造", lead_department=self.department)
        self.item = WorkItemFactory(target=self.target, lead_department=self.department)
        self.project = project

    def pages(self) -> list[str]:
        project = f"/workbench/projects/{self.project.pk}/"
        return [
            "/workbench/", "/workbench/projects/?whose=", project, f"{project}history/",
            "/workbench/extensions/?state=open", f"/workbench/extensions/{self.extension.pk}/",
            "/workbench/problems/", "/workbench/problems/raise/",
            f"/workbench/problems/{self.problem.pk}/", "/workbench/targets/?whose=",
            f"/workbench/targets/{self.target.pk}/", f"/workbench/work-items/{self.item.pk}/",
        ]  # fmt: skip


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("who", ["reporter", "supervisor"])
def test_every_page_is_accessible_and_fits(scene, sign_in, who, size):
    page = sign_in(getattr(scene, who), size)
    for address in scene.pages():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        check_accessible(page)
        check_fits(page)


def test_a_problem_is_solved_by_one_and_confirmed_by_the_other(scene, sign_in):
    page = sign_in(scene.reporter, PHONE)
    page.get_by_role("link", name="林南平房区安置房 · 施工临电容量不足").click()
    form = page.locator("#step-solve")
    form.get_by_label("解决情况").fill("已增容到 800 千伏安")
    form.get_by_role("button", name="报告已解决").click()
    expect(page.get_by_text("已报告解决, 等提出人确认。")).to_be_visible()

    page = sign_in(scene.supervisor)
    page.goto("/workbench/")
    page.get_by_role("region", name="堵点待我确认").get_by_role("link").first.click()
    page.locator("#step-confirm").get_by_role("button", name="确认销号").click()
    expect(page.get_by_text("已确认销号。")).to_be_visible()
    assert Problem.objects.get().state == "confirmed"


def test_a_figure_is_reported_on_a_phone(scene, sign_in):
    page = sign_in(scene.reporter, PHONE)
    page.goto(f"/go/target/{scene.target.pk}/")
    form = page.locator("#step-measure")
    form.get_by_label("数值").fill("41")
    form.get_by_label("数据出处").fill("市住建局台账")
    form.get_by_role("button", name="填报数值").click()
    expect(page.get_by_text("已填报。")).to_be_visible()
    assert Measurement.objects.get().period == "2025-08"
