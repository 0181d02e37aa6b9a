"""The steps of problems, hand-over and later dates, and evidence, as buttons and forms."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portfolio.core import clock
from projects.evidence.models import EvidenceFile
from projects.funding.models import FundingApplication
from projects.milestones.models import HandoverStep
from projects.problems.models import Problem
from tests import admin_pages as pages
from tests import factories


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def buttons(client, row) -> set[str]:
    page = client.get(pages.url(row))
    assert page.status_code == 200
    return {each["path"].rstrip("/").rpartition("/")[2] for each in page.context["actions_detail"]}


def step(client, row, name, **typed):
    address = pages.url(row, name)
    assert client.get(address).status_code == 200
    return client.post(address, typed)


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


def test_a_milestone_is_handed_over_and_reported_by_buttons():
    milestone = factories.MilestoneFactory()
    supervisor = pages.supervisor()
    department = pages.reporter_of(milestone.project.lead_department)
    assert "hand-over-assign" in buttons(supervisor, milestone)
    assert step(supervisor, milestone, "hand-over-assign").status_code == 302
    assert HandoverStep.objects.get().notice_number == "督办〔2025〕1号"
    assert "hand-over-report" in buttons(department, milestone)
    assert step(department, milestone, "hand-over-report", text="八成").status_code == 302
    typed = {"reason": "等待批复", "parked_until": "2025-12-01"}
    assert step(supervisor, milestone, "hand-over-park", **typed).status_code == 302
    # What is not done is not closed: there is no button for it.
    assert "hand-over-close" not in buttons(supervisor, milestone)
    page = supervisor.get(pages.url(milestone)).content.decode()
    assert "督办〔2025〕1号" in page


def test_a_later_date_is_signed_and_granted_by_buttons():
    extension = factories.AskedExtensionFactory()
    department = extension.milestone.project.lead_department
    head = pages.signed_in(factories.MembershipFactory(role="head", department=department).user)
    supervisor = pages.supervisor()
    assert not {"sign", "grant", "refuse"} & buttons(supervisor, extension)
    assert step(head, extension, "sign").status_code == 302
    assert {"grant", "refuse"} <= buttons(supervisor, extension)
    assert step(supervisor, extension, "grant", note="同意").status_code == 302
    extension.milestone.refresh_from_db()
    assert extension.milestone.due_on == dt.date(2025, 10, 20)


def test_a_leaders_decision_is_no_supervisors_button():
    extension = factories.SignedExtensionFactory(decider="leader")
    assert not {"grant", "refuse"} & buttons(pages.supervisor(), extension)
    leader = factories.MembershipFactory(role="leader").user
    assert {"grant", "refuse"} <= buttons(pages.signed_in(leader), extension)


class TestEvidence:
    def send(self, client, project, name, content):
        file = SimpleUploadedFile(name, content)
        typed = {"project": project.pk, "subject_kind": "", "subject_id": "", "file": file}
        return client.post(pages.add_url(EvidenceFile), typed)

    def test_a_file_is_sent_by_the_form_and_downloaded_from_its_page(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        project = factories.ProjectFactory()
        client = pages.reporter_of(project.lead_department)
        assert self.send(client, project, "验收.pdf", b"%PDF-1.7\n%%EOF").status_code == 302
        row = EvidenceFile.objects.get()
        assert row.name == "验收.pdf"
        page = client.get(pages.url(row)).content.decode()
        address = f"/api/v1/evidence-files/{row.pk}/content"
        assert address in page
        assert client.get(address).status_code == 200

    def test_a_refusal_stands_in_the_form(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        project = factories.ProjectFactory()
        client = pages.reporter_of(project.lead_department)
        response = self.send(client, project, "改名.jpg", b"%PDF-1.7\n%%EOF")
        assert "扩展名被改过" in pages.errors(response)
        assert EvidenceFile.objects.count() == 0
