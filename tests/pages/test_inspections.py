"""The pages of the quarterly inspection: the list, a round, its steps, its results."""

import pytest
from django.test import Client
from django.urls import reverse

from portfolio.pages.kit.page import CONTENT_SECURITY_POLICY
from projects.inspections.models import InspectionRound
from projects.inspections.results import round_close
from tests.factories import (
    AmendedRoundFactory,
    ApprovedRoundFactory,
    DraftRoundFactory,
    InspectionEntryFactory,
    InspectionJudgeFactory,
    MembershipFactory,
    OpenRoundFactory,
    PublishedRoundFactory,
    ScoredRoundFactory,
)
from tests.pages.test_every_page import browser_of

pytestmark = pytest.mark.django_db
LIST = "/workbench/inspections/"


def browser(role: str):
    return browser_of(MembershipFactory(role=role).user)


def path_of(inspection_round) -> str:
    return reverse("workbench-inspections-round", args=[inspection_round.pk])


def text_of(page) -> str:
    assert page.status_code == 200
    return page.content.decode()


def take(client, inspection_round, step: str) -> str:
    return text_of(client.post(path_of(inspection_round), {"step": step}, follow=True))


def status_of(inspection_round) -> str:
    return InspectionRound.objects.get(pk=inspection_round.pk).status


def closed_round(**given):
    inspection_round = ScoredRoundFactory(**given)
    round_close(inspection_round=inspection_round, by=None)
    inspection_round.refresh_from_db()
    return inspection_round


def test_without_rounds_the_list_says_how_one_comes_about():
    assert "督查员在管理后台新建一轮" in text_of(browser("viewer").get(LIST))


def test_a_judge_finds_the_own_sheet_of_the_open_round_at_the_head_of_the_list():
    judge = InspectionJudgeFactory(user=MembershipFactory(role="judge").user)
    InspectionJudgeFactory(inspection_round=judge.inspection_round)
    text = text_of(browser_of(judge.user).get(LIST))
    sheet = reverse("workbench-inspections-scoring", args=[judge.pk])
    assert text.index("等我打分") < text.index(sheet) < text.index("历次观摩测评")
    assert "已全部打分" in text
    InspectionEntryFactory(inspection_round=judge.inspection_round)
    assert "还缺 <b>1</b> 个评分" in text_of(browser_of(judge.user).get(LIST))
    assert "等我打分" not in text_of(browser("judge").get(LIST))


def test_the_list_needs_few_queries_however_many_rounds(django_assert_max_num_queries):
    for year in range(2018, 2024):
        for quarter in (1, 2, 3, 4):
            InspectionJudgeFactory(inspection_round=OpenRoundFactory(year=year, quarter=quarter))
    client = browser("supervisor")
    with django_assert_max_num_queries(8):
        text = text_of(client.get(LIST))
    assert "第 1 / 2 页" in text


def test_a_round_goes_from_hand_to_hand_until_it_is_published():
    inspection_round = DraftRoundFactory()
    InspectionJudgeFactory(inspection_round=inspection_round)
    supervisor, leader = browser("supervisor"), browser("leader")
    assert "已开启评分" in take(supervisor, inspection_round, "open")
    scored = ScoredRoundFactory(year=2024)
    assert "已截止评分" in take(supervisor, scored, "close")
    assert "已批准" in take(leader, scored, "approve")
    assert "已公布" in take(supervisor, scored, "publish")
    assert status_of(scored) == "published"


@pytest.mark.parametrize(
    ("make", "role", "buttons"),
    [
        (DraftRoundFactory, "supervisor", {"open"}),
        (ScoredRoundFactory, "supervisor", {"close"}),
        (ScoredRoundFactory, "leader", set()),
        (closed_round, "supervisor", set()),
        (closed_round, "leader", {"approve"}),
        (ApprovedRoundFactory, "supervisor", {"publish"}),
        (ApprovedRoundFactory, "leader", {"revoke"}),
        (PublishedRoundFactory, "supervisor", set()),
        (ScoredRoundFactory, "judge", set()),
        (DraftRoundFactory, "viewer", set()),
    ],
)
def test_a_button_stands_only_where_it_would_work(make, role, buttons):
    text = text_of(browser(role).get(path_of(make())))
    steps = ("open", "close", "approve", "publish", "revoke")
    assert {step for step in steps if f'name="step" value="{step}"' in text} == buttons


def test_closing_too_early_names_what_is_missing_and_changes_nothing():
    inspection_round = ScoredRoundFactory()
    missing = InspectionEntryFactory(inspection_round=inspection_round).project.name
    text = take(browser("supervisor"), inspection_round, "close")
    assert "还缺 1 个评分" in text
    assert missing in text
    assert status_of(inspection_round) == "open"


