"""What is looked at on any page: axe's rules, whether it fits a narrow screen, whether a finger
meets what is to be pressed, whether all of it is Chinese."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Names of kinds of files, of a program and a key; codes and names of files bear a digit.
KNOWN_WORDS = {"csv", "xlsx", "pdf", "excel", "word", "alt"}
CODE = re.compile(r"[\w./-]*\d[\w./-]*")
WORD = re.compile(r"[A-Za-z]{3,}")
# What is pressed and is lower than the rules allow. Links in running text are free of them; so is
# what a screen reader alone meets, and a box whose label is pressed.
LOW = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .map((each) => [each, each.closest("label") || each])
  .filter(([each, pressed]) => {
    const { width, height } = pressed.getBoundingClientRect();
    const inText = each.tagName === "A" && getComputedStyle(each).display === "inline";
    return width > 1 && height > 1 && height < 24 && !inText && !each.closest(".skip");
  })
  .map(([each]) => each.outerHTML)"""


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


def check_targets(page: Page) -> None:
    """Fails when something to be pressed is lower than 24 px."""
    low = page.evaluate(LOW)
    assert not low, f"{page.url}: low\n" + "\n".join(low)


def check_chinese(page: Page) -> None:
    """Fails on an English word, what is folded away included."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    text = CODE.sub(" ", page.evaluate("document.body.innerText"))
    words = {word for word in WORD.findall(text) if word.lower() not in KNOWN_WORDS}
    assert not words, f"{page.url}: {sorted(words)}"
