"""A real browser before the real pages: Debian's Chromium, driven by Playwright.

Nothing is passed over: where the browser is missing, the tests fail. Whatever a page's console
complains of (a blocked style, a script's error), and any request to another host, fails the test
that met it.
"""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from portfolio.core import clock

# Playwright's loop runs in the thread that asks the database here; nothing of ours is async.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# The morning on which 林南 is due in a week, a Tuesday.
MOMENT = dt.datetime(2025, 9, 23, 9, 30, tzinfo=clock.CITY_TIME)
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PASSWORD = "deer-sun-apple-7"
PATIENCE = 10_000  # milliseconds until what should appear counts as missing


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Counts a skipped test as failed: nothing here may be passed over."""
    report = yield
    if report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """Moves the clock of all threads, and of every session of the database, before any opens;
    each of xdist's workers has a database of its own."""
    settings.CLOCK_SHIFT = MOMENT - timezone.now()
    options = connections["default"].settings_dict["OPTIONS"]
    options["options"] += f" -c portfolio.clock_shift={settings.CLOCK_SHIFT.total_seconds()}"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("没有 chromium: 请运行 make test-browser, 或 apt install chromium")
    with sync_playwright() as playwright:
        # No sandbox (root has none): nothing but our own pages is opened.
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        yield browser
        browser.close()


@dataclass
class Windows:
    """The windows that a test has opened, and what they complained of."""

    chromium: Browser
    site: str
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    # Answers that a test provokes on purpose, by their status.
    expected_statuses: set[int] = field(default_factory=set)

    def open(self, size: dict[str, int] = WIDE, *, scripts: bool = True) -> Page:
        """Opens a new browser (nobody is signed in) of this size; a narrow one is a phone."""
        phone = size["width"] < 600
        context = self.chromium.new_context(
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=self.site,
            has_touch=phone,
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and self._complain(said.text))
        page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfailed", self._failed)
        return page

    def sign_in(self, user, size: dict[str, int] = WIDE, *, scripts: bool = True) -> Page:
        """Opens a browser and signs in by the form, as the user would."""
        page = self.open(size, scripts=scripts)
        page.goto("/sign-in/")
        fill_in_sign_in(page, user)
        return page

    def _complain(self, words: str) -> None:
        if "Failed to load resource" not in words:  # told by its status, below
            self.complaints.append(words)

    def _request(self, request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.netloc != urlsplit(self.site).netloc:
            self.complaints.append(f"another host: {request.url}")

    def _response(self, response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.complaints.append(f"{response.status}: {response.url}")

    def _failed(self, request) -> None:
        # Whoever goes on to another page, or downloads a file, breaks off what is under way.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure}: {request.url}")


def fill_in_sign_in(page: Page, user) -> None:
    """Fills in and sends the sign-in form that is open."""
    user.set_password(PASSWORD)
    user.save()
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)


@pytest.fixture
def windows(transactional_db, live_server, chromium) -> Iterator[Windows]:
    found = Windows(chromium, live_server.url)
    yield found
    for context in found.contexts:
        context.close()
    assert found.complaints == []


@pytest.fixture
def sign_in(windows) -> Callable[..., Page]:
    """Returns a function: user (and size) → a page of a browser that is signed in."""
    return windows.sign_in
