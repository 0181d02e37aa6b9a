"""A project's page: where it stands and why, what hangs on it, what happened."""

import datetime as dt

import pytest

from projects.evidence.models import EvidenceFile
from projects.register.services import transition_record
from tests.factories import (
    AcceptedReturnFactory,
    EvidenceFileFactory,
    FundingApplicationFactory,
    HandoverStepFactory,
    LightExemptionFactory,
    LightOverrideFactory,
    MilestoneFactory,
    MonthlyLightFactory,
    ProblemFactory,
    ProgrammeEntryFactory,
    ProjectFactory,
    SpotCheckFactory,
)
from tests.pages.steps import (
    browser_of,
    files_go_elsewhere,
    names_of_steps,
    person,
    photo,
    september,
    take,
    words,
)

__all__ = ["files_go_elsewhere", "september"]

pytestmark = pytest.mark.django_db

REASON = {"measure": "points_behind", "colour": "yellow", "text": "落后序时进度 12 个百分点",
          "exempted": False}  # fmt: skip


def address(project) -> str:
    return f"/workbench/projects/{project.pk}/"


@pytest.fixture
def project():
    project = ProjectFactory(name="林南平房区安置房")
    ProgrammeEntryFactory(project=project)
    MilestoneFactory(project=project, name="建成交付", due_on=dt.date(2025, 9, 20))
    AcceptedReturnFactory(project=project)
    ProblemFactory(project=project, title="征地未完成")
    FundingApplicationFactory(project=project)
    SpotCheckFactory(project=project)
    EvidenceFileFactory(project=project, name="照片.jpg")
    return project


def test_all_that_hangs_on_a_project_stands_on_one_page(project):
    page = words(browser_of(person("supervisor")).get(address(project)))
    for told in (
        "林南平房区安置房", "建成交付", "逾期", "主体封顶", "征地未完成", "中央预算内投资",
        "二层未封顶", "照片.jpg", "谋划储备",
    ):  # fmt: skip
        assert told in page


def test_the_light_is_shown_with_its_reasons(project):
    MonthlyLightFactory(
        project=project, colour="yellow", computed_colour="yellow", reasons=[REASON]
    )
    LightExemptionFactory(project=project)
    page = words(browser_of(person("supervisor")).get(address(project)))
    assert "黄灯" in page
    assert "落后序时进度 12 个百分点" in page
    assert "文物发掘" in page


def test_a_light_by_hand_says_whose_reason_and_until_when(project):
    MonthlyLightFactory(project=project)
    LightOverrideFactory(project=project)
    page = browser_of(person("supervisor")).get(address(project))
    assert page.context["light"].word == "红灯"
    assert "人工评灯至 2025-12-31: 现场事故" in words(page)


def test_what_others_may_not_see_is_not_shown_to_them(project):
    page = words(browser_of(person("reporter")).get(address(project)))
    assert "建成交付" in page
    for hidden in ("征地未完成", "主体封顶", "照片.jpg", "二层未封顶"):
        assert hidden not in page
    history = words(browser_of(person("reporter")).get(f"{address(project)}history/"))
    assert "征地未完成" not in history
    assert "建成交付" in history


def test_the_time_line_tells_of_all_that_hangs_on_the_project(project):
    HandoverStepFactory(milestone=project.milestones.get(), text="限期完成")
    EvidenceFileFactory.create_batch(3, project=project)
    browser = browser_of(person("supervisor"))
    page = words(browser.get(f"{address(project)}history/"))
    for told in ("征地未完成", "限期完成", "照片.jpg", "主体封顶", "阶段变动", "入计划项目"):
        assert told in page
    first = words(browser.get(address(project)))
    assert f"{address(project)}history/" in first


def test_who_is_concerned_raises_problems_and_adds_evidence(project):
    reporter = person("reporter", project.lead_department)
    page = browser_of(reporter).get(address(project))
    assert f"/workbench/problems/raise/?project={project.pk}" in words(page)
    assert names_of_steps(page) == ["stage", "funding", "evidence"]
    take(reporter, address(project), "evidence", file=[photo("全景.jpg")])
    kept = EvidenceFile.objects.get(name="全景.jpg")
    assert (kept.subject_kind, kept.subject_id) == ("", None)
    stranger = words(browser_of(person("reporter")).get(address(project)))
    assert "提出堵点" not in stranger


