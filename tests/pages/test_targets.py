"""Targets and the items of their lists: figures with their source, items done with proof."""

import datetime as dt
from decimal import Decimal

import pytest

from targets.models import Measurement, WorkItemEvidence, WorkItemStep
from tests.factories import (
    DepartmentFactory,
    PlaceholderFactory,
    TargetFactory,
    TargetPartFactory,
    WorkItemFactory,
    WorkItemStepFactory,
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


def address(target) -> str:
    return f"/workbench/targets/{target.pk}/"


def item_address(item) -> str:
    return f"/workbench/work-items/{item.pk}/"


@pytest.fixture
def target():
    return TargetFactory(name="新增规上工业企业", value=Decimal(60), unit="户")


@pytest.fixture
def reporter(target):
    return person("reporter", target.lead_department)


def test_a_figure_is_reported_with_its_source(target, reporter):
    opened = browser_of(reporter).get(f"/go/target/{target.pk}/", follow=True)
    [form] = [each.form for each in opened.context["steps"]]
    assert form["period"].value() == "2025-08"  # the newest that should be there
    page = take(reporter, address(target), "measure", value="41", source="市统计局月报")
    figure = Measurement.objects.get()
    assert (figure.period, figure.value, figure.source) == ("2025-08", 41, "市统计局月报")
    assert figure.recorded_by == reporter
    assert "市统计局月报" in words(page)
    assert "41 户" in words(page)


def test_a_figure_without_a_source_is_refused(target, reporter):
    page = take(reporter, address(target), "measure", value="41")
    assert list(page.context["steps"][0].form.errors) == ["source"]
    assert not Measurement.objects.exists()


def test_only_who_answers_for_the_target_reports_it(target):
    assert names_of_steps(browser_of(person("reporter")).get(address(target))) == []


def test_a_figure_that_the_system_counts_is_not_reported_and_the_page_says_why(reporter, target):
    target.source = "from_items"
    target.save()
    browser = browser_of(reporter)
    page = browser.get(address(target))
    assert names_of_steps(page) == ["item"]
    assert "清单中已完成事项的数量之和" in words(page)
    typed = {"period": "2025-03", "value": "21.5", "source": "统计局"}
    sent = {"step": "measure", **{f"measure-{name}": value for name, value in typed.items()}}
    assert "由清单汇总, 无须填报" in words(browser.post(address(target), sent))
    assert not Measurement.objects.exists()


def test_a_list_is_itemised_by_whoever_answers_for_it(reporter, target):
    target.source = "from_items"
    target.save()
    page = take(
        reporter, address(target), "item",
        name="第一小区", lead_department=target.lead_department.pk, quantity="2",
    )  # fmt: skip
    assert "已加入清单" in words(page)
    item = target.work_items.get()
    assert (item.name, item.quantity, item.unit, item.due_on) == (
        "第一小区",
        2,
        "户",
        target.due_on,
    )
    again = take(
        reporter, address(target), "item",
        name="第一小区", lead_department=target.lead_department.pk,
    )  # fmt: skip
    assert "该目标的清单里已有同名事项" in words(again)
    assert names_of_steps(browser_of(person("reporter")).get(address(target))) == []


def offered(user, target) -> set:
    page = browser_of(user).get(address(target))
    [form] = [each.form for each in page.context["steps"] if each.step.name == "item"]
    return set(form.fields["lead_department"].queryset)


def test_an_item_is_put_under_ones_own_department_or_one_below_it(reporter, target):
    target.source = "from_items"
    target.save()
    below = DepartmentFactory(parent=target.lead_department)
    other = DepartmentFactory()
    DepartmentFactory(parent=target.lead_department, active=False)
    assert offered(reporter, target) == {target.lead_department, below}
    assert {below, other} < offered(person("supervisor"), target)
    take(
        reporter, address(target), "item",
        name="第一小区", lead_department=below.pk, quantity="2",
    )  # fmt: skip
    assert target.work_items.get().lead_department == below


def test_of_a_sum_of_parts_each_department_reports_its_own_part():
    target = TargetFactory(source="from_parts", value=Decimal(20))
    mine = TargetPartFactory(target=target)
    TargetPartFactory(target=target)
    reporter = person("reporter", mine.department)
    page = browser_of(reporter).get(address(target))
    [form] = [each.form for each in page.context["steps"]]
    assert [part.pk for part in form.fields["part"].queryset] == [mine.pk]
    take(reporter, address(target), "measure", part=mine.pk, value="7", source="台账")
    assert Measurement.objects.get().part == mine


def test_the_list_begins_with_ones_own_and_says_where_they_stand(target, reporter):
    TargetFactory(name="别的单位的")
    page = browser_of(reporter).get("/workbench/targets/")
    assert [each.target for each in page.context["standings"]] == [target]
    assert "待填报" in words(page)
    everything = browser_of(reporter).get("/workbench/targets/?whose=")
    assert len(everything.context["standings"]) == 2
    found = browser_of(person("viewer")).get("/workbench/targets/?q=规上")
    assert [each.target for each in found.context["standings"]] == [target]


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_has_as_many_queries_however_long_it_is(count, django_assert_max_num_queries):
    TargetFactory.create_batch(count)
    browser = browser_of(person("supervisor"))
    browser.get("/workbench/targets/")
    with django_assert_max_num_queries(12):
        browser.get("/workbench/targets/")


def test_an_item_is_done_with_evidence():
    item = WorkItemFactory()
    reporter = person("reporter", item.lead_department)
    opened = browser_of(reporter).get(f"/go/work_item/{item.pk}/", follow=True)
    assert opened.redirect_chain[-1][0] == item_address(item)
    page = take(reporter, item_address(item), "done", evidence="已通水", file=[photo()])
    assert "已登记完成" in words(page)
    item.refresh_from_db()
    assert (item.done_on, item.evidence) == (TODAY, "已通水")
    assert WorkItemEvidence.objects.get().work_item == item


def test_an_item_that_was_handed_over_is_reported_too():
    item = WorkItemFactory()
    WorkItemStepFactory(work_item=item)
    take(person("reporter", item.lead_department), item_address(item), "done", evidence="已通水")
    assert WorkItemStep.objects.get(state="reported").text == "已于 2025-09-23 完成。已通水"


def test_a_whole_list_is_not_done_at_once():
    item = PlaceholderFactory()
    page = browser_of(person("reporter", item.lead_department)).get(item_address(item))
    assert "done" not in names_of_steps(page)
    assert "请先逐项列出" in words(page)


def test_an_overdue_item_says_so():
    item = WorkItemFactory(due_on=dt.date(2025, 9, 20))
    assert "逾期 3 天" in words(browser_of(person("viewer")).get(item_address(item)))
