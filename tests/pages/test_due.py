"""The workbench: what is due to me by how grave it is, and what waits for my hand."""

import datetime as dt

import pytest

from projects.choices import LightColour
from projects.inspections.results import round_close
from tests.factories import (
    ApprovedRoundFactory,
    AskedExtensionFactory,
    DoneMilestoneFactory,
    HandoverStepFactory,
    MilestoneFactory,
    MonthlyLightFactory,
    ProblemFactory,
    ProgressReturnFactory,
    ProjectFactory,
    ScoredRoundFactory,
    SignedExtensionFactory,
    SolvedProblemFactory,
    WorkItemStepFactory,
)
from tests.pages.steps import TODAY, browser_of, person, september, words

__all__ = ["september"]

pytestmark = pytest.mark.django_db


def home(user):
    return browser_of(user).get("/workbench/")


def promises(page) -> dict[str, list[str]]:
    return {
        group.colour: [line.title.split(" · ")[1] for line in group.lines]
        for group in page.context["groups"]
    }


@pytest.fixture
def reporter():
    return person("reporter")


@pytest.fixture
def project(reporter):
    return ProjectFactory(lead_department=reporter.memberships.get().department)


def due(project, name: str, days: int, **given):
    return MilestoneFactory(
        project=project, name=name, due_on=TODAY + dt.timedelta(days=days), **given
    )


def test_what_is_due_is_grouped_by_how_grave_it_is(reporter, project):
    due(project, "昨天到期", -1)
    due(project, "今天到期", 0)
    due(project, "第七天到期", 7)
    due(project, "第八天到期", 8)
    late = due(project, "预计晚的", 60)
    late.forecast_on = late.due_on + dt.timedelta(days=5)
    late.save()
    DoneMilestoneFactory(project=project, due_on=TODAY)
    due(ProjectFactory(), "别的单位的", -1)
    page = home(reporter)
    assert promises(page) == {
        LightColour.RED: ["昨天到期"],
        LightColour.YELLOW: ["今天到期", "第七天到期", "预计晚的"],
        LightColour.GREEN: ["第八天到期"],
    }
    assert "逾期 1 天" in words(page)
    assert "预计晚 5 天" in words(page)
    assert "别的单位的" not in words(page)


def test_each_line_opens_its_page_and_shows_the_projects_light(reporter, project):
    milestone = due(project, "建成交付", 3)
    MonthlyLightFactory(project=project, colour="red", computed_colour="red")
    page = words(home(reporter))
    assert f'href="/go/milestone/{milestone.pk}/"' in page
    assert "红灯" in page


def test_nothing_due_says_what_would_stand_here(reporter):
    assert "没有到期的事项" in words(home(reporter))


def test_a_head_begins_with_the_whole_departments_and_anyone_can_look_at_it(reporter, project):
    due(project, "建成交付", 3)
    head = person("head", project.lead_department)
    assert "建成交付" in words(home(head))
    mine = words(browser_of(head).get("/workbench/?scope=mine"))
    assert "建成交付" not in mine
    judge = person("judge", project.lead_department)
    assert "建成交付" not in words(home(judge))
    assert "建成交付" in words(browser_of(judge).get("/workbench/?scope=department"))


def waiting_for(user) -> dict[str, int]:
    return {wait.name: wait.count for wait in home(user).context["waits"]}


def test_a_head_sees_what_waits_for_the_signature_and_the_confirmation(project, reporter):
    head = person("head", project.lead_department)
    AskedExtensionFactory(milestone__project=project)
    ProgressReturnFactory(
        project=project, state="submitted", submitted_at=dt.datetime(2025, 9, 4, tzinfo=dt.UTC),
        investment_reported=1, physical_progress=1, work_done="主体",
    )  # fmt: skip
    assert waiting_for(head) == {"sign": 1, "confirm-returns": 1}
    assert waiting_for(reporter) == {}
    assert "延期申请待我签字" in words(home(head))


def test_a_supervisor_sees_what_waits_for_a_decision():
    SignedExtensionFactory()
    HandoverStepFactory(state="reported", text="已完工", notice_number="")
    WorkItemStepFactory(state="reported", text="已完工", notice_number="")
    ProblemFactory()
    supervisor = person("supervisor")
    assert waiting_for(supervisor) == {"decide": 1, "close": 1, "close-items": 1, "assign": 1}


def test_an_inspections_results_wait_for_the_leader_then_for_the_supervisor():
    ApprovedRoundFactory()
    assert waiting_for(person("supervisor")) == {"publish-rounds": 1}
    round_close(inspection_round=ScoredRoundFactory(), by=None)
    assert waiting_for(person("leader")) == {"approve-rounds": 1}


def test_who_raised_a_problem_sees_that_it_waits_for_the_own_word():
    problem = SolvedProblemFactory()
    assert waiting_for(problem.raised_by) == {"confirm-problems": 1}


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_has_as_many_queries_however_much_is_due(
    reporter, project, count, django_assert_max_num_queries
):
    for number in range(count):
        due(project, f"节点{number}", number - 3)
        due(ProjectFactory(lead_department=project.lead_department), "建成", number)
    browser = browser_of(reporter)
    browser.get("/workbench/")
    with django_assert_max_num_queries(12):
        browser.get("/workbench/")


def test_a_long_group_is_folded_and_a_list_beyond_all_measure_is_cut(
    reporter, project, monkeypatch
):
    monkeypatch.setattr("portfolio.pages.desk.due.MOST_DUE", 30)
    for number in range(32):
        due(project, f"节点{number}", -40 + number)
    page = home(reporter)
    [red] = [group for group in page.context["groups"] if group.colour == "red"]
    assert (len(red.shown), len(red.folded)) == (25, 5)
    assert "只显示最早到期的 30 条" in words(page)
