"""The frame of all pages: signing in, the way to one's own pages, compression."""

import gzip

import pytest
from django.test import Client

from tests.factories import AdministratorFactory, MembershipFactory, UserFactory
from tests.pages.test_every_page import browser_of

pytestmark = pytest.mark.django_db


def with_password(user):
    user.set_password("deer-sun-apple-7")
    user.save()
    return {"username": user.username, "password": "deer-sun-apple-7"}


def test_who_signs_in_gets_the_page_that_was_asked_for():
    user = MembershipFactory(role="reporter").user
    typed = with_password(user)
    answer = Client().post("/sign-in/", {**typed, "next": "/workbench/returns/"})
    assert answer["Location"] == "/workbench/returns/"


def test_nobody_is_led_to_another_host_after_signing_in():
    typed = with_password(MembershipFactory().user)
    answer = Client().post("/sign-in/", {**typed, "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_a_wrong_password_is_told_in_words():
    user = UserFactory()
    page = Client().post(
        "/sign-in/",
        {"username": user.username, "password": "no"},
        headers={"Accept-Language": "zh"},
    )
    assert "用户名或密码不正确" in page.content.decode()


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("reporter", "/workbench/"),
        ("head", "/workbench/"),
        ("judge", "/workbench/"),
        ("supervisor", "/board/"),
        ("viewer", "/board/"),
        ("leader", "/leader/"),
    ],
)
def test_everybody_begins_with_the_own_page(role, first):
    assert browser_of(MembershipFactory(role=role).user).get("/")["Location"] == first


@pytest.mark.parametrize(
    ("role", "shown"), [("judge", True), ("reporter", True), ("viewer", False)]
)
def test_who_may_import_anything_is_shown_the_way(role, shown):
    page = browser_of(MembershipFactory(role=role).user).get("/workbench/")
    assert ('href="/workbench/imports/"' in page.content.decode()) == shown


def test_only_administrators_are_shown_the_way_to_the_admin_site():
    link = 'href="/admin/"'
    assert link in browser_of(AdministratorFactory()).get("/workbench/").content.decode()
    for role in ("reporter", "head", "supervisor", "viewer", "leader", "judge"):
        page = browser_of(MembershipFactory(role=role).user).get("/workbench/").content.decode()
        assert link not in page
        assert 'href="/workbench/registers/"' in page


@pytest.mark.parametrize("role", ["reporter", "head", "supervisor", "viewer", "leader", "judge"])
def test_everybody_finds_the_registers_that_are_his_to_keep_and_each_opens(role):
    browser = browser_of(MembershipFactory(role=role).user)
    groups = browser.get("/workbench/registers/").context["groups"]
    found = {
        each["model"]._meta.label: each["admin_url"] for one in groups for each in one["models"]
    }
    writes = {
        "reporter": {"projects.Project", "projects.ProgrammeEntry"},
        "supervisor": {"projects.LightPolicy", "notifications.Webhook", "targets.Target"},
    }
    own = {"notifications.TierOptOut", "notifications.CalendarFeed"}
    assert own | writes.get(role, set()) <= found.keys()
    # What has its page, and is nobody's to enter here, is not among them.
    assert not {"projects.HandoverStep", "projects.InspectionResult"} & found.keys()
    assert ("projects.Project" in found) == (role in ("reporter", "head", "supervisor"))
    for address in found.values():
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    ("page", "register", "roles"),
    [
        ("projects", "projects/project", {"reporter", "head", "supervisor"}),
        ("programmes", "projects/programme", {"supervisor"}),
        ("targets", "targets/target", {"supervisor"}),
        ("inspections", "projects/inspectionround", {"supervisor"}),
    ],
)
def test_who_registers_what_a_page_lists_is_led_there(page, register, roles):
    for role in ("reporter", "head", "supervisor", "viewer", "leader", "judge"):
        browser = browser_of(MembershipFactory(role=role).user)
        shown = browser.get(f"/workbench/{page}/").content.decode()
        assert (f'href="/admin/{register}/add/"' in shown) == (role in roles)


def test_signing_out_takes_a_click_that_no_other_site_can_make():
    browser = browser_of(MembershipFactory().user)
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/workbench/").status_code == 302


def test_a_part_of_a_page_takes_the_whole_page_to_the_sign_in():
    answer = Client().get("/workbench/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in/"


def test_pages_are_compressed_but_not_what_the_api_answers():
    browser = browser_of(MembershipFactory(role="viewer").user)
    headers = {"Accept-Encoding": "gzip"}
    page = browser.get("/workbench/", headers=headers)
    assert page["Content-Encoding"] == "gzip"
    assert "<!DOCTYPE html>" in gzip.decompress(page.content).decode()
    assert "Content-Encoding" not in browser.get("/api/v1/departments/", headers=headers)


def test_scripts_are_compressed_and_kept_by_the_browser():
    answer = Client().get(
        "/static/portfolio/vendor/echarts.min.js", headers={"Accept-Encoding": "gzip"}
    )
    assert answer["Content-Encoding"] == "gzip"
    assert "max-age=3600" in answer["Cache-Control"]
    assert len(b"".join(answer.streaming_content)) < 400_000