def test_who_may_not_approve_is_refused_also_without_the_button():
    inspection_round = closed_round()
    client = browser("supervisor")
    answer = client.post(path_of(inspection_round), {"step": "approve"})
    assert answer.status_code == 403
    assert InspectionRound.objects.get(pk=inspection_round.pk).approved_at is None


def test_a_supervisor_sees_who_has_scored_how_much_and_marks_a_judge_absent():
    inspection_round = ScoredRoundFactory()
    late = InspectionJudgeFactory(inspection_round=inspection_round)
    client = browser("supervisor")
    text = text_of(client.get(path_of(inspection_round)))
    assert "1 / 1" in text
    assert "0 / 1" in text
    assert f"{late.user.name}还缺 1 个" in text
    path = reverse("workbench-inspections-absence", args=[inspection_round.pk, late.pk])
    text = text_of(client.post(path, {"absent": "1"}, follow=True))
    assert f"已将{late.user.name}标为缺席" in text
    late.refresh_from_db()
    assert late.absent
    client.post(path, {"absent": "0"})
    late.refresh_from_db()
    assert not late.absent


def test_an_absence_that_comes_too_late_is_told_on_the_rounds_page():
    inspection_round = closed_round()
    judge = inspection_round.judges.get()
    path = reverse("workbench-inspections-absence", args=[inspection_round.pk, judge.pk])
    page = browser("supervisor").post(path, {"absent": "1"}, follow=True)
    assert page.redirect_chain[-1][0] == path_of(inspection_round)
    assert [each.level_tag for each in page.context["messages"]] == ["error"]
    judge.refresh_from_db()
    assert not judge.absent


def test_a_supervisor_withdraws_a_project_from_the_round():
    entry = ScoredRoundFactory().entries.get()
    path = reverse("workbench-inspections-withdrawal", args=[entry.inspection_round_id, entry.pk])
    client = browser("supervisor")
    page = text_of(client.get(path_of(entry.inspection_round)))
    assert path in page
    assert f"/admin/projects/inspectionentry/{entry.pk}/change/" in page
    text = text_of(client.post(path, follow=True))
    assert f"{entry.project.name}已退出本轮测评" in text
    assert path not in text
    entry.refresh_from_db()
    assert entry.withdrawn
    assert "该项目已退出本轮测评" in text_of(client.post(path, follow=True))


def test_only_who_prepares_the_round_withdraws_projects_and_only_until_it_is_approved():
    entry = ScoredRoundFactory().entries.get()
    path = reverse("workbench-inspections-withdrawal", args=[entry.inspection_round_id, entry.pk])
    client = browser("viewer")
    assert path not in text_of(client.get(path_of(entry.inspection_round)))
    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 405
    approved = ApprovedRoundFactory(year=2024).entries.get()
    path = reverse(
        "workbench-inspections-withdrawal", args=[approved.inspection_round_id, approved.pk]
    )
    client = browser("supervisor")
    assert path not in text_of(client.get(path_of(approved.inspection_round)))
    assert "市领导已批准本轮结果" in text_of(client.post(path, follow=True))
    other = reverse(
        "workbench-inspections-withdrawal", args=[entry.inspection_round_id, approved.pk]
    )
    assert client.post(other).status_code == 404


def test_only_who_prepares_the_round_marks_judges_absent():
    judge = InspectionJudgeFactory()
    path = reverse("workbench-inspections-absence", args=[judge.inspection_round_id, judge.pk])
    client = browser("viewer")
    assert "标为缺席" not in text_of(client.get(path_of(judge.inspection_round)))
    assert client.post(path, {"absent": "1"}).status_code == 403
    assert client.get(path).status_code == 405


def test_a_judge_sees_neither_the_others_progress_nor_any_result_while_scoring():
    inspection_round = ScoredRoundFactory()
    judge = InspectionJudgeFactory(
        inspection_round=inspection_round, user=MembershipFactory(role="judge").user
    )
    text = text_of(browser_of(judge.user).get(path_of(inspection_round)))
    assert "结果尚未公布" in text
    assert "90.00" not in text
    assert "1 / 1" not in text
    other = inspection_round.judges.exclude(pk=judge.pk).get()
    assert reverse("workbench-inspections-scoring", args=[judge.pk]) in text
    assert reverse("workbench-inspections-scoring", args=[other.pk]) not in text


