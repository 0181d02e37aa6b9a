"""An export in the browser: started, watched while a worker writes it, fetched, removed."""

import time

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from portfolio.core import clock
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.progress import ExportProgress, publish_progress
from portfolio.reports.exporting.run import export_run_next
from tests.browser.conftest import PHONE, WIDE
from tests.browser.looking import check_accessible, check_fits
from tests.factories import ExportFactory, MembershipFactory, ProjectFactory
from tests.reports.exporting import rows_of

pytestmark = pytest.mark.browser
PAGE = "/workbench/exports/"


@pytest.fixture
def viewer(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    return MembershipFactory(role="viewer").user


def tell(export: Export, done: int) -> None:
    """A worker has got so far, of ten thousand rows in a minute and a half."""
    publish_progress(export.pk, ExportProgress(done, 10_000, 90 * done / 10_000, time.time()))


def line(page: Page, export: Export):
    return page.locator(f"#export-{export.pk}")


def start(page: Page, what: str, format: str) -> Export:
    page.goto(PAGE)
    page.get_by_label("导出什么").select_option(label=what)
    page.get_by_label("格式").select_option(label=format)
    page.get_by_role("button", name="开始导出").click()
    expect(page.get_by_text(f"已开始导出“{what}”。")).to_be_visible()
    return Export.objects.get()


def test_an_export_is_started_watched_and_fetched(viewer, sign_in):
    ProjectFactory(name="稀土永磁产业园")
    page = sign_in(viewer)
    export = start(page, "重大项目", "CSV 文本")
    shown = line(page, export)
    expect(shown).to_contain_text("排队中")

    Export.objects.update(state="running", started_at=clock.now(), attempts=1)
    tell(export, 2500)
    expect(shown.get_by_role("progressbar")).to_have_attribute("value", "25")
    expect(shown).to_contain_text("25% · 已完成 2,500 / 10,000 行 · 约还需")
    tell(export, 6000)
    expect(shown.get_by_role("progressbar")).to_have_attribute("value", "60")
    told = page.locator("#exports-told")
    expect(told).to_have_text("重大项目: 导出中 50%")

    # As if the worker had died of it: another one takes it up and ends it.
    export_run_next()
    expect(shown).to_contain_text("已完成")
    expect(told).to_have_text("重大项目: 已完成")
    expect(shown).to_contain_text("保留至 2025-09-30")
    with page.expect_download() as waited:
        shown.get_by_role("link", name="下载").click()
    assert waited.value.suggested_filename == "projects-2025-09-23.csv"
    assert "稀土永磁产业园" in str(rows_of(waited.value.path().read_bytes()))


def test_the_page_asks_again_only_while_something_is_under_way(viewer, sign_in):
    export = ExportFactory(owner=viewer)
    page = sign_in(viewer)
    page.goto(PAGE)
    with page.expect_request(lambda asked: "hx-request" in asked.headers):
        pass
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        Export.objects.update(state="failed", error="磁盘空间不足, 请联系管理员。")
    expect(line(page, export)).to_contain_text("磁盘空间不足")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_who_is_on_a_button_stays_there_while_the_list_is_renewed(viewer, sign_in):
    export = ExportFactory(owner=viewer)
    page = sign_in(viewer)
    page.goto(PAGE)
    cancel = line(page, export).get_by_role("button", name="取消")
    cancel.focus()
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        pass
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已取消导出“重大项目”。")).to_be_visible()
    expect(page.get_by_text("还没有导出")).to_be_visible()
    assert not Export.objects.exists()


def test_it_takes_no_script(viewer, sign_in):
    ProjectFactory(name="稀土永磁产业园")
    page = sign_in(viewer, scripts=False)
    export = start(page, "重大项目", "Excel 工作簿")
    export_run_next()
    page.reload()
    with page.expect_download() as waited:
        line(page, export).get_by_role("link", name="下载").click()
    assert waited.value.path().read_bytes().startswith(b"PK")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_are_accessible_and_fit(viewer, sign_in, size):
    finished = ExportFactory(
        owner=viewer, address="/api/v1/projects/?stage=construction&format=csv"
    )
    export_run_next()
    ExportFactory(owner=viewer, title="进展月报", state="failed", error="超过时限仍未完成。")
    ExportFactory(owner=viewer, title="备开完纳", state="expired")
    running = ExportFactory(owner=viewer, title="目标", state="running", attempts=1)
    ExportFactory(owner=viewer, title="堵点")
    tell(running, 4200)
    page = sign_in(viewer, size)
    page.goto(PAGE)
    expect(line(page, running)).to_contain_text("42%")
    check_accessible(page)
    check_fits(page)
    page.goto(f"{PAGE}{finished.pk}/")
    expect(page.get_by_text("开工在建")).to_be_visible()
    check_accessible(page)
    check_fits(page)
