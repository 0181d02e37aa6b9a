"""What holds for every page: who gets in, what it may load, that it is whole."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from portfolio.pages.kit.page import CONTENT_SECURITY_POLICY
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

PAGES = [
    "workbench", "workbench-returns", "workbench-returns-month", "workbench-returns-confirm",
    "workbench-returns-accept", "workbench-problems", "workbench-inspections",
    "workbench-projects", "workbench-targets", "workbench-extensions",
    "workbench-imports", "workbench-exports", "workbench-registers",
    "workbench-projects-programmes", "leader", "board",
]  # fmt: skip


def browser_of(user) -> Client:
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend="projects.auth_backend.TableBackend")
    return client


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_to_sign_in_and_leads_back(name):
    asked = f"{reverse(name)}?a=1"
    location = Client().get(asked)["Location"]
    assert location == f"/sign-in/?{urlencode({'next': asked})}"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["reporter", "head", "supervisor", "judge", "leader", "viewer"])
def test_every_role_can_open_every_page_and_it_loads_nothing_from_elsewhere(name, role):
    page = browser_of(MembershipFactory(role=role).user).get(reverse(name))
    assert page.status_code == 200
    assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    text = page.content.decode()
    assert 'style="' not in text
    assert "<script>" not in text
