"""What is looked at on any page: axe's rules, and whether it fits a narrow screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def check_accessible(page: Page) -> None:
    """Fails on any violation of WCAG 2.2, A or AA, that axe-core finds."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.response["passes"], "axe looked at nothing"
    told = [
        f"{each['id']}: {each['help']}\n    "
        + "\n    ".join(node["html"] for node in each["nodes"])
        for each in found.response["violations"]
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)


def check_fits(page: Page) -> None:
    """Fails when the page as a whole scrolls sideways."""
    width, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= room, f"{page.url} is {width} px wide in {room} px"
