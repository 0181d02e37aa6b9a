"""What holds for every page of one row: who gets in, what it may load, that it is in Chinese."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from portfolio.pages.kit.page import CONTENT_SECURITY_POLICY
from projects.programmes.services import entry_approve
from tests.factories import (
    AcceptedReturnFactory,
    AssignedProblemFactory,
    EvidenceFileFactory,
    FundingApplicationFactory,
    HandoverStepFactory,
    LightOverrideFactory,
    MonthlyLightFactory,
    PlanPointFactory,
    ProgrammeEntryFactory,
    SignedExtensionFactory,
    SpotCheckFactory,
    TargetPartFactory,
    WorkItemEvidenceFactory,
    WorkItemStepFactory,
)
from tests.pages.steps import browser_of, person, september

__all__ = ["september"]

pytestmark = pytest.mark.django_db

PAGES = [
    "workbench-projects-project", "workbench-projects-history", "workbench-milestone",
    "workbench-extensions-extension", "workbench-problems-problem", "workbench-targets-target",
    "workbench-work-item", "workbench-projects-programme", "workbench-projects-entry",
]  # fmt: skip


@pytest.fixture
def rows() -> dict[str, int]:
    """A row for each page, with something of everything that it shows."""
    extension = SignedExtensionFactory(requested_by__name="申请人")
    milestone, project = extension.milestone, extension.milestone.project
    HandoverStepFactory(milestone=milestone)
    problem = AssignedProblemFactory(project=project, raised_by__name="提出人")
    entry = ProgrammeEntryFactory(project=project, programme__title="2025年重大项目计划")
    PlanPointFactory(entry=entry, progress=50)
    entry_approve(entry=entry, by=None)
    for factory in (AcceptedReturnFactory, FundingApplicationFactory,
                    SpotCheckFactory, LightOverrideFactory, MonthlyLightFactory):  # fmt: skip
        factory(project=project)
    EvidenceFileFactory(project=project, name="照片", subject_kind="milestone",
                        subject_id=milestone.pk)  # fmt: skip
    step = WorkItemStepFactory()
    WorkItemEvidenceFactory(work_item=step.work_item, name="照片")
    target = step.work_item.target
    TargetPartFactory(target=target)
    task = (project, project, milestone, extension, problem, target, step.work_item)
    keys = (*task, entry.programme, entry)
    return {name: row.pk for name, row in zip(PAGES, keys, strict=True)}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_row_asks_to_sign_in(name):
    assert Client().get(reverse(name, args=[1]))["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("role", ["reporter", "head", "supervisor", "judge", "leader", "viewer"])
def test_every_role_gets_each_page_whole_or_does_not_find_it(rows, role):
    browser = browser_of(person(role))
    hidden = set()
    for name in PAGES:
        page = browser.get(reverse(name, args=[rows[name]]))
        if page.status_code == 404:
            hidden.add(name)
            continue
        assert page.status_code == 200
        assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        text = page.content.decode()
        assert 'style="' not in text
        assert "<script>" not in text
        assert text.count("<h1") == 1
        identifiers = re.findall(r'\bid="([^"]+)"', text)
        assert len(identifiers) == len(set(identifiers))
    concerned = {"workbench-extensions-extension", "workbench-problems-problem"}
    assert hidden == (concerned if role in ("reporter", "head", "judge") else set())


def visible(page: str) -> str:
    body = re.sub(r"(?s)<(head|script|style)\b.*?</\1>", " ", page)
    return html.unescape(re.sub(r"(?s)<[^>]+>", " ", body))


@pytest.mark.parametrize("name", PAGES)
def test_no_english_word_stands_on_a_chinese_page(rows, name):
    page = browser_of(person("supervisor")).get(reverse(name, args=[rows[name]]))
    assert re.findall(r"[A-Za-z][A-Za-z_]{2,}", visible(page.content.decode())) == []
