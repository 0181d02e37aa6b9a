"""docs/glossary.md maps what people read to what the code says, one to one."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import translation

from portfolio.pages.kit.navigation import list_navigation_items
from projects.choices import Role
from projects.deadlines import kind_labels
from tests import factories

APPS = ("projects", "targets", "notifications", "reports")
ROW = re.compile(r"\| ([^|]+) \| `([^`]+)` \|")


def sections() -> dict[str, list[tuple[str, str]]]:
    """Returns heading → rows (Chinese, code) of each table in the glossary."""
    text = (settings.BASE_DIR / "docs" / "glossary.md").read_text(encoding="utf-8")
    parts = re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (ROW.findall(part) for part in parts[2::2]), strict=True))


def rows_under(name: str) -> list[tuple[str, str]]:
    return next(rows for heading, rows in sections().items() if f"`{name}`" in heading)


def our_models() -> list[type[models.Model]]:
    found = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return [model for model in found if not hasattr(model, "pgh_tracked_model")]


def code_lists() -> list[type[models.TextChoices]]:
    return [
        each
        for each in models.TextChoices.__subclasses__()
        if each.__module__.startswith(tuple(f"{apps.get_app_config(app).name}." for app in APPS))
    ]


@pytest.fixture(autouse=True)
def in_chinese():
    with translation.override("zh-hans"):
        yield


def test_every_model_stands_in_it_under_the_name_that_people_read():
    wanted = {(str(model._meta.verbose_name), model.__name__) for model in our_models()}
    written = [row for heading, rows in sections().items() if heading in APPS for row in rows]
    assert sorted(written) == sorted(wanted)


@pytest.mark.parametrize("choices", code_lists(), ids=lambda each: each.__name__)
def test_every_code_list_stands_in_it(choices):
    wanted = [(str(label), code) for code, label in choices.choices]
    assert rows_under(choices.__name__) == wanted


@pytest.mark.django_db
def test_every_page_of_the_navigation_stands_in_it():
    shown = {
        (str(way.label), way.name)
        for user in (
            factories.AdministratorFactory(),
            factories.MembershipFactory(role=Role.LEADER).user,
        )
        for way in list_navigation_items(user)
    }
    assert sorted(sections()["Pages"]) == sorted(shown)


def test_every_kind_of_deadline_stands_in_it():
    wanted = [(str(label), code) for code, label in kind_labels().items()]
    assert sections()["Kinds of deadlines"] == wanted


def test_the_fields_in_it_exist_under_the_name_that_people_read():
    known = {
        (str(field.verbose_name), field.name)
        for model in our_models()
        for field in [*model._meta.concrete_fields, *model._meta.many_to_many]
    }
    assert [row for row in sections()["Fields"] if row not in known] == []