def test_a_move_to_the_next_stage_is_recorded_with_its_proof(project):
    reporter = person("reporter", project.lead_department)
    page = take(
        reporter, address(project), "stage",
        to_stage="preparation", effective_on="2025-09-22", evidence="包发改字〔2025〕12号",
        file=[photo("批文.jpg")],
    )  # fmt: skip
    assert "已登记阶段变动" in words(page)
    project.refresh_from_db()
    assert project.stage == "preparation"
    kept = EvidenceFile.objects.get(name="批文.jpg")
    moved = project.transitions.get(to_stage="preparation")
    assert (kept.subject_kind, kept.subject_id) == ("stage_transition", moved.pk)


def test_a_move_that_lies_in_the_future_is_refused_beside_its_field(project):
    reporter = person("reporter", project.lead_department)
    typed = {"to_stage": "construction", "effective_on": "2025-10-01"}
    page = take(reporter, address(project), "stage", **typed)
    [shown] = [each for each in page.context["steps"] if each.step.name == "stage"]
    assert "晚于今天" in shown.form.errors["effective_on"][0]
    assert project.transitions.count() == 1


def test_a_supervisor_takes_the_newest_move_back_with_a_reason(project):
    supervisor = person("supervisor")
    assert "revoke" not in names_of_steps(browser_of(supervisor).get(address(project)))
    moved = {"to_stage": "construction", "effective_on": "2025-03-01"}
    take(supervisor, address(project), "stage", **moved)
    page = browser_of(supervisor).get(address(project))
    assert "撤销的是: 谋划储备 → 开工在建, 2025-03-01。" in words(page)
    without = take(supervisor, address(project), "revoke")
    [shown] = [each for each in without.context["steps"] if each.step.name == "revoke"]
    assert list(shown.form.errors) == ["reason"]
    assert "已撤销" in words(take(supervisor, address(project), "revoke", reason="登记错了"))
    project.refresh_from_db()
    assert project.stage == "reserve"
    move, back = project.transitions.order_by("pk")[1:]
    assert (back.revokes, back.reason) == (move, "登记错了")


def test_a_move_recorded_meanwhile_is_not_taken_back_in_the_place_of_the_one_that_was_seen(project):
    supervisor = person("supervisor")
    transition_record(
        project=project, by=None, to_stage="preparation", effective_on=dt.date(2025, 3, 1)
    )
    project.refresh_from_db()
    seen = project.version
    transition_record(
        project=project, by=None, to_stage="construction", effective_on=dt.date(2025, 4, 1)
    )
    sent = {"step": "revoke", "revoke-version": seen, "revoke-reason": "登记错了"}
    assert "刚被他人修改过" in words(browser_of(supervisor).post(address(project), sent))
    project.refresh_from_db()
    assert project.stage == "construction"


def test_only_a_supervisor_takes_a_move_back(project):
    transition_record(
        project=project, by=None, to_stage="preparation", effective_on=dt.date(2025, 3, 1)
    )
    reporter = browser_of(person("reporter", project.lead_department))
    page = reporter.get(address(project))
    assert "revoke" not in names_of_steps(page)
    project.refresh_from_db()
    sent = {"step": "revoke", "revoke-version": project.version, "revoke-reason": "登记错了"}
    assert reporter.post(address(project), sent).status_code == 403


def test_another_department_moves_no_stage(project):
    stranger = browser_of(person("reporter"))
    assert "stage" not in names_of_steps(stranger.get(address(project)))
    sent = {"step": "stage", "stage-to_stage": "preparation", "stage-effective_on": "2025-09-01"}
    stranger.post(address(project), sent)
    assert project.transitions.count() == 1


def test_a_file_says_what_of_the_project_it_proves(project):
    check = project.spot_checks.get()
    HandoverStepFactory(milestone=project.milestones.get())
    page = browser_of(person("supervisor")).get(address(project))
    [form] = [each.form for each in page.context["steps"] if each.step.name == "evidence"]
    offered = [group for group, _lines in form.fields["subject"].choices]
    assert offered == ["", "阶段变动", "交办记录", "进展月报", "实地核查", "资金争取"]
    typed = {"subject": f"spot_check:{check.pk}", "file": [photo("核查.jpg")]}
    take(person("supervisor"), address(project), "evidence", **typed)
    kept = EvidenceFile.objects.get(name="核查.jpg")
    assert (kept.subject_kind, kept.subject_id) == ("spot_check", check.pk)
    other = SpotCheckFactory()
    sent = {"step": "evidence", "evidence-subject": f"spot_check:{other.pk}"}
    sent["evidence-file"] = photo("别的.jpg")
    browser_of(person("supervisor")).post(address(project), sent)
    assert not EvidenceFile.objects.filter(name="别的.jpg").exists()


