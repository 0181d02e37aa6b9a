"""Log lines: what they say, and the secrets of addresses that they leave out."""

import logging
import sys

import orjson
import pytest

from portfolio.core.api.log_lines import JsonLines

SECRET = "q0Zx-7Jt_v9" + "A" * 32


def line_of(message, *args, exc_info=None):
    record = logging.LogRecord("django.request", 30, __file__, 1, message, args, exc_info)
    return JsonLines().format(record)


@pytest.mark.parametrize(
    "path",
    [
        f"/calendar/{SECRET}.ics",
        f"/calendar/{SECRET}",
        f"/calendar//{SECRET}.ics",
        f"//calendar/{SECRET}.ics/",
        f"/Calendar/{SECRET}.ics",
        f"/calendar/{SECRET}.ics:80",
        f"/calendar/=3D{SECRET}.ics",
        f"/acknowledge/12/{SECRET}/",
        f"/acknowledge//12//{SECRET}",
        f"/acknowledge/12/:{SECRET}",
        f"/ACKNOWLEDGE/12/{SECRET}）",
        f"http://ducha.example/acknowledge/12/{SECRET}/?utm=1",
    ],
)
def test_an_address_with_a_secret_is_told_without_it_however_it_was_mistyped(path):
    line = line_of("Not Found: %s", path)
    assert SECRET not in line
    assert "Not Found: " in orjson.loads(line)["message"]


def test_a_secret_stays_out_of_a_traceback_too():
    try:
        raise ValueError(f"no view for '/calendar/{SECRET}.ics'")
    except ValueError:
        assert SECRET not in line_of("failed", exc_info=sys.exc_info())


def test_other_addresses_are_told_whole():
    said = "Not Found: /api/v1/calendar-feeds/17/ and /go/milestone/42/ and /calendar"
    assert orjson.loads(line_of(said))["message"] == said
