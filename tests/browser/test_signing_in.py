"""Signing in and out, and what holds for every page as a browser shows it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, fill_in_sign_in
from tests.browser.looking import check_accessible, check_fits
from tests.factories import MembershipFactory
from tests.pages.test_every_page import PAGES

pytestmark = pytest.mark.browser


def test_a_link_asks_to_sign_in_and_then_opens_what_it_leads_to(windows):
    page = windows.open()
    page.goto("/workbench/problems/")
    fill_in_sign_in(page, MembershipFactory(role="reporter").user)
    assert page.url.endswith("/workbench/problems/")


def test_signing_out_ends_it(sign_in):
    page = sign_in(MembershipFactory(role="reporter").user)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.goto("/workbench/")
    assert "/sign-in/" in page.url


def test_a_wrong_password_is_told_and_the_name_kept(windows):
    user = MembershipFactory().user
    page = windows.open()
    page.goto("/sign-in/")
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    expect(page.get_by_label("用户名")).to_have_value(user.username)
    check_accessible(page)


def test_signing_in_takes_the_keyboard_alone(windows):
    user = MembershipFactory(role="reporter").user
    user.set_password("deer-sun-apple-7")
    user.save()
    page = windows.open()
    page.goto("/sign-in/")
    page.get_by_label("用户名").focus()
    page.keyboard.type(user.username)
    page.keyboard.press("Tab")
    page.keyboard.type("deer-sun-apple-7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/workbench/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("role", ["reporter", "supervisor", "leader"])
def test_empty_pages_are_accessible_and_fit(sign_in, role, size):
    page = sign_in(MembershipFactory(role=role).user, size)
    for name in PAGES:
        page.goto(reverse(name))
        check_accessible(page)
        check_fits(page)
