"""The leader's page: what is sponsored, what is red and why, what waits for a decision."""

import datetime as dt

import pytest
from django.urls import reverse

from portfolio.core import clock
from projects.inspections.results import round_close
from projects.milestones.models import Milestone
from tests.factories import (
    AdministratorFactory,
    ApprovedRoundFactory,
    LightOverrideFactory,
    MembershipFactory,
    MilestoneFactory,
    MonthlyLightFactory,
    ProjectFactory,
    ScoredRoundFactory,
    SignedExtensionFactory,
    TargetFactory,
    TargetPathPointFactory,
)
from tests.pages.test_every_page import browser_of

pytestmark = pytest.mark.django_db
PAGE = "/leader/"
DAY = dt.datetime(2025, 9, 23, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def on_the_day():
    with clock.at(DAY):
        yield


@pytest.fixture
def leader():
    return MembershipFactory(role="leader").user


def text_of(page) -> str:
    assert page.status_code == 200
    return page.content.decode()


def opened(user) -> str:
    return text_of(browser_of(user).get(PAGE))


def request_of(leader, **given):
    """A request that waits for this leader."""
    return SignedExtensionFactory(decider="leader", milestone__project__sponsor=leader, **given)


def decide(user, extension, decision: str, note: str = ""):
    sent = {"extension": extension.pk, "decision": decision, f"e{extension.pk}-note": note}
    return browser_of(user).post(PAGE, sent, follow=True)


def test_what_one_stands_for_is_shown_with_lights_and_nothing_of_others(leader):
    own, other = ProjectFactory(sponsor=leader), ProjectFactory(name="别人的项目")
    target = TargetFactory(sponsor=leader)
    for project in (own, other):
        MonthlyLightFactory(project=project, colour="green", computed_colour="green")
    text = opened(leader)
    assert own.name in text
    assert "绿灯" in text
    assert target.name in text
    assert "别人的项目" not in text


def test_what_is_red_says_why_in_words_the_gravest_first(leader):
    red = ProjectFactory(sponsor=leader, name="红的项目")
    green = ProjectFactory(sponsor=leader, name="绿的项目")
    told = {"measure": "points_behind", "colour": "red", "exempted": False}
    MonthlyLightFactory(
        project=red, colour="red", computed_colour="red",
        reasons=[{**told, "text": "落后序时进度 31 个百分点"}],
    )  # fmt: skip
    MonthlyLightFactory(project=green)
    text = opened(leader)
    reasons = text[text.index('id="red"') : text.index('id="overdue"')]
    assert "红的项目" in reasons
    assert "落后序时进度 31 个百分点" in reasons
    assert "绿的项目" not in reasons
    table = text[text.index('id="projects"') :]
    assert table.index("红的项目") < table.index("绿的项目")


def test_a_supervisors_own_light_gives_its_own_reason(leader):
    LightOverrideFactory(project__sponsor=leader, reason="现场发生事故")
    assert "现场发生事故" in opened(leader)


def test_a_target_far_behind_its_plan_is_red_with_its_figures(leader):
    target = TargetFactory(sponsor=leader, frequency="month")
    TargetPathPointFactory(target=target, month=8, value=80)
    target.measurements.create(period="2025-08", value=20)
    text = opened(leader)
    reasons = text[text.index('id="red"') : text.index('id="overdue"')]
    assert target.name in reasons
    assert "20" in reasons
    assert "80" in reasons


def test_what_is_overdue_and_what_is_due_soon_leads_to_its_page(leader):
    late = MilestoneFactory(project__sponsor=leader, due_on=dt.date(2025, 9, 20))
    soon = MilestoneFactory(project__sponsor=leader, due_on=dt.date(2025, 9, 30))
    later = MilestoneFactory(project__sponsor=leader, due_on=dt.date(2025, 12, 31))
    text = opened(leader)
    assert "逾期 3 天" in text
    assert "还有 7 天" in text
    for milestone in (late, soon):
        assert f"/go/milestone/{milestone.pk}/" in text
    assert f"/go/milestone/{later.pk}/" not in text


def test_a_request_is_granted_on_the_page(leader):
    extension = request_of(leader)
    assert extension.reason in opened(leader)
    text = text_of(decide(leader, extension, "grant", "同意, 抓紧"))
    assert "已同意延期" in text
    assert "没有等您决定的事" in text
    extension.refresh_from_db()
    assert (extension.state, extension.decision_note) == ("granted", "同意, 抓紧")
    assert Milestone.objects.get(pk=extension.milestone_id).due_on == extension.new_due_on


def test_a_refusal_needs_a_reason_which_is_asked_for_beside_the_field(leader):
    extension = request_of(leader)
    text = text_of(decide(leader, extension, "refuse"))
    assert "不同意须写明理由。" in text
    assert f'id="id_e{extension.pk}-note_error"' in text
    extension.refresh_from_db()
    assert extension.state == "signed"
    assert "已决定不同意" in text_of(decide(leader, extension, "refuse", "工期充裕"))
    extension.refresh_from_db()
    assert (extension.state, extension.decision_note) == ("refused", "工期充裕")


def test_what_somebody_decided_meanwhile_is_told(leader):
    extension = request_of(leader)
    decide(leader, extension, "grant")
    assert "只有已签字、尚未决定的申请可以决定" in text_of(decide(leader, extension, "grant"))


def test_nobody_decides_what_is_anothers(leader):
    extension = request_of(MembershipFactory(role="leader").user)
    assert f"extension-{extension.pk}" not in opened(leader)
    assert decide(leader, extension, "grant").status_code == 403
    extension.refresh_from_db()
    assert extension.state == "signed"


@pytest.mark.parametrize("sent", [{}, {"decision": "grant"}, {"decision": "x", "extension": "1"}])
def test_a_decision_that_names_nothing_is_not_found(leader, sent):
    assert browser_of(leader).post(PAGE, sent).status_code == 404


def test_closed_rounds_wait_for_the_leader_approved_ones_for_the_supervisor(leader):
    closed = ScoredRoundFactory(quarter=1)
    round_close(inspection_round=closed, by=None)
    approved = ApprovedRoundFactory(quarter=2)
    pages = [reverse("workbench-inspections-round", args=[each.pk]) for each in (closed, approved)]
    text = opened(leader)
    assert "查看并批准" in text
    assert pages[0] in text
    assert pages[1] not in text
    text = opened(MembershipFactory(role="supervisor").user)
    assert "查看并公布" in text
    assert pages[1] in text


def test_who_stands_for_nothing_is_told_what_to_do():
    for user in (MembershipFactory(role="supervisor").user, AdministratorFactory()):
        text = opened(user)
        assert "您没有包联的项目和目标" in text
        assert "包联领导由督查员或管理员" in text


def test_the_page_needs_few_queries_however_much_one_stands_for(
    leader, django_assert_max_num_queries
):
    for _each in range(12):
        project = ProjectFactory(sponsor=leader)
        MonthlyLightFactory(project=project, colour="red", computed_colour="red")
        request_of(leader, milestone__project=project)
        TargetFactory(sponsor=leader)
    browser = browser_of(leader)
    with django_assert_max_num_queries(24):
        text = text_of(browser.get(PAGE))
    assert text.count('name="decision" value="grant"') == 12
