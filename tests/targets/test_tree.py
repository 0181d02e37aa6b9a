"""The breakdown of a target, its lists, and who reports what on them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from targets.models import TargetPart, WorkItem
from targets.rules.breakdown import Share, circles, find_uneven_levels
from tests import clients, factories
from tests.targets.test_measuring import accepted, day, moved, of_programme

PARTS = "/api/v1/target-parts/"
ITEMS = "/api/v1/work-items/"
FIGURES = "/api/v1/measurements/"


# The rule of the sum


def share(value, parent=None, note="") -> Share:
    return Share(Decimal(value), parent, note)


@pytest.mark.parametrize(
    ("shares", "explained", "wrong"),
    [
        ({}, False, []),
        ({1: share(60), 2: share(40)}, False, []),
        ({1: share(60)}, False, [None]),
        ({1: share(60), 2: share(41)}, False, [None]),
        ({1: share(60)}, True, []),
        ({1: share(60, note="余下待分解")}, False, []),
        ({1: share(100), 2: share(70, 1), 3: share(30, 1)}, False, []),
        ({1: share(100), 2: share(70, 1)}, False, [1]),
        ({1: share(100), 2: share(70, 1, "余下待分解")}, False, []),
        ({1: share(100, note="留有余量"), 2: share(70, 1)}, False, []),
        ({1: share(100), 2: share(70, 1)}, True, [1]),  # the target's note speaks of its own level
        ({1: share(50), 2: share(50), 3: share(50, 2), 4: share(49, 3)}, False, [3]),
    ],
)
def test_parts_add_up_level_by_level_or_someone_says_why_not(shares, explained, wrong):
    found = find_uneven_levels(Decimal(100), shares, explained=explained)
    assert [each.parent for each in found] == wrong


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_what_adds_up_is_never_uneven_and_one_more_always_is(values):
    shares = {number: share(value) for number, value in enumerate(values)}
    whole = Decimal(sum(values))
    assert find_uneven_levels(whole, shares) == []
    assert [each.total for each in find_uneven_levels(whole + 1, shares)] == [whole]


def test_what_comes_back_to_itself_is_a_circle():
    assert circles({1: None, 2: 1, 3: 2}) == set()
    assert circles({1: 3, 2: 1, 3: 2, 4: 3}) == {1, 2, 3}


# The same through every door


def body_of(target, value, **more) -> dict:
    department = factories.DepartmentFactory()
    return {"target": target.pk, "department": department.pk, "value": str(value), **more}


@pytest.mark.django_db
def test_a_breakdown_is_written_as_one_batch_that_adds_up():
    target, supervisor = factories.TargetFactory(value=100), clients.supervisor()
    short = [body_of(target, 60), body_of(target, 39)]
    refused = clients.post(supervisor, f"{PARTS}bulk/", short)
    assert clients.errors_of(refused) == {"/0/value": "does_not_add_up"}
    assert "99 个" in refused.json()["errors"][0]["message"]
    assert TargetPart.objects.count() == 0
    made = clients.post(supervisor, f"{PARTS}bulk/", [body_of(target, 60), body_of(target, 40)])
    assert made.status_code == 201, made.json()
    first, second = made.json()["results"]
    change = [
        {"id": first["id"], "version": 1, "value": "50"},
        {"id": second["id"], "version": 1, "value": "50"},
    ]
    changed = supervisor.patch(f"{PARTS}bulk/", change, content_type="application/json")
    assert changed.status_code == 200, changed.json()
    alone = [{"id": first["id"], "version": 2, "value": "51"}]
    changed = supervisor.patch(f"{PARTS}bulk/", alone, content_type="application/json")
    assert clients.errors_of(changed) == {"/0/value": "does_not_add_up"}


@pytest.mark.django_db
def test_one_part_alone_says_why_it_does_not_add_up():
    target, supervisor = factories.TargetFactory(value=100), clients.supervisor()
    refused = clients.post(supervisor, PARTS, body_of(target, 60))
    assert clients.errors_of(refused) == {"/value": "does_not_add_up"}
    made = clients.post(supervisor, PARTS, body_of(target, 60, note="余下待分解"))
    assert made.status_code == 201, made.json()
    path = f"{PARTS}{made.json()['id']}/"
    assert clients.patch(supervisor, path, {"note": ""}).status_code == 400
    assert clients.patch(supervisor, path, {"note": "", "value": "100"}).status_code == 200
    assert (
        clients.patch(supervisor, f"/api/v1/targets/{target.pk}/", {"value": "90"}).json()[
            "errors"
        ][0]["code"]
        == "does_not_add_up"
    )
    changed = {"value": "90", "breakdown_note": "目标调低, 分解待调整"}
    changed = clients.patch(supervisor, f"/api/v1/targets/{target.pk}/", changed)
    assert changed.status_code == 200, changed.json()
    assert supervisor.delete(path).status_code == 204


@pytest.mark.django_db
def test_rates_need_no_sum():
    target = factories.TargetFactory(measure="growth", value=8, unit="%")
    assert clients.post(clients.supervisor(), PARTS, body_of(target, 12)).status_code == 201


@pytest.mark.django_db
def test_a_part_of_a_part_belongs_to_the_same_target_and_comes_back_to_nothing():
    target, supervisor = factories.TargetFactory(value=100), clients.supervisor()
    north = factories.TargetPartFactory(target=target, value=100)
    other = factories.TargetPartFactory()
    refused = clients.post(supervisor, PARTS, body_of(target, 100, parent=other.pk))
    assert clients.errors_of(refused) == {"/parent": "other_target"}
    made = clients.post(supervisor, PARTS, body_of(target, 100, parent=north.pk))
    assert made.status_code == 201, made.json()
    inner = made.json()["id"]
    circle = clients.patch(supervisor, f"{PARTS}{north.pk}/", {"parent": inner})
    assert clients.errors_of(circle) == {"/parent": "circle"}
    rows = [{"id": north.pk, "version": 1, "parent": inner}]
    circle = supervisor.patch(f"{PARTS}bulk/", rows, content_type="application/json")
    assert clients.errors_of(circle)["/0/parent"] == "circle"


# Who reports what


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "figure", "words"),
    [
        ("from_projects", "commissioned", "年内投产项目数"),
        ("from_projects", "investment", "进展月报"),
        ("from_projects", "programme_count", "列入和调出"),
        ("from_items", "", "已完成事项"),
        ("from_parts", "", "各分解之和"),
    ],
)
def test_who_reports_what_is_measured_is_told_where_the_figure_comes_from(source, figure, words):
    target = factories.TargetFactory(source=source, project_figure=figure)
    body = {"target": target.pk, "period": "2025-03", "value": "5", "source": "统计"}
    for path, sent in ((FIGURES, body), (f"{FIGURES}bulk/", [body])):
        refused = clients.post(clients.reporter_of(target.lead_department), path, sent)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["code"] == "not_reported"
        assert words in refused.json()["errors"][0]["message"]


@pytest.mark.django_db
def test_each_department_reports_its_own_part():
    target = factories.TargetFactory(source="from_parts")
    part, other = (factories.TargetPartFactory(target=target) for _ in range(2))
    reporter = clients.reporter_of(part.department)
    body = {
        "target": target.pk,
        "part": part.pk,
        "period": "2025-03",
        "value": "5",
        "source": "台账",
    }
    made = clients.post(reporter, FIGURES, body)
    assert made.status_code == 201, made.json()
    assert clients.post(reporter, FIGURES, body | {"part": other.pk}).status_code == 403
    assert clients.post(reporter, f"{FIGURES}bulk/", [body]).status_code == 201
    lead = clients.reporter_of(target.lead_department)
    assert clients.post(lead, FIGURES, body | {"part": other.pk}).status_code == 201
    stray = clients.post(lead, FIGURES, body | {"part": factories.TargetPartFactory().pk})
    assert clients.errors_of(stray) == {"/part": "other_target"}
    factories.TargetPartFactory(target=target, parent=part)
    inner = clients.post(lead, FIGURES, body)
    assert clients.errors_of(inner) == {"/part": "broken_down"}


@pytest.mark.django_db
def test_a_reported_target_is_not_reported_by_part():
    part = factories.TargetPartFactory()
    body = {
        "target": part.target.pk, "part": part.pk, "period": "2025-03", "value": "5", "source": "x",
    }  # fmt: skip
    refused = clients.post(clients.reporter_of(part.target.lead_department), FIGURES, body)
    assert clients.errors_of(refused) == {"/part": "not_by_part"}


# Lists


def item_of(target, department, **more) -> dict:
    return {
        "target": target.pk, "name": "青山区幸福南路小区", "quantity": "1", "due_on": "2025-11-30",
        "lead_department": department.pk, **more,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_department_lists_under_the_targets_that_it_answers_for():
    target = factories.TargetFactory(source="from_items")
    stranger, partner = factories.DepartmentFactory(), factories.DepartmentFactory()
    factories.TargetPartFactory(target=target, department=partner)
    for path, many in ((ITEMS, False), (f"{ITEMS}bulk/", True)):
        body = item_of(target, stranger)
        refused = clients.post(clients.reporter_of(stranger), path, [body] if many else body)
        assert refused.status_code == 403, refused.json()
        for department in (partner, target.lead_department):
            body = item_of(target, department, name=f"{department.name}{many}")
            made = clients.post(clients.reporter_of(department), path, [body] if many else body)
            assert made.status_code == 201, made.json()
    body = item_of(target, stranger, name="由督查室列入")
    assert clients.post(clients.supervisor(), ITEMS, body).status_code == 201


@pytest.mark.django_db
def test_many_items_are_ticked_off_at_once_or_none():
    target = factories.TargetFactory(source="from_items", value=3)
    items = [
        factories.WorkItemFactory(target=target, lead_department=target.lead_department)
        for _ in range(3)
    ]
    reporter = clients.reporter_of(target.lead_department)

    def send(days, **more):
        rows = [
            {"id": item.pk, "version": item.version, "done_on": done, "evidence": "验收单", **more}
            for item, done in zip(items, days, strict=True)
        ]
        return reporter.patch(f"{ITEMS}bulk/", rows, content_type="application/json")

    refused = send(["2025-04-01", "2025-05-01", "2099-05-01"])
    assert clients.errors_of(refused) == {"/2/done_on": "in_the_future"}
    assert WorkItem.objects.filter(done_on__isnull=False).count() == 0
    assert send(["2025-04-01"] * 3, due_on="2026-01-01").status_code == 403
    done = send(["2025-04-01", "2025-05-01", "2025-06-01"])
    assert done.status_code == 200, done.json()
    row = clients.viewer().get(f"/api/v1/targets/{target.pk}/").json()
    assert (row["actual"], row["status"]) == ("3", "achieved")


# The tree


def tree_of(target, client=None, **asked) -> dict:
    response = (client or clients.viewer()).get(f"/api/v1/targets/{target.pk}/tree/", asked)
    assert response.status_code == 200, response.json()
    return response.json()


@pytest.mark.django_db
def test_the_tree_tells_each_part_with_the_progress_of_its_list():
    target = factories.TargetFactory(source="from_items", value=56)
    district = factories.DistrictFactory()
    street = factories.DepartmentFactory(parent=district)
    north = factories.TargetPartFactory(target=target, department=district, value=50)
    inner = factories.TargetPartFactory(
        target=target, department=street, value=20, parent=north, note="其余由区本级承担"
    )
    office = factories.DepartmentFactory(parent=street)

    def item(department, **more):
        factories.WorkItemFactory(target=target, lead_department=department, **more)

    item(district, quantity=10, done_on=day("2025-05-01"))
    item(office, quantity=3, done_on=day("2025-06-01"))
    item(street, quantity=4, due_on=day("2025-06-30"))
    item(factories.DepartmentFactory(), quantity=2)
    tree = tree_of(target)
    assert tree["actual"] == "13"
    assert tree["breakdown"] == {"total": "50", "difference": "-6", "note": ""}
    assert tree["items"]["count"] == 4
    assert tree["other_items"]["quantity"] == "2"
    (part,) = tree["parts"]
    assert (part["id"], part["value"], part["actual"]) == (north.pk, "50", "13")
    assert part["items"] == {
        "count": 3, "done_count": 2, "overdue_count": 1, "quantity": "17", "done_quantity": "13",
    }  # fmt: skip
    (below,) = part["parts"]
    assert (below["id"], below["actual"], below["items"]["count"]) == (inner.pk, "3", 2)
    assert below["breakdown"]["total"] is None
    assert part["status"] == "missed"  # the year is over, and 13 are not 50


@pytest.mark.django_db
def test_the_tree_of_a_reported_breakdown_adds_up_from_the_leaves():
    target = factories.TargetFactory(source="from_parts", value=100)
    north = factories.TargetPartFactory(target=target, value=60)
    south = factories.TargetPartFactory(target=target, value=40)
    leaves = [factories.TargetPartFactory(target=target, value=30, parent=north) for _ in "ab"]
    for part, value in ((leaves[0], 30), (leaves[1], 12), (south, 40)):
        target.measurements.create(part=part, period="2025-12", value=value, source="台账")
    tree = tree_of(target)
    assert tree["actual"] == "82"
    assert [(p["actual"], p["status"]) for p in tree["parts"]] == [
        ("42", "missed"), ("40", "achieved"),
    ]  # fmt: skip
    assert [p["actual"] for p in tree["parts"][0]["parts"]] == ["30", "12"]


@pytest.mark.django_db
def test_a_deep_tree_costs_no_more_queries_than_a_flat_one():
    client = clients.viewer()
    client.get("/api/v1/auth/me")
    counts = []
    target = factories.TargetFactory(source="from_parts", value=100)
    parent = None
    for more in (1, 6):
        for _ in range(more):
            parent = factories.TargetPartFactory(target=target, parent=parent)
            factories.WorkItemFactory(target=target, lead_department=parent.department)
        with CaptureQueriesContext(connection) as captured:
            tree_of(target, client)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 10


@pytest.mark.django_db
def test_the_tree_answers_for_a_past_day():
    from portfolio.core import clock

    def on(text: str):
        return clock.at(dt.datetime.combine(day(text), dt.time(10), clock.CITY_TIME))

    with on("2025-01-05"):
        target = factories.TargetFactory(source="from_items", value=10)
        part = factories.TargetPartFactory(target=target, value=10)
    with on("2025-05-01"):
        item = factories.WorkItemFactory(target=target, lead_department=part.department)
    with on("2025-06-01"):
        WorkItem.objects.filter(pk=item.pk).update(done_on=day("2025-04-01"))
    before, later = (tree_of(target, as_of=when) for when in ("2025-05-31", "2025-06-01"))
    assert [t["parts"][0]["items"]["done_count"] for t in (before, later)] == [0, 1]
    assert [t["actual"] for t in (before, later)] == ["0", "1"]


# 新增规上


@pytest.mark.django_db
def test_the_reported_figure_stands_beside_the_projects_own_with_the_difference():
    target = factories.TargetFactory(
        name="新增规上工业企业", value=100, unit="家", project_figure="enrolled"
    )
    programme = factories.ProgrammeFactory()
    for owner, on in (("甲", "2025-03-01"), ("乙", "2025-06-01"), ("丙", "2025-09-01")):
        project = of_programme(programme, "commissioned", owner_company=owner)
        moved(project, "enrolled", on)
    accepted(project, 2025, 1, 100)
    path, viewer = f"/api/v1/targets/{target.pk}/own-count/", clients.viewer()
    alone = viewer.get(path).json()
    assert (alone["reported"], alone["own_count"], alone["difference"]) == (None, "3", None)
    target.measurements.create(period="2025-06", value=41, source="统计名录库")
    beside = viewer.get(path).json()
    assert (beside["reported"], beside["own_count"], beside["on"]) == ("41", "2", "2025-06-30")
    assert beside["difference"] == "39"
    assert "39 家" in beside["explanation"]
    assert [each["owner_company"] for each in beside["projects"]] == ["甲", "乙"]
    plain = viewer.get(f"/api/v1/targets/{factories.TargetFactory().pk}/own-count/").json()
    assert (plain["own_count"], plain["projects"]) == (None, [])
