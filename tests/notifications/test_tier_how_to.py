"""docs/how-to/add-a-reminder-tier.md: its rules are accepted, and are the default with one more."""

import datetime as dt
import json
import re

import pytest
from django.conf import settings

from notifications.policies.services import schedules_in_force
from notifications.policies.tiers import ANY, DEFAULT, ENSURED, ScheduleTier
from portfolio.core import clock
from tests import clients
from tests.factories import MembershipFactory, MilestoneFactory

pytestmark = pytest.mark.django_db

PAGE = settings.BASE_DIR / "docs" / "how-to" / "add-a-reminder-tier.md"


def rules() -> list[dict]:
    [text] = re.findall(r"<<'END'\n(.*?)\n +END\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(text)["rules"]


@pytest.fixture(autouse=True)
def in_august():
    with clock.at(dt.datetime(2025, 8, 1, 8, tzinfo=clock.CITY_TIME)):
        yield


def test_the_rules_are_previewed_and_put_in_force():
    MilestoneFactory(project__lead_department=MembershipFactory().department, commitment="ensure")
    supervisor = clients.supervisor()
    preview = clients.post(supervisor, "/api/v1/reminder-preview/?days=30", {"rules": rules()})
    # Due on 2025-09-30: 60 and 30 days ahead.
    assert [row["day"] for row in preview.json()["results"]] == ["2025-08-01", "2025-08-29"]

    answer = clients.post(supervisor, "/api/v1/reminder-policies/", {"rules": rules()})
    assert answer.status_code == 201, answer.content
    assert schedules_in_force(on=dt.date(2025, 8, 1)) == DEFAULT | {
        (ANY, "ensure"): (ScheduleTier("remind", "before", 60), *ENSURED)
    }
