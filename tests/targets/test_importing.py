"""The lists behind the targets, as sheets."""

import pytest

from targets.models import WorkItem
from tests import clients, factories
from tests.projects.test_importing import commit, upload, workbook

pytestmark = pytest.mark.django_db
HEADINGS = ["目标", "事项", "数量", "牵头单位", "期限", "完成日期", "依据（不用）"]


def sheet(target, department, count, *, done="", shown=None):
    rows = [
        [shown or target.name, f"{n}号小区", n, department.name, "2025年11月底", done, ""]
        for n in range(1, count + 1)
    ]
    return workbook([HEADINGS, *rows])


def test_the_56_neighbourhoods_come_in_and_count_once_done():
    target = factories.TargetFactory(name="老旧小区改造", source="from_items", value=56)
    department = target.lead_department
    client = clients.reporter_of(department)
    preview = upload(client, "work-items", sheet(target, department, 56)).json()
    assert preview["counts"] == {"new": 56, "changed": 0, "same": 0, "wrong": 0}
    assert WorkItem.objects.count() == 0
    assert commit(client, preview).status_code == 200
    done = sheet(target, department, 56, done="2025-06-30", shown="老旧小区改造（2025）")
    preview = upload(client, "work-items", done).json()
    assert preview["counts"]["changed"] == 56, preview["errors"][:2]
    commit(client, preview)
    row = client.get(f"/api/v1/targets/{target.pk}/").json()
    assert row["actual"] == str(sum(range(1, 57)))


def test_an_exported_list_comes_back_the_same():
    target = factories.TargetFactory(name="老旧小区改造（一期）")
    factories.TargetFactory(name="老旧小区改造（一期）", year=2026, due_on="2026-12-31")
    for _ in range(3):
        factories.WorkItemFactory(target=target, done_on="2025-05-01", plan="一策")
    client = clients.supervisor()
    content = client.get("/api/v1/work-items/?format=xlsx").content
    back = upload(client, "work-items", content).json()
    assert back["counts"] == {"new": 0, "changed": 0, "same": 3, "wrong": 0}, back["errors"][:3]


def test_what_a_row_means_is_told_where_it_cannot_be_known():
    target = factories.TargetFactory(name="绿化示范村")
    factories.TargetFactory(name="绿化示范村", year=2026, due_on="2026-12-31")
    client, department = clients.supervisor(), factories.DepartmentFactory()
    for shown, code in (("绿化示范村", "ambiguous"), ("没有这个目标", "does_not_exist")):
        preview = upload(client, "work-items", sheet(target, department, 1, shown=shown)).json()
        assert [(e["field"], e["code"]) for e in preview["errors"]] == [("target", code)]
    day = sheet(target, department, 1, shown="绿化示范村 (2025)", done="2125-01-01")
    preview = upload(client, "work-items", day).json()
    assert [e["code"] for e in preview["errors"]] == ["in_the_future"]


def test_a_department_brings_in_no_list_of_anothers_target():
    target, stranger = factories.TargetFactory(), factories.DepartmentFactory()
    client = clients.reporter_of(stranger)
    preview = upload(client, "work-items", sheet(target, stranger, 1)).json()
    assert [e["code"] for e in preview["errors"]] == ["not_its_list"]
    template = client.get("/api/v1/imports/template?model=work-items")
    assert template.status_code == 200
