"""docs/how-to/subscribe-a-report.md: each of its calls is answered, its table is true."""

import datetime as dt
import re
import shlex

import pytest
from django.conf import settings

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.subscriptions.models import ReportSubscription
from portfolio.reports.subscriptions.rhythm import NUMBERS
from projects.people.models import User
from tests import clients, factories

PAGE = (settings.BASE_DIR / "docs" / "how-to" / "subscribe-a-report.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^call (.*)$", PAGE, re.MULTILINE)


@pytest.mark.django_db
def test_each_call_of_the_page_is_answered():
    with clock.at(dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)):
        client = clients.supervisor()
        reader = User.objects.get()
        first = 1 + factories.ReportSubscriptionFactory(owner=reader).pk
        for call in CALLS:
            path, *words = shlex.split(call, comments=True)
            path = path.replace("subscriptions/1/", f"subscriptions/{first}/")
            answer = asked(client, f"/api/v1/{path}", words, reader.pk)
            assert answer.status_code in (200, 201), (call, answer.content)

        weekly, bulletin = ReportSubscription.objects.order_by("pk")[1:]
    assert (weekly.pk, weekly.active, weekly.until) == (first, False, dt.date(2099, 12, 31))
    assert (bulletin.report, bulletin.time_of_day) == ("bulletin", dt.time(8, 30))


def asked(client, path, words, reader):
    if "-d" not in words:
        return client.get(path)
    body = words[words.index("-d") + 1].replace('"recipients": [1]', f'"recipients": [{reader}]')
    send = client.patch if "PATCH" in words else client.post
    headers = {"If-Match": "*"} if "PATCH" in words else {}
    return send(path, body, content_type="application/json", headers=headers)


def test_the_table_has_every_rhythm_with_its_numbers():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) to (\d+) \|", PAGE, re.MULTILINE)
    assert {name: (int(first), int(last)) for name, first, last in rows} == {
        name: (numbers[0], numbers[-1]) for name, numbers in NUMBERS.items()
    }
