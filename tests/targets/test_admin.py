"""The admin pages of what was promised."""

import datetime as dt

import pytest

from portfolio.core import clock
from targets.models import Measurement, Target, TargetPathPoint, WorkItem
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_figure_is_read_there_and_reported_on_its_targets_page():
    target = factories.TargetFactory()
    figure = Measurement.objects.create(target=target, period="2025-03", value=21, source="统计局")
    for client in (pages.reporter_of(target.lead_department), pages.administrator()):
        assert client.get(pages.url(figure)).status_code == 200
        assert client.post(pages.url(figure), {"value": "22"}).status_code == 403
        assert client.get(pages.add_url(Measurement)).status_code == 403
        assert "统计局" in client.get(pages.url(target)).content.decode()
        typed = {"measurements-TOTAL_FORMS": 2, "measurements-1-value": "22"}
        client.post(pages.url(target), pages.shown(client.get(pages.url(target))) | typed)
    assert target.measurements.count() == 1


def test_a_target_is_read_only_for_its_department_and_changed_by_a_supervisor():
    target = factories.TargetFactory()
    reporter = pages.reporter_of(target.lead_department)
    assert pages.field_names(reporter.get(pages.url(target))) == set()
    assert reporter.post(pages.url(target), {"value": "1"}).status_code == 403
    pages.save(pages.supervisor(), pages.url(target), value="120")
    target.refresh_from_db()
    assert target.value == 120


def test_a_target_without_a_value_is_refused_in_words():
    target = factories.TargetFactory()
    response = pages.save(pages.supervisor(), pages.url(target), value="")
    assert "目标必须有目标值" in pages.errors(response)


def test_a_supervisor_breaks_a_target_down_on_its_page():
    target, districts = factories.TargetFactory(), [factories.DistrictFactory() for _ in range(2)]
    client = pages.supervisor()

    def broken_down(*values):
        typed = {"parts-TOTAL_FORMS": len(values)}
        for number, value in enumerate(values):
            typed[f"parts-{number}-department"] = districts[number].pk
            typed[f"parts-{number}-value"] = value
        return pages.save(client, pages.url(target), **typed)

    assert "各分解之和为40 个" in pages.errors(broken_down("40"))
    assert not target.parts.exists()
    assert broken_down("40", "60").status_code == 302
    assert [part.department for part in target.parts.all()] == districts


def test_a_part_of_a_breakdown_is_changed_with_a_note_where_it_no_longer_adds_up():
    part = factories.TargetPartFactory(value=100)
    client = pages.supervisor()
    assert "请一次提交全部分解" in pages.errors(pages.save(client, pages.url(part), value="90"))
    assert pages.save(client, pages.url(part), value="90", note="留有余量").status_code == 302


def test_a_reporter_keeps_an_item_but_moves_no_deadline_and_says_it_is_done_on_its_page():
    item = factories.WorkItemFactory()
    client = pages.reporter_of(item.lead_department)
    fields = pages.field_names(client.get(pages.url(item)))
    assert fields & {"due_on", "quantity", "lead_department", "done_on", "evidence"} == set()
    pages.save(client, pages.url(item), place="青山区", done_on="2025-06-30")
    item.refresh_from_db()
    assert (item.place, item.done_on) == ("青山区", None)


@pytest.mark.parametrize(
    ("comparator", "words"),
    [
        ("at_least", "100 个以上"),
        ("above", "突破 100 个"),
        ("keep_at_least", "保持在 100 个以上"),
        ("exactly_all", "全部 100 个"),
    ],
)
def test_the_list_words_a_target_as_the_report_does(comparator, words):
    factories.TargetFactory(comparator=comparator)
    assert words in pages.administrator().get(pages.list_url(Target)).content.decode()


def test_the_list_words_all_of_a_list_that_is_to_come():
    factories.TargetFactory(comparator="exactly_all", source="from_items", value=None)
    page = pages.administrator().get(pages.list_url(Target)).content.decode()
    assert "清单全部" in page
    assert "待填报" in page


def test_what_stands_for_a_list_is_not_shown_as_overdue():
    factories.PlaceholderFactory(due_on="2025-01-31")
    page = pages.administrator().get(pages.list_url(WorkItem)).content.decode()
    assert "待分解" in page
    assert "逾期 " not in page


def test_a_target_is_found_by_pinyin():
    target = factories.TargetFactory(name="老旧小区改造", pinyin="laojiuxiaoqu ljxq")
    factories.TargetFactory(name="其他", pinyin="qita qt")
    found = pages.administrator().get(pages.list_url(Target), {"q": "ljxq"})
    assert list(found.context["cl"].result_list) == [target]


def test_a_reporter_adds_an_item_to_a_list_under_the_own_department():
    own = factories.DepartmentFactory()
    target = factories.TargetFactory(lead_department=own)
    client = pages.reporter_of(own)
    form = f"{pages.add_url(WorkItem)}?target={target.pk}"
    response = pages.save(client, form, name="幸福小区", due_on="2025-10-31")
    assert response.status_code == 302
    assert WorkItem.objects.get(name="幸福小区").lead_department == own
    stranger = pages.reporter_of(factories.DepartmentFactory())
    refused = pages.save(stranger, form, name="和平小区", due_on="2025-10-31")
    assert "不能往它的清单里加事项" in pages.errors(refused)


def test_the_list_and_the_page_say_where_a_target_stands():
    target = factories.TargetFactory(value=10)
    with clock.at(dt.datetime(2025, 9, 23, 10, tzinfo=clock.CITY_TIME)):
        Measurement.objects.create(target=target, period="2025-08", value=10, source="统计局")
        client = pages.supervisor()
        listed = client.get(pages.list_url(Target)).content.decode()
        page = client.get(pages.url(target)).content.decode()
    assert "已完成" in listed
    assert "已达到目标。" in page
    assert "已完成" in page
    assert "Status." not in page  # the word alone, not how the code keeps it


def test_a_supervisor_plans_a_targets_path():
    target = factories.TargetFactory()
    client = pages.supervisor()
    response = pages.save(
        client, pages.add_url(TargetPathPoint), target=target.pk, month="6", value="40"
    )
    assert response.status_code == 302
    assert target.path_points.get().value == 40
    response = pages.save(
        client, pages.add_url(TargetPathPoint), target=target.pk, month="12", value="40"
    )
    assert "期限当月起即为目标值" in pages.errors(response)
