"""Exports on their pages: asked for in words, watched, fetched, removed."""

import time
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from portfolio.core import clock
from portfolio.pages.files import exports_choice
from portfolio.pages.kit.page import CONTENT_SECURITY_POLICY
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.progress import ExportProgress, publish_progress
from portfolio.reports.exporting.run import export_run_next
from portfolio.reports.exporting.services import MOST_WAITING
from portfolio.urls import ROUTES
from tests.factories import AdministratorFactory, DepartmentFactory, ExportFactory, ProjectFactory
from tests.pages.steps import browser_of, files_go_elsewhere, person, september, words
from tests.reports.exporting import rows_of

__all__ = ["files_go_elsewhere", "september"]

pytestmark = pytest.mark.django_db
PAGE = "/workbench/exports/"
PROJECTS = "/api/v1/projects"


@pytest.fixture(autouse=True)
def nothing_told_yet():
    cache.clear()


@pytest.fixture
def viewer():
    return person("viewer")


def ask(user, what=PROJECTS, *, format="csv", **more):
    return browser_of(user).post(PAGE, {"what": what, "format": format, **more}, follow=True)


def offered(user) -> dict[str, list[str]]:
    form = browser_of(user).get(PAGE).context["form"]
    groups = form.fields["what"].choices[1:]
    return {str(group): [str(label) for _address, label in each] for group, each in groups}


def fetched(user, export) -> bytes:
    return b"".join(browser_of(user).get(f"{PAGE}{export.pk}/file/").streaming_content)


def running(user, done: int, total: int, **more) -> Export:
    export = ExportFactory(owner=user, state="running", attempts=1, started_at=clock.now(), **more)
    publish_progress(export.pk, ExportProgress(done, total, 30.0, time.time()))
    return export


# What there is to choose --------------------------------------------------------------------------
def test_lists_and_reports_are_chosen_by_their_names(viewer):
    found = offered(viewer)
    assert list(found) == ["列表", "报表", "督查通报"]
    assert {"重大项目", "堵点", "目标", "进展月报"} <= set(found["列表"])
    assert {"备开完纳", "期限", "资金争取"} <= set(found["报表"])
    assert found["督查通报"] == ["督查通报, 2025年8月", "督查通报, 2025年9月"]


def test_who_sees_a_part_of_the_city_is_offered_no_bulletin():
    assert "督查通报" not in offered(person("reporter"))


def test_no_two_that_are_offered_are_called_the_same():
    for labels in offered(AdministratorFactory()).values():
        assert len(labels) == len(set(labels))


def test_all_that_is_offered_can_be_exported():
    user = AdministratorFactory()
    for group in exports_choice.choices_for(user):
        for address, label in group[1]:
            format = "docx" if "bulletin" in address else "xlsx"
            content = exports_choice.parse_address(exports_choice.with_format(address, format))
            content.check(user)
            assert not label.isascii()


def test_each_list_that_is_offered_is_one_of_the_api():
    assert set(exports_choice.LISTS) <= {prefix for prefix, _view in ROUTES}


# Asking -------------------------------------------------------------------------------------------
def test_an_export_is_asked_for_run_and_fetched(viewer):
    ProjectFactory(name="稀土永磁产业园")
    page = ask(viewer)
    assert page.redirect_chain == [(PAGE, 302)]
    assert "已开始导出“重大项目”。" in words(page)
    assert "排队中" in words(page)
    export = Export.objects.get()
    assert (export.owner, export.address) == (viewer, f"{PROJECTS}?format=csv")
    export_run_next()
    page = browser_of(viewer).get(PAGE)
    assert "已完成" in words(page)
    assert "2025-09-30" in words(page)  # until when it is kept
    assert "稀土永磁产业园" in str(rows_of(fetched(viewer, export)))


