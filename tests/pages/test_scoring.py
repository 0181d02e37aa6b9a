"""The scoring sheet: one grid for a judge, saved as a whole or cell by cell."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from portfolio.pages.inspections import scoring
from projects.inspections.judges import judge_mark_absent
from projects.inspections.models import InspectionCriterion, InspectionScore
from projects.inspections.results import round_close
from projects.inspections.scoring import CellInput, sheet_save
from projects.inspections.services import round_create, round_open, score_record
from tests.factories import (
    InspectionEntryFactory,
    InspectionJudgeFactory,
    MembershipFactory,
    OpenRoundFactory,
    PublishedRoundFactory,
)
from tests.pages.test_every_page import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    """An open round with two criteria, two projects and two judges."""
    judges = [MembershipFactory(role="judge").user for _each in range(2)]
    criteria = [{"name": "进度", "weight": Decimal(60)}, {"name": "形象", "weight": Decimal(40)}]
    fields = {
        "year": 2025,
        "quarter": 3,
        "ends_on": dt.date(2025, 9, 30),
        "criteria": criteria,
        "judges": [{"user": user} for user in judges],
    }
    inspection_round = round_create(by=None, fields=fields)
    entries = [InspectionEntryFactory(inspection_round=inspection_round) for _each in range(2)]
    round_open(inspection_round=inspection_round, by=None)
    inspection_round.refresh_from_db()
    return Scene(inspection_round, entries, judges)


class Scene:
    def __init__(self, inspection_round, entries, users):
        self.round, self.entries, self.users = inspection_round, entries, users
        self.criteria = list(inspection_round.criteria.order_by("id"))
        self.judge = inspection_round.judges.get(user=users[0])
        self.other = inspection_round.judges.get(user=users[1])
        self.browser = browser_of(users[0])
        self.path = path_of(self.judge)

    def key(self, entry: int, criterion: int) -> str:
        return f"{self.entries[entry].pk}-{self.criteria[criterion].pk}"

    def scored(self, points: str, *, entry: int = 0, criterion: int = 0, judge=None):
        fields = {
            "entry": self.entries[entry],
            "criterion": self.criteria[criterion],
            "judge": judge or self.judge,
            "points": Decimal(points),
        }
        return score_record(by=None, fields=fields)

    def points(self) -> list[Decimal]:
        rows = InspectionScore.objects.filter(judge=self.judge)
        return list(rows.order_by("entry", "criterion").values_list("points", flat=True))


def path_of(judge) -> str:
    return reverse("workbench-inspections-scoring", args=[judge.pk])


def text_of(page) -> str:
    assert page.status_code == 200
    return page.content.decode()


def test_all_projects_and_criteria_stand_in_one_grid_and_what_is_missing_is_counted(scene):
    scene.scored("88.50")
    text = text_of(scene.browser.get(scene.path))
    for entry in range(2):
        for criterion in range(2):
            assert f'name="p-{scene.key(entry, criterion)}"' in text
    assert 'value="88.5"' in text
    assert "还缺 <b>3</b> 个评分" in text


def test_the_sheet_is_saved_as_a_whole_and_the_server_says_the_totals(scene):
    sent = {
        f"p-{scene.key(0, 0)}": "90",
        f"p-{scene.key(0, 1)}": "85.25",
        f"p-{scene.key(1, 0)}": "",
    }
    page = scene.browser.post(scene.path, sent, follow=True)
    assert scene.points() == [Decimal("90.00"), Decimal("85.25")]
    text = text_of(page)
    assert "已保存 2 个评分" in text
    assert f'<output id="t-{scene.entries[0].pk}">88.1</output>' in text  # 90 × 0.6 + 85.25 × 0.4


def test_points_may_be_typed_with_a_chinese_keyboard(scene):
    scene.browser.post(scene.path, {f"p-{scene.key(0, 0)}": "９０。５"})
    assert scene.points() == [Decimal("90.50")]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("100.5", "不在 0 到 100 之间"),
        ("-1", "不在 0 到 100 之间"),
        ("88.888", "多于两位小数"),
        ("很好", "请填 0 到 100 的数"),
    ],
)
def test_a_wrong_cell_is_told_in_itself_and_nothing_of_the_sheet_is_lost_or_written(
    scene, typed, words
):
    sent = {f"p-{scene.key(0, 0)}": typed, f"p-{scene.key(0, 1)}": "91"}
    text = text_of(scene.browser.post(scene.path, sent))
    assert words in text
    assert f'value="{typed}"' in text
    assert 'value="91"' in text
    assert 'aria-invalid="true"' in text
    assert scene.points() == []


def test_a_cell_that_is_left_is_saved_at_once_and_answered_with_what_it_changes(scene):
    key = scene.key(0, 0)
    answer = scene.browser.post(scene.path, {f"p-{key}": "77"}, headers={"HX-Request": "true"})
    text = text_of(answer)
    assert scene.points() == [Decimal("77.00")]
    assert "已存" in text
    assert f'id="v-{key}" name="v-{key}" value="1"' in text
    assert "还缺 <b>3</b> 个评分" in text
    assert "<html" not in text


def test_a_cell_that_is_refused_says_so_and_writes_nothing(scene):
    sent = {f"p-{scene.key(0, 0)}": "101"}
    text = text_of(scene.browser.post(scene.path, sent, headers={"HX-Request": "true"}))
    assert "不在 0 到 100 之间" in text
    assert "已存" not in text
    assert scene.points() == []


def test_another_devices_change_is_told_once_and_then_can_be_written_over(scene):
    score, key = scene.scored("80"), scene.key(0, 0)
    sent = {f"p-{key}": "70", f"v-{key}": str(score.version)}
    InspectionScore.objects.filter(pk=score.pk).update(points=Decimal("85"))
    text = text_of(scene.browser.post(scene.path, sent))
    assert "刚被他人改为 85" in text
    assert 'value="70"' in text
    assert scene.points() == [Decimal("85.00")]
    version = InspectionScore.objects.get(pk=score.pk).version
    assert f'name="v-{key}" value="{version}"' in text
    scene.browser.post(scene.path, sent | {f"v-{key}": str(version)})
    assert scene.points() == [Decimal("70.00")]


def test_sending_the_same_twice_is_no_conflict(scene):
    sent = {f"p-{scene.key(0, 0)}": "70", f"v-{scene.key(0, 0)}": ""}
    scene.browser.post(scene.path, sent)
    page = scene.browser.post(scene.path, sent, follow=True)
    assert "已全部保存" in text_of(page)
    assert scene.points() == [Decimal("70.00")]


def test_a_judge_cannot_empty_a_score_but_a_supervisor_can(scene):
    score, key = scene.scored("80"), scene.key(0, 0)
    sent = {f"p-{key}": "", f"v-{key}": str(score.version)}
    assert "不能清空" in text_of(scene.browser.post(scene.path, sent))
    assert scene.points() == [Decimal("80.00")]
    browser_of(MembershipFactory(role="supervisor").user).post(scene.path, sent)
    assert scene.points() == []


def test_a_judge_opens_only_the_own_sheet_until_publication(scene):
    assert scene.browser.get(path_of(scene.other)).status_code == 403
    assert browser_of(MembershipFactory(role="reporter").user).get(scene.path).status_code == 403
    published = PublishedRoundFactory(year=2024)
    text = text_of(scene.browser.get(path_of(published.judges.get())))
    assert "90" in text


def test_a_supervisor_writes_down_what_a_judge_gave_on_paper(scene):
    browser = browser_of(MembershipFactory(role="supervisor").user)
    assert "登记" in text_of(browser.get(scene.path))
    browser.post(scene.path, {f"p-{scene.key(0, 0)}": "66"})
    assert scene.points() == [Decimal("66.00")]


def test_a_viewer_reads_the_sheet_and_writes_nothing(scene):
    scene.scored("66")
    browser = browser_of(MembershipFactory(role="viewer").user)
    text = text_of(browser.get(scene.path))
    assert "只能查看" in text
    assert '<input type="text"' not in text
    assert browser.post(scene.path, {f"p-{scene.key(0, 0)}": "1"}).status_code == 403
    assert scene.points() == [Decimal("66.00")]


def test_the_own_departments_project_stands_there_without_a_field(scene):
    scene.entries[0].project.lead_department = scene.users[0].memberships.get().department
    scene.entries[0].project.save()
    text = text_of(scene.browser.get(scene.path))
    assert "按回避规定不打分" in text
    assert f'name="p-{scene.key(0, 0)}"' not in text
    assert "还缺 <b>2</b> 个评分" in text


def test_after_closing_the_sheet_is_only_to_be_read(scene):
    for entry in range(2):
        for criterion in range(2):
            scene.scored("80", entry=entry, criterion=criterion)
    judge_mark_absent(inspection_round=scene.round, by=None, judge=scene.other)
    round_close(inspection_round=scene.round, by=None)
    text = text_of(scene.browser.get(scene.path))
    assert "评分已截止" in text
    assert '<input type="text"' not in text
    page = text_of(scene.browser.post(scene.path, {f"p-{scene.key(0, 0)}": "1"}))
    assert "只有开启评分后、截止前可以打分" in page
    assert scene.points() == [Decimal("80.00")] * 4


def test_an_absent_judge_is_told_why_nothing_can_be_typed(scene):
    judge_mark_absent(inspection_round=scene.round, by=None, judge=scene.judge)
    assert "已标为缺席" in text_of(scene.browser.get(scene.path))


def test_a_mails_link_opens_the_sheet(scene):
    answer = scene.browser.get(f"/go/inspection_scoring/{scene.judge.pk}/")
    assert answer["Location"] == scene.path


def test_the_number_of_queries_does_not_grow_with_the_sheet(django_assert_max_num_queries):
    inspection_round = OpenRoundFactory()
    judge = InspectionJudgeFactory(
        inspection_round=inspection_round, user=MembershipFactory(role="judge").user
    )
    for _each in range(30):
        InspectionEntryFactory(inspection_round=inspection_round)
    browser = browser_of(judge.user)
    with django_assert_max_num_queries(10):
        text = text_of(browser.get(path_of(judge)))
    assert text.count('inputmode="decimal"') == 30
    assert InspectionCriterion.objects.count() == 1


def test_two_devices_of_one_judge_write_no_score_twice(scene):
    given = [
        CellInput(scene.entries[0], scene.criteria[0], Decimal(points), None) for points in (70, 71)
    ]
    assert sheet_save(judge=scene.judge, by=scene.users[0], cells=given[:1]) == 1
    with pytest.raises(ValidationError) as refused:
        sheet_save(judge=scene.judge, by=scene.users[0], cells=given[1:])
    assert list(refused.value.message_dict) == [scene.key(0, 0)]
    assert scene.points() == [Decimal(70)]


def test_all_that_is_wrong_with_a_sheet_is_told_at_once(scene):
    cells = [
        CellInput(scene.entries[0], scene.criteria[0], Decimal(101), None),
        CellInput(scene.entries[1], scene.criteria[1], Decimal(-1), None),
        CellInput(scene.entries[1], scene.criteria[0], Decimal(50), None),
    ]
    with pytest.raises(ValidationError) as refused:
        sheet_save(judge=scene.judge, by=scene.users[0], cells=cells)
    assert set(refused.value.message_dict) == {scene.key(0, 0), scene.key(1, 1)}
    assert scene.points() == []


def test_a_sheet_of_another_judge_cannot_be_written(scene):
    cell = CellInput(scene.entries[0], scene.criteria[0], Decimal(50), None)
    with pytest.raises(PermissionDenied):
        sheet_save(judge=scene.other, by=scene.users[0], cells=[cell])
    assert not InspectionScore.objects.exists()


def test_a_sheet_longer_than_a_form_may_be_goes_on_on_a_second_page(scene, monkeypatch):
    monkeypatch.setattr(scoring, "MOST_CELLS", 2)
    text = text_of(scene.browser.get(scene.path))
    assert f'name="p-{scene.key(0, 0)}"' in text
    assert f'name="p-{scene.key(1, 0)}"' not in text
    second = f"{scene.path}?page=2"
    assert f'name="p-{scene.key(1, 0)}"' in text_of(scene.browser.get(second))
    scene.browser.post(second, {f"p-{scene.key(1, 0)}": "64"})
    assert scene.points() == [Decimal(64)]
