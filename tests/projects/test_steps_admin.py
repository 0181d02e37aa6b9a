"""What the admin site shows of problems, hand-overs and later dates; money, and evidence."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portfolio.core import clock
from projects.evidence.models import EvidenceFile
from projects.evidence.services import evidence_add
from projects.funding.models import FundingApplication
from projects.problems.models import Problem
from projects.register.models import StageTransition
from tests import admin_pages as pages
from tests import factories


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def test_a_problem_is_read_there_and_handled_on_its_page():
    problem = factories.SolvedProblemFactory()
    department = problem.project.lead_department
    for client in (pages.reporter_of(department), pages.supervisor(), pages.administrator()):
        page = client.get(pages.url(problem))
        assert page.status_code == 200
        assert pages.field_names(page) == set()
        assert client.post(pages.url(problem), {"title": "x"}).status_code == 403
        assert client.post(pages.url(problem, "delete"), {"post": "yes"}).status_code == 403
        assert client.get(pages.add_url(Problem)).status_code == 403


def test_an_application_for_money_is_kept_there_and_registered_on_its_projects_page():
    application = factories.FundingApplicationFactory(state="planned", submitted_on=None)
    client = pages.reporter_of(application.project.lead_department)
    assert client.get(pages.add_url(FundingApplication)).status_code == 403
    typed = {"state": "submitted", "submitted_on": "2025-09-01"}
    assert pages.save(client, pages.url(application), **typed).status_code == 302
    application.refresh_from_db()
    assert application.state == "submitted"
    assert client.post(pages.url(application, "delete"), {"post": "yes"}).status_code == 403
    deleted = pages.supervisor().post(pages.url(application, "delete"), {"post": "yes"})
    assert deleted.status_code == 302
    assert not FundingApplication.objects.exists()


def test_a_hand_over_and_a_later_date_are_read_there_and_stepped_on_their_pages():
    step = factories.HandoverStepFactory()
    extension = factories.AskedExtensionFactory(milestone=step.milestone)
    department = step.milestone.project.lead_department
    for client in (pages.reporter_of(department), pages.supervisor(), pages.administrator()):
        for row in (step, extension):
            page = client.get(pages.url(row))
            assert page.status_code == 200
            assert pages.field_names(page) == set()
            assert client.post(pages.url(row), {"reason": "x"}).status_code == 403
            assert client.post(pages.url(row, "delete"), {"post": "yes"}).status_code == 403
            assert client.get(pages.add_url(type(row))).status_code == 403
        page = client.get(pages.url(step.milestone))
        assert step.notice_number in page.content.decode()
        assert not pages.field_names(page) & {"done_on", "evidence", "forecast_on"}


def test_a_file_is_downloaded_from_its_page_and_added_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    project = factories.ProjectFactory()
    file = SimpleUploadedFile("验收.pdf", b"%PDF-1.7\n%%EOF")
    row = evidence_add(by=None, project=project, file=file)
    client = pages.reporter_of(project.lead_department)
    page = client.get(pages.url(row)).content.decode()
    address = f"/api/v1/evidence-files/{row.pk}/content"
    assert address in page
    assert client.get(address).status_code == 200
    assert client.get(pages.add_url(EvidenceFile)).status_code == 403


def test_a_stage_is_read_there_and_moved_on_its_projects_page():
    move = factories.ProjectFactory().transitions.get()
    for client in (pages.supervisor(), pages.administrator()):
        assert client.get(pages.url(move)).status_code == 200
        assert client.get(pages.add_url(StageTransition)).status_code == 403
