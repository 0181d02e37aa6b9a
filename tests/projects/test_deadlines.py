import datetime as dt

import pytest
from django.db.models import Q

from projects.deadlines import (
    DeadlineSource,
    deadline_rows,
    open_deadlines,
    open_deadlines_by_key,
    register_source,
)
from projects.milestones.models import Milestone
from tests.factories import (
    DoneMilestoneFactory,
    MilestoneFactory,
    ProjectFactory,
    TargetFactory,
    UserFactory,
    WorkItemFactory,
)

pytestmark = pytest.mark.django_db

JANUARY, DECEMBER = dt.date(2025, 1, 1), dt.date(2025, 12, 31)


def test_milestones_targets_and_work_items_are_deadlines():
    milestone = MilestoneFactory(name="建成交付", commitment="ensure", section="§三（五）")
    item = WorkItemFactory(name="第一小区", target__commitment="strive")
    found = {each.key: each for each in open_deadlines(JANUARY, DECEMBER)}

    assert set(found) == {
        ("milestone", milestone.pk),
        ("target", item.target_id),
        ("work_item", item.pk),
    }
    promise = found["milestone", milestone.pk]
    assert promise.title == f"{milestone.project.name} · 建成交付"
    assert (promise.whole, promise.promise) == (milestone.project.name, "建成交付")
    assert promise.department_id == milestone.project.lead_department_id
    assert promise.department_name == milestone.project.lead_department.short_name
    assert (promise.commitment, promise.section) == ("ensure", "§三（五）")
    assert (promise.project_id, promise.target_id) == (milestone.project_id, None)
    assert promise.path == f"/go/milestone/{milestone.pk}/"
    listed = found["work_item", item.pk]
    assert (listed.whole, listed.commitment) == (item.target.name, "strive")
    assert (listed.project_id, listed.target_id) == (None, item.target_id)


def test_the_projects_officer_answers_where_the_milestone_names_nobody():
    of_project, of_milestone = UserFactory(), UserFactory()
    project = ProjectFactory(officer=of_project)
    MilestoneFactory(project=project, name="一")
    MilestoneFactory(project=project, name="二", officer=of_milestone)
    found = {each.promise: each for each in open_deadlines(JANUARY, DECEMBER)}
    assert (found["一"].in_charge_id, found["一"].in_charge_name) == (
        of_project.pk,
        of_project.name,
    )
    assert found["二"].in_charge_id == of_milestone.pk


def test_what_is_done_or_cancelled_has_no_deadline_any_more():
    DoneMilestoneFactory(due_on=DECEMBER)
    MilestoneFactory(project=ProjectFactory(stage="cancelled"))
    WorkItemFactory(done_on=dt.date(2025, 3, 1), target__due_on=dt.date(2026, 6, 30))
    assert list(open_deadlines(JANUARY, DECEMBER)) == []


def test_both_ends_of_the_span_are_included():
    first, last = MilestoneFactory(due_on=JANUARY), MilestoneFactory(due_on=DECEMBER)
    MilestoneFactory(due_on=JANUARY - dt.timedelta(days=1))
    MilestoneFactory(due_on=DECEMBER + dt.timedelta(days=1))
    found = [each.object_id for each in open_deadlines(JANUARY, DECEMBER)]
    assert sorted(found) == [first.pk, last.pk]


@pytest.mark.parametrize("count", [1, 12])
def test_all_kinds_are_one_query(count, django_assert_num_queries):
    MilestoneFactory.create_batch(count)
    WorkItemFactory.create_batch(count)
    # Two more: whether a target is done is read off its figures.
    with django_assert_num_queries(1 + 2):
        assert len(list(open_deadlines(JANUARY, DECEMBER))) == 3 * count


def test_only_what_is_still_open_is_found_by_key():
    still_open, done = MilestoneFactory(), DoneMilestoneFactory()
    found = open_deadlines_by_key(
        [("milestone", still_open.pk), ("milestone", done.pk), ("no_such_kind", 1)]
    )
    assert list(found) == [("milestone", still_open.pk)]
    assert open_deadlines_by_key([("no_such_kind", 1)]) == {}
    assert open_deadlines_by_key([]) == {}


def test_the_rows_of_all_kinds_are_ordered_counted_and_paged_in_the_database(
    django_assert_num_queries,
):
    department = MilestoneFactory(due_on=dt.date(2025, 9, 30)).project.lead_department
    DoneMilestoneFactory(due_on=dt.date(2025, 5, 1), project__lead_department=department)
    WorkItemFactory(due_on=dt.date(2025, 4, 1), lead_department=department)
    TargetFactory(due_on=dt.date(2025, 7, 1))
    user = UserFactory()

    # What the person may see, twice the rows, and twice what is known of the targets' figures.
    with django_assert_num_queries(5):
        rows = deadline_rows(user)
        assert rows.count() == 5
        assert [row["kind"] for row in rows[:3]] == ["work_item", "milestone", "target"]
    of_department = deadline_rows(user, where=Q(department_id=department.pk, done=False))
    assert [str(row["due_on"]) for row in of_department] == ["2025-04-01", "2025-09-30"]
    assert deadline_rows(user, kinds=["target"]).count() == 2
    assert deadline_rows(user, kinds=["no_such_kind"]).count() == 0
    late_first = deadline_rows(user, where=Q(title__icontains="节点")).order_by("-due_on")
    assert [str(row["due_on"]) for row in late_first] == ["2025-09-30", "2025-05-01"]


def test_a_row_says_what_a_list_shows():
    officer = UserFactory()
    milestone = MilestoneFactory(
        officer=officer, commitment="ensure", forecast_on=dt.date(2025, 10, 9)
    )
    assert list(deadline_rows(None)) == [
        {
            "kind": "milestone",
            "object_id": milestone.pk,
            "title": f"{milestone.project.name} · {milestone.name}",
            "due_on": milestone.due_on,
            "forecast_on": dt.date(2025, 10, 9),
            "commitment": "ensure",
            "section": "",
            "department_id": milestone.project.lead_department_id,
            "in_charge_id": officer.pk,
            "sponsor_id": None,
            "project_id": milestone.project_id,
            "target_id": None,
            "done": False,
        }
    ]


def test_a_kind_cannot_be_registered_by_two_classes():
    class Impostor(DeadlineSource):
        kind = "milestone"
        label = "节点"
        columns = {}

        def queryset(self):
            return Milestone.objects.all()

    with pytest.raises(ValueError, match="milestone"):
        register_source(Impostor())
