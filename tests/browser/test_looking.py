"""What looks at the pages sees what is wrong with one: a check that cannot fail checks nothing."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.looking import check_accessible, check_chinese, check_fits, check_targets

pytestmark = pytest.mark.browser


@pytest.fixture
def page(windows):
    found = windows.open(PHONE)
    found.goto("/sign-in/")
    return found


def complaints_of(windows) -> list[str]:
    """Takes the complaints, so that they do not fail the test that wanted them."""
    found = list(windows.complaints)
    windows.complaints.clear()
    return found


def test_the_page_itself_passes(page):
    for check in (check_accessible, check_fits, check_targets, check_chinese):
        check(page)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("label => label.removeAttribute('for')", "label"),
        ("label => label.innerHTML = '<img src=\"/static/portfolio/icon.svg\">'", "image-alt"),
        ("label => label.classList.add('spoilt')", "color-contrast"),
    ],
)
def test_what_keeps_people_out_is_found(page, spoil, rule):
    # A style sheet of the page's own would be blocked; a constructed one is the tester's.
    page.evaluate(
        "() => { const sheet = new CSSStyleSheet();"
        " sheet.replaceSync('.spoilt { color: #aaa !important }');"
        " document.adoptedStyleSheets = [sheet]; }"
    )
    page.locator("label").first.evaluate(spoil)
    with pytest.raises(AssertionError, match=rule):
        check_accessible(page)


def test_a_page_that_scrolls_sideways_is_found(page):
    page.locator("h1").evaluate("heading => { heading.style.width = '700px'; }")
    with pytest.raises(AssertionError, match="px wide in 360 px"):
        check_fits(page)


def test_an_english_word_is_found(page):
    page.locator("h1").evaluate("heading => { heading.innerText = 'BT-2025-0001.csv sign in'; }")
    with pytest.raises(AssertionError, match="sign"):
        check_chinese(page)


def test_a_button_that_a_finger_misses_is_found(page):
    page.locator("button").last.evaluate(
        "button => { button.style.minHeight = 0; button.style.padding = 0;"
        " button.style.lineHeight = '20px'; }"
    )
    with pytest.raises(AssertionError, match="登录"):
        check_targets(page)


def test_an_error_of_a_script_is_a_complaint(windows, page):
    page.evaluate("setTimeout(() => { throw new Error('broken'); })")
    page.wait_for_timeout(50)
    assert complaints_of(windows) == ["script: broken"]


def test_a_style_that_the_policy_blocks_is_a_complaint(windows, page):
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(50)
    (told,) = complaints_of(windows)
    assert "Content Security Policy" in told


def test_a_request_to_another_host_is_a_complaint(windows, page):
    page.evaluate("fetch('http://elsewhere.example/').catch(() => {})")
    page.wait_for_timeout(50)
    assert any("elsewhere.example" in each for each in complaints_of(windows))


def test_an_answer_that_is_an_error_is_a_complaint(windows, page):
    page.goto("/no-such-page/")
    assert complaints_of(windows) == [f"404: {windows.site}/no-such-page/"]


def test_a_request_that_fails_is_a_complaint(windows, page):
    page.route("**/static/**", lambda route: route.abort("connectionreset"))
    page.reload()
    told = complaints_of(windows)
    assert told
    assert all(each.startswith("net::ERR_CONNECTION_RESET") for each in told)
