"""Lists of which nobody knows the length before they are brought in: all of them is the goal."""

import datetime as dt
from decimal import Decimal

import pytest

from portfolio.core import clock
from targets.models import WorkItem
from targets.services.status import build_series, targets_assess
from tests import clients, factories
from tests.projects.test_importing import commit, upload, workbook

pytestmark = pytest.mark.django_db
TARGETS = "/api/v1/targets/"
ITEMS = "/api/v1/work-items/"
TO_COME = "清单尚未导入; 导入后以清单上的全部事项为目标。"
SUMMER = dt.date(2025, 6, 30)


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), clock.CITY_TIME)


@pytest.fixture
def motions():
    """Deputies' motions: 352 in 2024, and of 2025 all that will be on the list."""
    with clock.at(moment(dt.date(2025, 1, 6))):
        return factories.TargetFactory(
            name="按时办复人大代表议案建议", source="from_items", comparator="exactly_all",
            value=None, unit="件", baseline=352, baseline_qualifier="exact",
        )  # fmt: skip


def listed(target, count, *, done=0, on=SUMMER):
    for number in range(count):
        factories.WorkItemFactory(
            target=target, kind="motion", name=f"第{number + 1}号建议", unit="件",
            done_on=on if number < done else None,
        )  # fmt: skip


def assessed(target, on=SUMMER):
    return targets_assess([target], on=on)[target.pk]


@pytest.mark.parametrize("on", ["2025-01-05", "2025-06-30", "2025-12-31", "2026-03-01"])
def test_while_there_is_no_list_there_is_nothing_to_be_all_of(motions, on):
    said = assessed(motions, dt.date.fromisoformat(on))
    assert (said.status, said.reasons, said.forecast) == ("no_data", (TO_COME,), None)
    statuses = {p.status for p in build_series(said, on=dt.date.fromisoformat(on))} - {None}
    assert statuses <= {"no_data"}


def test_a_list_of_nothing_is_no_list(motions):
    factories.WorkItemFactory(target=motions, quantity=0, done_on=SUMMER)
    assert (assessed(motions).status, assessed(motions).reasons) == ("no_data", (TO_COME,))


def test_a_list_that_is_missing_is_told_from_a_figure_that_is_late():
    target = factories.TargetFactory(source="from_items", value=56)
    said = assessed(target)
    assert (said.status, said.reasons) == ("no_data", ("清单尚未导入; 导入后按已完成的事项计。",))


def test_once_the_list_is_there_all_of_it_is_the_goal(motions):
    listed(motions, 8, done=4)
    said = assessed(motions)
    assert said.goal.value == 8
    assert (said.figure.value, said.plan.value, said.status) == (4, 4, "on_track")
    assert said.forecast.value == 8


@pytest.mark.parametrize(("done", "status"), [(7, "missed"), (8, "achieved")])
def test_all_but_one_is_not_all(motions, done, status):
    listed(motions, 8, done=done)
    assert assessed(motions, dt.date(2026, 3, 1)).status == status


def test_what_is_added_to_the_list_is_to_be_done_too(motions):
    listed(motions, 2, done=2)
    assert assessed(motions).status == "achieved"
    factories.WorkItemFactory(target=motions, name="闭会期间的建议")
    assert assessed(motions).goal.value == 3
    assert assessed(motions).status != "achieved"


def test_before_its_year_a_list_is_not_missing():
    end = dt.date(2026, 12, 31)
    target = factories.TargetFactory(
        year=2026, due_on=end, source="from_items", comparator="exactly_all", value=None
    )
    factories.WorkItemFactory(target=target, due_on=end)
    assert assessed(target, dt.date(2025, 12, 1)).status == "awaiting"


def test_a_past_day_knows_the_list_as_it_was_then(motions):
    with clock.at(moment(dt.date(2025, 3, 1))):
        factories.WorkItemFactory(target=motions, name="甲")
    with clock.at(moment(dt.date(2025, 7, 1))):
        factories.WorkItemFactory(target=motions, name="乙")
    viewer = clients.viewer()

    def goal(day):
        return viewer.get(f"{TARGETS}{motions.pk}/", {"as_of": day}).json()["goal"]

    assert [goal(day) for day in ("2025-02-01", "2025-06-01", "2025-07-01")] == [None, "1", "2"]


def test_the_list_comes_as_a_sheet_and_as_one_batch(motions):
    department = motions.lead_department
    client = clients.reporter_of(department)
    head = ["目标", "类别", "事项", "来源", "牵头单位", "期限"]
    rows = [
        [
            motions.name,
            "人大代表议案建议",
            f"第{n}号",
            f"市人大第{n}号",
            department.name,
            "2025-09-30",
        ]
        for n in range(1, 6)
    ]
    preview = upload(client, "work-items", workbook([head, *rows])).json()
    assert preview["counts"]["new"] == 5, preview["errors"][:2]
    assert commit(client, preview).status_code == 200
    assert set(WorkItem.objects.values_list("kind", flat=True)) == {"motion"}
    row = client.get(f"{TARGETS}{motions.pk}/").json()
    assert (row["value"], row["goal"], row["actual"]) == (None, "5", "0")
    more = [
        {
            "target": motions.pk, "kind": "motion", "name": f"补{n}", "due_on": "2025-11-30",
            "lead_department": department.pk,
        }
        for n in range(2)
    ]  # fmt: skip
    assert clients.post(client, f"{ITEMS}bulk/", more).status_code == 201
    assert client.get(f"{TARGETS}{motions.pk}/").json()["goal"] == "7"


def test_only_all_of_a_list_goes_without_a_number():
    department = factories.DepartmentFactory()
    body = {
        "year": 2025, "name": "领导批示件办结", "comparator": "exactly_all", "unit": "件",
        "measure": "cumulative", "lead_department": department.pk, "due_on": "2025-12-31",
    }  # fmt: skip
    refused = clients.post(clients.supervisor(), TARGETS, body)
    assert refused.status_code == 400
    assert "必须有目标值" in refused.json()["errors"][0]["message"]
    refused = clients.post(
        clients.supervisor(), TARGETS, body | {"source": "from_items", "comparator": "reach"}
    )
    assert refused.status_code == 400
    made = clients.post(clients.supervisor(), TARGETS, body | {"source": "from_items"})
    assert made.status_code == 201, made.json()
    assert (made.json()["status"], made.json()["reasons"]) == ("no_data", [TO_COME])


def test_the_breakdown_of_all_of_a_list_is_measured_by_it(motions):
    part = factories.TargetPartFactory(target=motions, value=Decimal(2))
    for number, done in enumerate((SUMMER, None)):
        factories.WorkItemFactory(
            target=motions, lead_department=part.department, name=f"{number}", done_on=done
        )
    tree = clients.viewer().get(f"{TARGETS}{motions.pk}/tree/").json()
    assert (tree["goal"], tree["parts"][0]["actual"]) == ("2", "1")