def test_a_file_is_sent_as_it_is_with_its_length_and_name(viewer):
    ask(viewer)
    export_run_next()
    export = Export.objects.get()
    answer = browser_of(viewer).get(f"{PAGE}{export.pk}/file/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer
    assert len(b"".join(answer.streaming_content)) == int(answer["Content-Length"]) == export.size
    assert "projects-2025-09-23.csv" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_a_report_of_an_earlier_day(viewer):
    ask(viewer, "/api/v1/reports/four-batches", format="xlsx", day="2025-08-31")
    address = Export.objects.get().address
    assert address == "/api/v1/reports/four-batches?format=xlsx&as_of=2025-08-31"
    assert "2025-08-31" in words(browser_of(viewer).get(f"{PAGE}{Export.objects.get().pk}/"))


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"what": ""}, "what", "必填"),
        ({"what": "/api/v1/elsewhere"}, "what", "elsewhere"),
        ({"what": "https://elsewhere.example/api/v1/projects"}, "what", "elsewhere"),
        ({"format": "pdf"}, "format", "列表和报表只能导出为 Excel 或 CSV。"),
        ({"what": "/api/v1/reports/bulletin?month=2025-08"}, "format", "督查通报只能导出为 Word"),
        ({"day": "2025-09-24"}, "day", "日期不能晚于今天"),
        ({"day": "昨天"}, "day", "昨天"),
        ({"what": f"{PROJECTS}?stage=nonsense"}, "what", "nonsense"),
        ({"what": f"{PROJECTS}?lead_department=gone"}, "what", "gone"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_lost(viewer, sent, field, told):
    page = browser_of(viewer).post(PAGE, {"what": PROJECTS, "format": "csv", **sent})
    assert list(page.context["form"].errors) == [field]
    assert told in words(page)
    assert not Export.objects.exists()


def test_a_list_without_a_past_has_no_earlier_day(viewer, monkeypatch):
    monkeypatch.setattr(exports_choice, "has_past", lambda content: False)
    page = browser_of(viewer).post(PAGE, {"what": PROJECTS, "format": "csv", "day": "2025-08-31"})
    assert "“重大项目”不留历史" in words(page)


def test_too_many_that_wait_are_told(viewer):
    ExportFactory.create_batch(MOST_WAITING, owner=viewer)
    page = browser_of(viewer).post(PAGE, {"what": PROJECTS, "format": "csv"})
    assert "您已有 10 个导出在排队" in words(page)


# Addresses of other pages -------------------------------------------------------------------------
def test_another_page_passes_its_filters(viewer):
    department = DepartmentFactory(name="市住建局")
    query = urlencode({"stage": "construction", "lead_department": department.pk, "format": "csv"})
    page = browser_of(viewer).get(PAGE, {"address": f"{PROJECTS}/?{query}&page=3"})
    form = page.context["form"]
    assert form["format"].value() == "csv"
    what = form["what"].value()
    assert what == f"{PROJECTS}/?stage=construction&lead_department={department.pk}"
    told = dict(form.fields["what"].choices)[what]
    assert told == f"重大项目 (阶段: 开工在建; 牵头单位: {department})"
    ask(viewer, what)
    export = Export.objects.get()
    assert export.address == f"{what}&format=csv"
    shown = browser_of(viewer).get(f"{PAGE}{export.pk}/")
    assert shown.context["filters"] == [("阶段", "开工在建"), ("牵头单位", str(department))]
    assert "有筛选" in words(browser_of(viewer).get(PAGE))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"q": "稀土", "ordering": "-code"}, [("搜索", "稀土"), ("排序", "-code")]),
        ({"expected_outcome": "x"}, [("expected_outcome", "x")]),
    ],
)
def test_filters_are_told_in_words(viewer, query, told):
    export = ExportFactory(owner=viewer, address=f"{PROJECTS}?{urlencode(query)}&format=csv")
    assert browser_of(viewer).get(f"{PAGE}{export.pk}/").context["filters"] == told


def test_an_address_that_is_none_is_said_to_be_none(viewer):
    page = browser_of(viewer).get(PAGE, {"address": "/api/v1/elsewhere"})
    assert "这个地址不能导出" in words(page)
    assert page.context["form"]["what"].value() is None


def test_the_bulletin_begins_with_a_word_document(viewer):
    page = browser_of(viewer).get(PAGE, {"address": "/api/v1/reports/bulletin?month=2025-08"})
    assert page.context["form"]["format"].value() == "docx"


# Watching -----------------------------------------------------------------------------------------
def test_a_running_one_shows_per_cent_rows_and_time_left_and_asks_again(viewer):
    running(viewer, 2500, 10_000)
    text = words(browser_of(viewer).get(PAGE))
    assert 'value="25"' in text
    assert "已完成 2,500 / 10,000 行" in text
    assert "约还需 2 分钟" in text
    assert 'hx-trigger="every 2s"' in text
    assert 'data-told="重大项目: 导出中 25%"' in text


