"""Steps on pages, taken as a browser takes them."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portfolio.core import clock
from tests.factories import MembershipFactory
from tests.pages.test_every_page import browser_of
from tests.projects.test_evidence import JPEG

TODAY = dt.date(2025, 9, 23)


@contextmanager
def on(day: dt.date = TODAY):
    with clock.at(dt.datetime.combine(day, dt.time(10), tzinfo=clock.CITY_TIME)):
        yield


@pytest.fixture(autouse=True)
def september(db):
    """It is 2025-09-23, a Tuesday."""
    with on():
        yield


@pytest.fixture(autouse=True)
def files_go_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def person(role: str, department=None):
    given = {"department": department} if department else {}
    return MembershipFactory(role=role, **given).user


def photo(name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, JPEG, content_type="image/jpeg")


def names_of_steps(response) -> list[str]:
    return [shown.step.name for shown in response.context["steps"]]


def take(user, address: str, step: str, **typed):
    """Sends the step's form with what the page put into it, and what is typed over it."""
    browser = browser_of(user)
    shown = browser.get(address).context["steps"]
    [form] = [each.form for each in shown if each.step.name == step]
    sent = {"step": step}
    for field in form:
        value = typed.pop(field.name, field.value())
        if value not in (None, ""):
            sent[field.html_name] = value
    assert not typed, f"no such field: {typed}"
    return browser.post(address, sent, follow=True)


def words(response) -> str:
    return response.content.decode()
