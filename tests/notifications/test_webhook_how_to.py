"""docs/how-to/receive-webhooks.md: what it tells receivers to do works with what is sent."""

import json
import re

import pytest
import time_machine
from django.conf import settings

from notifications.webhooks.signatures import signature

PAGE = (settings.BASE_DIR / "docs" / "how-to" / "receive-webhooks.md").read_text(encoding="utf-8")
SECRET, BODY = "whsec_0123", '{"event":"reminders","名":"值"}'.encode()
NOW = 1_758_589_200  # at nine on 2025-09-23


@pytest.fixture
def is_genuine():
    """The page's own function, as a receiver copies it."""
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    copied: dict = {}
    exec(snippet, copied)
    with time_machine.travel(NOW, tick=False):
        yield copied["is_genuine"]


def test_the_pages_snippet_believes_a_call_of_ours(is_genuine):
    assert is_genuine(signature(secret=SECRET, body=BODY, at=NOW), BODY, SECRET)


@pytest.mark.parametrize(
    ("header", "body", "secret"),
    [
        (signature(secret=SECRET, body=BODY, at=NOW), BODY + b" ", SECRET),
        (signature(secret=SECRET, body=BODY, at=NOW), BODY, "whsec_other"),
        (signature(secret=SECRET, body=BODY, at=NOW - 600), BODY, SECRET),
        (signature(secret=SECRET, body=BODY, at=NOW - 600).replace(f"{NOW - 600}", f"{NOW}"),
         BODY, SECRET),
        ("", BODY, SECRET),
        ("t=x,v1=y", BODY, SECRET),
        (f"t={NOW}", BODY, SECRET),
    ],
)  # fmt: skip
def test_the_pages_snippet_believes_nothing_else(is_genuine, header, body, secret):
    assert not is_genuine(header, body, secret)


def test_the_pages_example_has_the_shape_of_what_is_sent():
    """The shape itself is held in test_webhooks.py; here, that the page names the same fields."""
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    told = json.loads(example)
    assert set(told) == {"event", "id", "day", "recipient", "items", "sent_at"}
    assert set(told["recipient"]) == {"address", "name", "user"}
    assert set(told["items"][0]) == {
        "reminder", "tier", "tier_display", "ordinal", "late", "kind", "kind_display", "object_id",
        "title", "due_on", "days_left", "department", "commitment", "section", "link",
    }  # fmt: skip