def test_before_publication_the_standing_is_said_to_be_provisional():
    text = text_of(browser("leader").get(path_of(closed_round())))
    assert "测算, 尚未公布" in text
    assert "90.00" in text
    assert "结果尚未公布" in text_of(browser("reporter").get(path_of(closed_round(year=2023))))


def test_published_results_are_everybodys_by_league_and_by_what_projects_are_counted_by():
    inspection_round = PublishedRoundFactory()
    entry = inspection_round.entries.get()
    client = browser("reporter")
    text = text_of(client.get(path_of(inspection_round)))
    assert entry.project.name in text
    assert "<b>90.00</b>" in text
    text = text_of(client.get(f"{path_of(inspection_round)}?by=department"))
    assert entry.project.lead_department.short_name in text
    assert "平均总分" in text


def test_a_correction_after_publication_stands_on_the_page_and_older_results_stay_readable():
    inspection_round = AmendedRoundFactory()
    client = browser("viewer")
    text = text_of(client.get(path_of(inspection_round)))
    assert "公布后的更正" in text
    assert "登记有误" in text
    assert "<b>80.00</b>" in text
    assert "<b>90.00</b>" in text_of(client.get(f"{path_of(inspection_round)}?revision=1"))
    assert "<b>80.00</b>" in text_of(client.get(f"{path_of(inspection_round)}?revision=9"))


def test_the_rounds_page_needs_few_queries_however_much_is_shown(django_assert_max_num_queries):
    inspection_round = OpenRoundFactory()
    for _each in range(12):
        InspectionEntryFactory(inspection_round=inspection_round)
        InspectionJudgeFactory(inspection_round=inspection_round)
    client = browser("supervisor")
    with django_assert_max_num_queries(22):
        text = text_of(client.get(path_of(inspection_round)))
    assert text.count("0 / 12") == 12


@pytest.mark.parametrize("role", ["reporter", "head", "supervisor", "judge", "leader", "viewer"])
@pytest.mark.parametrize(
    "make", [DraftRoundFactory, ScoredRoundFactory, ApprovedRoundFactory, AmendedRoundFactory]
)
def test_every_role_can_open_a_round_in_every_state_and_it_loads_nothing_from_elsewhere(role, make):
    page = browser(role).get(path_of(make()))
    assert page.status_code == 200
    assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert 'style="' not in page.content.decode()


def test_a_round_asks_to_sign_in_and_an_unknown_one_is_not_found():
    inspection_round = DraftRoundFactory()
    assert Client().get(path_of(inspection_round))["Location"].startswith("/sign-in/")
    assert browser("viewer").get(f"{LIST}{inspection_round.pk + 1}/").status_code == 404


def amend(client, score, **sent):
    path = reverse("workbench-inspections-amend", args=[score.pk])
    sent = {"step": "amend", "amend-version": score.version, **sent}
    return text_of(client.post(path, sent, follow=True))


def test_a_supervisor_corrects_a_published_score_with_its_reason():
    inspection_round = PublishedRoundFactory()
    score, client = inspection_round.scores.get(), browser("supervisor")
    path = reverse("workbench-inspections-amend", args=[score.pk])
    sheet = reverse("workbench-inspections-scoring", args=[score.judge_id])
    assert path in text_of(client.get(sheet))
    assert "90" in text_of(client.get(path))
    text = amend(client, score, **{"amend-points": "71", "amend-reason": "登记看错一行"})
    assert "已更正" in text
    assert "<b>71.00</b>" in text
    assert "登记看错一行" in text


@pytest.mark.parametrize(
    ("points", "reason", "words"),
    [("71", "", "必填"), ("90", "看错", "与原得分相同"), ("170", "看错", "不在 0 到 100 之间")],
)
def test_a_correction_that_is_none_is_told_beside_the_field(points, reason, words):
    score = PublishedRoundFactory().scores.get()
    sent = {"amend-points": points, "amend-reason": reason}
    assert words in amend(browser("supervisor"), score, **sent)
    score.refresh_from_db()
    assert score.points == 90


def test_only_supervisors_correct_and_only_what_is_published():
    published, scored = PublishedRoundFactory(), ScoredRoundFactory(year=2024)
    for role, inspection_round in (("viewer", published), ("supervisor", scored)):
        score = inspection_round.scores.get()
        path = reverse("workbench-inspections-amend", args=[score.pk])
        assert "这个评分不能在这里更正" in text_of(browser(role).get(path))
    score = published.scores.get()
    sent = {"step": "amend", "amend-version": score.version, "amend-points": "1"}
    path = reverse("workbench-inspections-amend", args=[score.pk])
    answer = browser("viewer").post(path, {**sent, "amend-reason": "看错"})
    assert answer.status_code == 403
