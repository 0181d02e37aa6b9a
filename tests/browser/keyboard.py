"""Getting about by keyboard alone."""

from playwright.sync_api import Locator, Page


def press_tab_until(page: Page, wanted: Locator) -> None:
    """Goes on by Tab alone until the element has the focus."""
    for _each in range(80):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never comes there")