def test_it_asks_for_the_list_alone_and_no_more_once_all_is_done(viewer):
    running(viewer, 2500, 10_000)
    browser = browser_of(viewer)
    part = browser.get(PAGE, headers={"HX-Request": "true"})
    assert words(part).lstrip().startswith('<div id="exports" hx-get="/workbench/exports/"')
    Export.objects.update(state="failed", error="磁盘空间不足")
    part = words(browser.get(PAGE, headers={"HX-Request": "true"}))
    assert "every 2s" not in part
    assert "磁盘空间不足" in part


def test_a_listener_is_told_each_quarter_only(viewer):
    export = running(viewer, 2600, 10_000)
    told = [each.told for each in browser_of(viewer).get(PAGE).context["exports"]]
    publish_progress(export.pk, ExportProgress(4900, 10_000, 30.0, time.time()))
    assert told == [each.told for each in browser_of(viewer).get(PAGE).context["exports"]]


def test_a_short_rest_is_told_in_seconds(viewer):
    running(viewer, 9000, 10_000)
    assert "约还需 3 秒" in words(browser_of(viewer).get(PAGE))


def test_nobody_sees_somebody_elses(viewer):
    export = ExportFactory()
    browser = browser_of(viewer)
    assert "还没有导出" in words(browser.get(PAGE))
    for path in ("", "file/"):
        assert browser.get(f"{PAGE}{export.pk}/{path}").status_code == 404
    assert browser.post(f"{PAGE}{export.pk}/removal/").status_code == 404


def test_its_pages_ask_to_sign_in_and_load_nothing_from_elsewhere(viewer):
    export = ExportFactory(owner=viewer)
    page = browser_of(viewer).get(f"{PAGE}{export.pk}/")
    assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert 'style="' not in words(page)
    for path in (f"{PAGE}{export.pk}/", f"{PAGE}{export.pk}/file/"):
        assert Client().get(path)["Location"] == f"/sign-in/?{urlencode({'next': path})}"


def test_an_administrator_lists_the_own_ones():
    ExportFactory()
    assert "还没有导出" in words(browser_of(AdministratorFactory()).get(PAGE))


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_has_as_many_queries_however_long_it_is(
    count, viewer, django_assert_max_num_queries
):
    ExportFactory.create_batch(count, owner=viewer)
    running(viewer, 1, 2)
    browser = browser_of(viewer)
    browser.get(PAGE)
    with django_assert_max_num_queries(6):
        assert len(browser.get(PAGE).context["exports"]) == count + 1
    with django_assert_max_num_queries(6):
        browser.get(PAGE, headers={"HX-Request": "true"})


# What becomes of it -------------------------------------------------------------------------------
@pytest.mark.parametrize(("state", "told"), [("queued", "已取消导出"), ("failed", "已移除")])
def test_it_is_cancelled_or_removed(viewer, state, told):
    export = ExportFactory(owner=viewer, state=state, error="超过时限" if state == "failed" else "")
    page = browser_of(viewer).post(f"{PAGE}{export.pk}/removal/", follow=True)
    assert told in words(page)
    assert not Export.objects.exists()
    assert browser_of(viewer).get(f"{PAGE}{export.pk}/removal/").status_code == 405


def test_a_file_that_is_not_there_leads_to_the_page_that_says_why(viewer):
    export = ExportFactory(owner=viewer)
    page = browser_of(viewer).get(f"{PAGE}{export.pk}/file/", follow=True)
    assert page.redirect_chain == [(f"{PAGE}{export.pk}/", 302)]
    assert "排队中" in words(page)
    Export.objects.update(state="expired")
    page = browser_of(viewer).get(f"{PAGE}{export.pk}/file/", follow=True)
    assert "文件只保留 7 天, 已经删除; 请重新导出。" in words(page)
    assert f"?{urlencode({'address': export.address})}" in words(page)


def test_the_link_of_a_mail_opens_it(viewer):
    export = ExportFactory(owner=viewer)
    page = browser_of(viewer).get(f"/go/export/{export.pk}/", follow=True)
    assert page.redirect_chain[-1][0] == f"{PAGE}{export.pk}/"
    assert page.status_code == 200