def test_a_move_that_is_not_ones_own_to_make_is_not_offered(project):
    stages = {}
    for role in ("reporter", "supervisor"):
        page = browser_of(person(role, project.lead_department)).get(address(project))
        [form] = [each.form for each in page.context["steps"] if each.step.name == "stage"]
        stages[role] = {code for code, _label in form.fields["to_stage"].choices}
    assert "cancelled" not in stages["reporter"]
    assert "cancelled" in stages["supervisor"]


def test_a_supervisor_records_a_spot_check_beside_what_was_reported(project):
    supervisor = person("supervisor")
    typed = {"checked_on": "2025-09-20", "progress_found": "30", "found": "三层未封顶"}
    page = take(supervisor, address(project), "check", **typed, file=[photo("工地.jpg")])
    assert "已登记实地核查" in words(page)
    accepted = project.returns.get()
    check = project.spot_checks.get(found="三层未封顶")
    assert (check.progress_return, check.progress_reported) == (accepted, 40)
    assert check.checked_by == supervisor
    assert "报 40.00%, 核 30.00%" in words(page)
    kept = EvidenceFile.objects.get(name="工地.jpg")
    assert (kept.subject_kind, kept.subject_id) == ("spot_check", check.pk)
    late = take(supervisor, address(project), "check", **typed | {"checked_on": "2025-09-24"})
    assert "晚于今天" in words(late)


def test_a_spot_check_names_the_return_that_it_is_held_against(project):
    july = AcceptedReturnFactory(project=project, period__month=7, physical_progress=25)
    take(
        person("supervisor"), address(project), "check",
        found="三层未封顶", progress_return=july.pk,
    )  # fmt: skip
    assert project.spot_checks.get(found="三层未封顶").progress_reported == 25


def test_only_supervisors_check_on_site(project):
    for user in (person("reporter", project.lead_department), person("viewer")):
        assert "check" not in names_of_steps(browser_of(user).get(address(project)))


def test_from_each_stage_a_reporter_is_offered_the_moves_ahead_only():
    project = ProjectFactory(stage="construction")
    page = browser_of(person("reporter", project.lead_department)).get(address(project))
    [form] = [each.form for each in page.context["steps"] if each.step.name == "stage"]
    offered = {code for code, _label in form.fields["to_stage"].choices}
    assert offered == {"", "commissioned", "suspended"}


def test_money_that_is_sought_is_registered(project):
    reporter = person("reporter", project.lead_department)
    typed = {"channel": "region", "state": "submitted", "asked": "500"}
    refused = take(reporter, address(project), "funding", **typed)
    assert "须写明申报日期" in words(refused)
    take(reporter, address(project), "funding", **typed, submitted_on="2025-09-01")
    assert project.funding_applications.get(channel="region").asked == 500


def test_who_keeps_the_applications_for_money_is_shown_the_way_to_each(project):
    link = f"/admin/projects/fundingapplication/{project.funding_applications.get().pk}/change/"
    reporter, supervisor = person("reporter", project.lead_department), person("supervisor")
    assert link in words(browser_of(reporter).get(address(project)))
    assert link not in words(browser_of(supervisor).get(address(project)))


def test_the_list_begins_with_ones_own_and_is_filtered(project):
    other = ProjectFactory(name="绕城高速", stage="construction")
    MonthlyLightFactory(project=other, colour="red", computed_colour="red")
    browser = browser_of(person("reporter", project.lead_department))

    def listed(asked: str = "") -> list:
        return list(browser.get(f"/workbench/projects/{asked}").context["paged"])

    assert listed() == [project]
    assert len(listed("?whose=")) == 2
    assert listed("?light=red") == [other]
    assert listed("?stage=construction") == [other]
    assert listed("?q=rcgs") == [other]
    assert "没有这样的项目" in words(browser.get("/workbench/projects/?q=没有"))


def test_the_page_has_as_many_queries_whatever_hangs_on_it(project, django_assert_max_num_queries):
    for month in range(1, 8):
        MilestoneFactory(project=project)
        ProblemFactory(project=project)
        AcceptedReturnFactory(project=project, period__month=month)
    browser = browser_of(person("supervisor"))
    browser.get(address(project))
    with django_assert_max_num_queries(42):
        browser.get(address(project))
