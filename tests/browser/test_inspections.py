"""An inspection in the browser: a judge scores, the supervisor closes, a leader approves, the
supervisor publishes."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from projects.inspections.models import InspectionRound, InspectionScore
from projects.inspections.services import round_create, round_open, score_record
from tests.browser.conftest import PHONE, WIDE, fill_in_sign_in
from tests.browser.looking import check_accessible, check_fits
from tests.factories import (
    AmendedRoundFactory,
    InspectionEntryFactory,
    MembershipFactory,
    ProjectFactory,
)

pytestmark = pytest.mark.browser
CRITERIA = (("项目进度", 60), ("现场形象", 40))


class Scene:
    """An open round: two projects, two criteria, two judges."""

    def __init__(self) -> None:
        self.users = [
            MembershipFactory(role="judge", user__name=name).user for name in ("王评委", "李评委")
        ]
        self.round = round_create(
            by=None,
            fields={
                "year": 2025,
                "quarter": 3,
                "ends_on": dt.date(2025, 9, 28),
                "criteria": [{"name": n, "weight": Decimal(w)} for n, w in CRITERIA],
                "judges": [{"user": user} for user in self.users],
            },
        )
        self.entries = [
            InspectionEntryFactory(
                inspection_round=self.round, project=ProjectFactory(name=name), league="市区组"
            )
            for name in ("稀土永磁产业园", "林南平房区安置房")
        ]
        round_open(inspection_round=self.round, by=None)
        self.judges = [self.round.judges.get(user=user) for user in self.users]

    @property
    def page(self) -> str:
        return reverse("workbench-inspections-round", args=[self.round.pk])

    def sheet(self, judge: int = 0) -> str:
        return reverse("workbench-inspections-scoring", args=[self.judges[judge].pk])

    def points(self, judge: int = 0) -> list[Decimal]:
        rows = InspectionScore.objects.filter(judge=self.judges[judge])
        return list(rows.order_by("entry", "criterion").values_list("points", flat=True))

    def score_all(self, judge: int, points: int) -> None:
        for entry in self.entries:
            for criterion in self.round.criteria.all():
                fields = {"entry": entry, "criterion": criterion, "judge": self.judges[judge]}
                score_record(by=None, fields={**fields, "points": Decimal(points)})


@pytest.fixture
def scene(transactional_db) -> Scene:
    return Scene()


def cell(page: Page, project: str, criterion: str):
    return page.get_by_label(f"{project} · {criterion}")


def total(page: Page, project: str):
    return page.get_by_role("row", name=project).locator("output")


def missing(page: Page):
    return page.locator("#sheet-missing")


def told(page: Page):
    return page.locator("#sheet-told")


def hx(route) -> bool:
    """Whether a request is that of a cell that was left."""
    return "hx-request" in route.request.headers


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_judge_scores_a_project_from_the_mails_link(scene, windows, size):
    page = windows.open(size)
    page.goto(f"/go/inspection_scoring/{scene.judges[0].pk}/")
    fill_in_sign_in(page, scene.users[0])
    assert page.url.endswith(scene.sheet())
    expect(missing(page)).to_have_text("还缺 4 个评分")
    project = "稀土永磁产业园"
    cell(page, project, "项目进度").fill("88.5")
    expect(total(page, project)).to_have_text("—")
    cell(page, project, "现场形象").fill("90")
    expect(total(page, project)).to_have_text("89.1")  # by the script, before anything is saved
    cell(page, "林南平房区安置房", "项目进度").focus()
    expect(missing(page)).to_have_text("还缺 2 个评分")
    assert scene.points() == [Decimal("88.50"), Decimal("90.00")]
    cell(page, "林南平房区安置房", "项目进度").fill("77.25")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".message.success")).to_be_visible()
    expect(missing(page)).to_have_text("还缺 1 个评分")
    expect(total(page, project)).to_have_text("89.1")  # by the server
    assert scene.points() == [Decimal("88.50"), Decimal("90.00"), Decimal("77.25")]
    check_fits(page)
    check_accessible(page)


def test_a_sheet_is_filled_in_by_keyboard_alone(scene, sign_in):
    page = sign_in(scene.users[0])
    page.goto(scene.sheet())
    first = cell(page, "稀土永磁产业园", "项目进度")
    for _each in range(40):
        if first.evaluate("cell => cell === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(first).to_be_focused()
    for points in ("81", "82", "83"):
        page.keyboard.type(points)
        page.keyboard.press("Enter")
    expect(cell(page, "林南平房区安置房", "现场形象")).to_be_focused()
    expect(missing(page)).to_have_text("还缺 1 个评分")
    page.keyboard.type("84")
    page.keyboard.press("Enter")  # in the last cell: saves all
    expect(page.locator(".message.success")).to_be_visible()
    expect(missing(page)).to_have_text("已全部打分")
    assert scene.points() == [Decimal(each) for each in (81, 82, 83, 84)]


def test_what_is_wrong_is_told_in_the_cell_while_one_types_and_by_the_server(scene, sign_in):
    page = sign_in(scene.users[0])
    page.goto(scene.sheet())
    wrong = cell(page, "稀土永磁产业园", "项目进度")
    wrong.press_sequentially("100.5")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description("0 到 100, 至多两位小数")
    wrong.press("Tab")
    expect(told(page)).to_contain_text("不在 0 到 100 之间")
    check_accessible(page)
    assert scene.points() == []
    wrong.fill("９９。５")  # as a Chinese keyboard types it
    wrong.press("Tab")
    expect(told(page)).to_contain_text("已保存 99.5")
    assert scene.points() == [Decimal("99.50")]


def test_a_sheet_that_was_refused_leads_to_the_cell_that_is_wrong(scene, sign_in):
    page = sign_in(scene.users[0])
    page.goto(scene.sheet())
    # The cells are not saved one by one here: only the sheet as a whole.
    page.route("**/scoring/**", lambda r: r.fulfill(status=204) if hx(r) else r.continue_())
    cell(page, "稀土永磁产业园", "项目进度").fill("70")
    wrong = cell(page, "林南平房区安置房", "现场形象")
    wrong.fill("101")
    wrong.press("Enter")  # the last cell: sends the sheet
    expect(page.get_by_text("不在 0 到 100 之间")).to_be_visible()
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("101")
    expect(cell(page, "稀土永磁产业园", "项目进度")).to_have_value("70")
    check_accessible(page)


def test_the_sheet_works_without_scripts(scene, sign_in):
    page = sign_in(scene.users[0], scripts=False)
    page.goto(scene.sheet())
    cell(page, "稀土永磁产业园", "项目进度").fill("70")
    cell(page, "稀土永磁产业园", "现场形象").fill("101")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("不在 0 到 100 之间")).to_be_visible()
    expect(cell(page, "稀土永磁产业园", "项目进度")).to_have_value("70")
    cell(page, "稀土永磁产业园", "现场形象").fill("80")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存 2 个评分")).to_be_visible()
    expect(total(page, "稀土永磁产业园")).to_have_text("74")


def test_what_another_device_changed_is_told_before_it_is_written_over(scene, sign_in):
    scene.score_all(0, 80)
    page = sign_in(scene.users[0])
    page.goto(scene.sheet())
    InspectionScore.objects.filter(judge=scene.judges[0]).update(points=Decimal(85))
    changed = cell(page, "稀土永磁产业园", "项目进度")
    changed.fill("70")
    changed.press("Tab")
    expect(told(page)).to_contain_text("刚被他人改为 85")
    expect(changed).to_have_value("70")
    assert scene.points()[0] == Decimal(85)


def test_a_connection_that_fails_is_told_in_the_cell(scene, windows):
    page = windows.sign_in(scene.users[0])
    page.goto(scene.sheet())
    page.route("**/scoring/**", lambda route: route.abort())
    first = cell(page, "稀土永磁产业园", "项目进度")
    first.fill("70")
    first.press("Tab")
    expect(first).to_have_accessible_description("没有存上, 请点“保存”重试")
    page.unroute("**/scoring/**")
    windows.complaints.clear()  # what the page's console said of the cut connection
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存 1 个评分")).to_be_visible()
    assert scene.points() == [Decimal(70)]


def test_a_round_is_closed_approved_and_published_by_those_who_may(scene, sign_in):
    scene.score_all(0, 90)
    supervisor = sign_in(MembershipFactory(role="supervisor").user)
    supervisor.goto(scene.page)
    supervisor.get_by_role("button", name="截止评分").click()
    expect(supervisor.get_by_role("alert")).to_contain_text("还缺 4 个评分")
    supervisor.get_by_role("button", name="将李评委标为缺席").click()
    expect(supervisor.get_by_text("已将李评委标为缺席")).to_be_visible()
    supervisor.get_by_role("button", name="截止评分").click()
    expect(supervisor.get_by_text("已截止评分")).to_be_visible()

    leader = sign_in(MembershipFactory(role="leader").user, PHONE)
    leader.goto("/leader/")
    leader.get_by_role("link", name="查看并批准").click()
    expect(leader.get_by_role("heading", name="结果 (测算, 尚未公布)")).to_be_visible()
    check_fits(leader)
    leader.get_by_role("button", name="批准").click()
    expect(leader.get_by_text("已批准。")).to_be_visible()

    judge = sign_in(scene.users[0])
    judge.goto(scene.page)
    expect(judge.get_by_text("结果尚未公布")).to_be_visible()

    supervisor.goto("/leader/")
    supervisor.get_by_role("link", name="查看并公布").click()
    supervisor.get_by_role("button", name="公布结果").click()
    expect(supervisor.get_by_text("已公布。")).to_be_visible()
    assert InspectionRound.objects.get().status == "published"

    judge.reload()
    expect(judge.get_by_role("row", name="稀土永磁产业园").first).to_contain_text("90.00")
    supervisor.goto(scene.sheet())
    supervisor.get_by_role("link", name="更正 稀土永磁产业园 · 项目进度").click()
    supervisor.get_by_label("新得分").fill("80")
    supervisor.get_by_label("理由").fill("登记看错一行")
    supervisor.get_by_role("button", name="更正").click()
    expect(supervisor.get_by_text("结果已按新的得分重新计算")).to_be_visible()
    judge.reload()
    expect(judge.get_by_role("row", name="稀土永磁产业园").first).to_contain_text("84.00")
    expect(judge.get_by_role("region", name="公布后的更正").first).to_contain_text("登记看错一行")

    judge.goto(scene.sheet())
    expect(judge.get_by_text("评分已截止, 只能查看")).to_be_visible()
    expect(judge.get_by_role("textbox")).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_of_an_inspection_are_accessible_and_fit(scene, sign_in, size):
    amended = AmendedRoundFactory(year=2024)
    scene.score_all(0, 90)
    page = sign_in(MembershipFactory(role="supervisor").user, size)
    rounds = [reverse("workbench-inspections-round", args=[amended.pk]), scene.page]
    sheets = [
        reverse("workbench-inspections-scoring", args=[amended.judges.get().pk]),
        scene.sheet(),
        scene.sheet(1),
    ]
    amend = reverse("workbench-inspections-amend", args=[amended.scores.get().pk])
    for address in ("/workbench/inspections/", *rounds, *sheets, amend):
        page.goto(address)
        check_accessible(page)
        check_fits(page)
