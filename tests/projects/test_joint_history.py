"""The time line of a project and of what hangs on it."""

import datetime as dt

import pytest

from projects.core.history import describe_joint_history
from projects.evidence.models import EvidenceFile
from projects.milestones.models import HandoverStep, Milestone
from projects.register.models import Project
from tests.factories import EvidenceFileFactory, HandoverStepFactory, MilestoneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def milestone():
    milestone = MilestoneFactory(name="建成交付")
    MilestoneFactory(name="别的项目的")
    milestone.forecast_on = dt.date(2025, 10, 9)
    milestone.save()
    HandoverStepFactory(milestone=milestone)
    EvidenceFileFactory(project=milestone.project, name="照片.jpg")
    return milestone


def parts(milestone):
    project = milestone.project
    return [
        Project.objects.filter(pk=project.pk),
        project.milestones.all(),
        HandoverStep.objects.filter(milestone__project=project),
        EvidenceFile.objects.filter(project=project),
    ]


def test_the_events_of_all_rows_are_told(milestone):
    told = describe_joint_history(parts(milestone), page=1)
    seen = [(event["kind"], str(event["what"]), event["title"]) for event in told["events"]]
    project = milestone.project.name
    assert set(seen) == {
        ("重大项目", "新增", project),
        ("节点", "新增", "建成交付"),
        ("节点", "修改", "建成交付"),
        ("交办记录", "新增", "建成交付"),
        ("佐证材料", "新增", "照片.jpg"),
    }
    assert "别的项目的" not in str(seen)
    assert told["count"] == len(seen)
    moments = [event["at"] for event in told["events"]]
    assert moments == sorted(moments, reverse=True)


def test_a_change_is_told_from_what_to_what(milestone):
    told = describe_joint_history([Milestone.objects.filter(pk=milestone.pk)], page=1)
    assert told["events"][0]["changes"] == [("预计完成", "—", "2025年10月9日")]


def test_keys_and_digests_are_not_told(milestone):
    told = describe_joint_history(parts(milestone), page=1)
    words = str([event["changes"] for event in told["events"]])
    assert "0000000" not in words
    assert "application/pdf" not in words


def test_a_time_line_is_paged_and_its_queries_do_not_grow(milestone, django_assert_max_num_queries):
    for month in range(1, 13):
        milestone.forecast_on = dt.date(2026, month, 1)
        milestone.save()
    rows = [Milestone.objects.filter(pk=milestone.pk), HandoverStep.objects.none()]
    with django_assert_max_num_queries(4):
        first = describe_joint_history(rows, page=1, page_size=5)
    second = describe_joint_history(rows, page=2, page_size=5)
    with django_assert_max_num_queries(2 + 3 * 4):
        describe_joint_history(parts(milestone), page=1)
    assert len(first["events"]) == 5
    assert second["page"] == 2
    assert first["events"][0]["changes"][0][2] == "2026年12月1日"
    assert second["events"][0]["changes"][0][1:] == ("2026年6月1日", "2026年7月1日")
    assert list(first["pages"])[-1] * 5 >= first["count"]
