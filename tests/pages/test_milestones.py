"""A milestone's page: from the mail's link to done, a later date, the hand-over."""

import datetime as dt

import pytest

from projects.evidence.models import EvidenceFile
from projects.milestones.models import ExtensionRequest, HandoverStep
from tests.factories import (
    AskedExtensionFactory,
    DoneMilestoneFactory,
    HandoverStepFactory,
    MilestoneFactory,
)
from tests.pages.steps import (
    TODAY,
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


def address(milestone) -> str:
    return f"/workbench/milestones/{milestone.pk}/"


@pytest.fixture
def milestone():
    return MilestoneFactory(name="建成交付", section="")


@pytest.fixture
def reporter(milestone):
    return person("reporter", milestone.project.lead_department)


def test_the_mails_link_opens_the_page_with_the_form_filled_in(milestone, reporter):
    page = browser_of(reporter).get(f"/go/milestone/{milestone.pk}/", follow=True)
    assert page.redirect_chain == [(address(milestone), 302)]
    assert "还有 7 天" in words(page)
    assert 'value="2025-09-23"' in words(page)
    assert names_of_steps(page)[0] == "done"


def test_done_with_evidence_is_one_form(milestone, reporter):
    page = take(
        reporter, address(milestone), "done", evidence="已竣工验收", file=[photo(), photo("二.jpg")]
    )
    assert "已登记完成" in words(page)
    milestone.refresh_from_db()
    assert (milestone.done_on, milestone.evidence) == (TODAY, "已竣工验收")
    kept = EvidenceFile.objects.filter(subject_kind="milestone", subject_id=milestone.pk)
    assert sorted(each.name for each in kept) == ["二.jpg", "现场.jpg"]
    assert all(each.project == milestone.project for each in kept)
    assert "done" not in names_of_steps(page)


def test_a_file_that_is_refused_takes_the_whole_step_back(milestone, reporter):
    bad = photo("改名.pdf")
    page = take(reporter, address(milestone), "done", evidence="已竣工验收", file=[bad])
    assert "内容不是 pdf 文件" in words(page)
    assert "已竣工验收" in words(page)  # what was typed is not lost
    milestone.refresh_from_db()
    assert milestone.done_on is None
    assert not EvidenceFile.objects.exists()


def test_a_day_to_come_is_refused_beside_the_field(milestone, reporter):
    page = take(reporter, address(milestone), "done", done_on="2025-09-24")
    [shown] = [each for each in page.context["steps"] if each.step.name == "done"]
    assert shown.opened
    assert "晚于今天" in shown.form.errors["done_on"][0]


def test_what_was_handed_over_is_reported_by_the_same_form(milestone, reporter):
    HandoverStepFactory(milestone=milestone)
    refused = take(reporter, address(milestone), "done")
    assert list(refused.context["steps"][0].form.errors) == ["evidence"]
    milestone.refresh_from_db()
    assert milestone.done_on is None
    take(reporter, address(milestone), "done", evidence="已竣工验收")
    step = HandoverStep.objects.get(state="reported")
    assert step.text == "已于 2025-09-23 完成。已竣工验收"
    assert step.by == reporter


def test_a_colleagues_change_is_shown_and_what_was_typed_stays(milestone, reporter):
    browser = browser_of(reporter)
    version = browser.get(address(milestone)).context["row"].version
    milestone.evidence = "同事写的"
    milestone.save()
    sent = {
        "step": "done",
        "done-version": version,
        "done-done_on": "2025-09-20",
        "done-evidence": "我写的",
    }
    page = browser.post(address(milestone), sent)
    assert "刚被他人修改过" in words(page)
    assert "我写的" in words(page)
    milestone.refresh_from_db()
    assert milestone.done_on is None
    # Having seen it, one can send it once more.
    [form] = [each.form for each in page.context["steps"] if each.step.name == "done"]
    sent["done-version"] = form["version"].value()
    browser.post(address(milestone), sent)
    milestone.refresh_from_db()
    assert milestone.evidence == "我写的"


def test_a_forecast_after_the_due_day_is_told_as_late(milestone, reporter):
    page = take(reporter, address(milestone), "forecast", forecast_on="2025-10-10")
    assert "晚 10 天" in words(page)
    milestone.refresh_from_db()
    assert milestone.forecast_on == dt.date(2025, 10, 10)


def test_a_later_date_is_asked_signed_and_granted(milestone, reporter):
    asked = take(
        reporter,
        address(milestone),
        "extension",
        new_due_on="2025-10-20",
        reason="雨季停工",
        progress="主体完工",
    )
    assert "已提交延期申请" in words(asked)
    assert "extension" not in names_of_steps(asked)  # one at a time
    request = ExtensionRequest.objects.get()
    page = f"/workbench/extensions/{request.pk}/"
    take(person("head", milestone.project.lead_department), page, "sign")
    granted = take(person("supervisor"), page, "grant", note="同意")
    assert "已同意延期" in words(granted)
    milestone.refresh_from_db()
    assert milestone.due_on == dt.date(2025, 10, 20)
    assert milestone.baseline_on == dt.date(2025, 9, 30)


def test_a_wrong_new_date_is_refused_beside_the_field(milestone, reporter):
    page = take(
        reporter, address(milestone), "extension",
        new_due_on="2025-09-29", reason="雨季停工", progress="主体完工",
    )  # fmt: skip
    assert "应晚于现定期限" in words(page)
    assert "雨季停工" in words(page)
    assert not ExtensionRequest.objects.exists()


def test_no_later_date_is_asked_once_the_day_is_over(reporter, milestone):
    milestone = MilestoneFactory(due_on=dt.date(2025, 9, 22), project=milestone.project)
    browser = browser_of(reporter)
    assert "extension" not in names_of_steps(browser.get(address(milestone)))
    typed = {"new_due_on": "2025-10-20", "reason": "雨季", "progress": "主体完成"}
    sent = {"step": "extension", **{f"extension-{name}": value for name, value in typed.items()}}
    assert "已过, 不能再申请延期" in words(browser.post(address(milestone), sent))
    assert not ExtensionRequest.objects.exists()


def test_everybody_is_shown_what_he_may_do_and_nothing_else(milestone):
    stranger, viewer = person("reporter"), person("viewer")
    supervisor = person("supervisor")
    assert names_of_steps(browser_of(stranger).get(address(milestone))) == []
    assert names_of_steps(browser_of(viewer).get(address(milestone))) == []
    assert names_of_steps(browser_of(supervisor).get(address(milestone))) == [
        "done", "forecast", "evidence", "handover-assigned",
    ]  # fmt: skip


def test_a_step_that_one_may_not_take_is_refused_though_it_is_sent(milestone):
    browser = browser_of(person("reporter"))
    sent = {"step": "done", "done-version": "1", "done-done_on": "2025-09-20"}
    assert browser.post(address(milestone), sent).status_code == 403
    assert browser.post(address(milestone), {"step": "no-such"}).status_code == 404


def test_a_supervisor_hands_over_parks_and_strikes_off(milestone, reporter):
    supervisor = person("supervisor")
    take(supervisor, address(milestone), "handover-assigned", text="月底前完成")
    take(reporter, address(milestone), "done", evidence="已竣工验收")
    page = take(supervisor, address(milestone), "handover-closed")
    assert "已办结销号" in words(page)
    assert "correct" not in names_of_steps(browser_of(reporter).get(address(milestone)))


def test_a_hand_over_bears_its_number_and_is_reported_and_parked(milestone, reporter):
    supervisor = person("supervisor")
    page = take(supervisor, address(milestone), "handover-assigned")
    assert HandoverStep.objects.get().notice_number == "督办〔2025〕1号"
    assert "督办〔2025〕1号" in words(page)
    take(reporter, address(milestone), "handover-reported", text="八成")
    page = take(
        supervisor, address(milestone), "handover-parked",
        reason="等待批复", parked_until="2025-12-01",
    )  # fmt: skip
    assert milestone.handover_steps.order_by("pk").last().state == "parked"
    # What is not done is not closed: there is no step for it.
    assert "handover-closed" not in names_of_steps(page)


def test_what_is_done_can_be_corrected_until_it_is_struck_off(reporter, milestone):
    milestone = DoneMilestoneFactory(project=milestone.project)
    page = take(reporter, address(milestone), "correct", done_on="")
    assert "已更正" in words(page)
    milestone.refresh_from_db()
    assert milestone.done_on is None


def test_evidence_can_be_added_at_any_time(milestone, reporter):
    page = take(reporter, address(milestone), "evidence", file=[photo()])
    assert "现场.jpg" in words(page)
    [kept] = EvidenceFile.objects.all()
    assert browser_of(reporter).get(f"/api/v1/evidence-files/{kept.pk}/content/").status_code == 200


def test_the_time_line_tells_what_happened(milestone, reporter):
    take(reporter, address(milestone), "forecast", forecast_on="2025-10-10")
    page = words(browser_of(reporter).get(address(milestone)))
    assert "2025年10月10日" in page
    assert reporter.name in page
    assert "网页" in page


def test_the_page_has_as_many_queries_whatever_hangs_on_it(
    milestone, django_assert_max_num_queries
):
    supervisor = person("supervisor")
    for number in range(5):
        HandoverStepFactory(milestone=milestone, notice_number="", state="parked", text="冬休",
                            parked_until=dt.date(2025, 12, number + 1))  # fmt: skip
    AskedExtensionFactory(milestone=milestone)
    browser = browser_of(supervisor)
    browser.get(address(milestone))
    with django_assert_max_num_queries(30):
        browser.get(address(milestone))


def test_there_is_no_page_of_what_is_not_there(reporter):
    assert browser_of(reporter).get("/workbench/milestones/999999/").status_code == 404
