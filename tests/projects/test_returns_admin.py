"""Monthly returns and lights on the admin site, as a clerk uses it."""

import datetime as dt

import pytest
from django.test import Client

from portfolio.core import clock
from projects.lights.models import LightExemption, LightOverride, LightPolicy, MonthlyLight
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck
from projects.tasks import lights_of_last_month
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def autumn():
    with clock.at(dt.datetime(2025, 9, 23, 10, tzinfo=clock.CITY_TIME)):
        yield


def head_of(department) -> Client:
    return pages.signed_in(factories.MembershipFactory(role="head", department=department).user)


def verb(row, name: str) -> str:
    """Returns the address of a button on the row's page."""
    model = f"{row._meta.app_label}/{row._meta.model_name}"
    return f"/admin/{model}/{row.pk}/{name}/"


def test_a_month_is_opened_from_the_list_of_months():
    entry = factories.ProgrammeEntryFactory()
    supervisor = pages.supervisor()
    made = supervisor.post(pages.add_url(ReturnPeriod), {"year": 2025, "month": 8})
    assert made.status_code == 302, pages.errors(made)
    assert ProgressReturn.objects.get().project == entry.project
    refused = supervisor.post(pages.add_url(ReturnPeriod), {"year": 2025, "month": 11})
    assert "尚未开始" in pages.errors(refused)


def test_a_reporter_fills_in_a_return_and_the_buttons_take_it_to_acceptance():
    row = factories.ProgressReturnFactory()
    department = row.project.lead_department
    reporter = pages.reporter_of(department)
    typed = {"investment_reported": "10", "physical_progress": "40", "work_done": "封顶"}
    assert pages.save(reporter, pages.url(row), **typed).status_code == 302
    office = pages.reporter_of(factories.ProgrammeOfficeFactory())
    for client, name, state in (
        (reporter, "submit", "submitted"),
        (head_of(department), "confirm", "confirmed"),
        (office, "accept", "accepted"),
    ):
        page = client.get(pages.url(row)).content.decode()
        assert f"/{name}" in page, name
        done = client.post(verb(row, name), {})
        assert done.status_code == 302, name
        row.refresh_from_db()
        assert row.state == state
    assert "/correct" in reporter.get(pages.url(row)).content.decode()


def test_a_return_is_sent_back_with_a_reason():
    row = factories.AcceptedReturnFactory(state="submitted")
    head = head_of(row.project.lead_department)
    assert head.post(verb(row, "send-back"), {}).status_code == 200
    assert head.post(verb(row, "send-back"), {"reason": "数字不实"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.sent_back_reason) == ("sent_back", "数字不实")


def test_a_button_that_is_not_theirs_is_refused():
    row = factories.AcceptedReturnFactory(state="submitted")
    reporter = pages.reporter_of(row.project.lead_department)
    assert reporter.post(verb(row, "confirm"), {}).status_code == 403
    row.refresh_from_db()
    assert row.state == "submitted"


def test_what_is_submitted_is_read_only():
    row = factories.AcceptedReturnFactory(state="submitted")
    page = pages.reporter_of(row.project.lead_department).get(pages.url(row))
    assert page.status_code == 200
    assert pages.field_names(page) == set()


def test_a_head_confirms_the_chosen_at_once():
    one = factories.AcceptedReturnFactory(state="submitted")
    department = one.project.lead_department
    two = factories.AcceptedReturnFactory(state="submitted", project__lead_department=department)
    body = {"action": "confirm_selected", "_selected_action": [one.pk, two.pk]}
    head = head_of(department)
    assert head.post(pages.list_url(ProgressReturn), body).status_code == 302
    assert set(ProgressReturn.objects.values_list("state", flat=True)) == {"confirmed"}


def test_a_supervisor_records_a_spot_check():
    accepted = factories.AcceptedReturnFactory()
    body = {
        "project": accepted.project.pk, "checked_on": "2025-09-20", "progress_found": "30",
        "found": "二层未封顶",
    }  # fmt: skip
    made = pages.supervisor().post(pages.add_url(SpotCheck), body)
    assert made.status_code == 302, pages.errors(made)
    check = SpotCheck.objects.get()
    assert (check.progress_return, check.progress_reported) == (accepted, 40)
    assert "-10" in pages.supervisor().get(pages.list_url(SpotCheck)).content.decode()


def test_a_supervisor_keeps_a_months_lights():
    factories.ProjectFactory()
    supervisor = pages.supervisor()
    made = supervisor.post(pages.add_url(MonthlyLight), {"year": 2025, "month": 8})
    assert made.status_code == 302, pages.errors(made)
    assert MonthlyLight.objects.get().colour == "grey"
    assert "数据不足" in supervisor.get(pages.list_url(MonthlyLight)).content.decode()


def test_a_new_version_of_the_policy_is_written_with_its_rules():
    supervisor = pages.supervisor()
    body = {
        "in_force_from": "2025-10-01",
        "note": "从严",
        "rules-TOTAL_FORMS": "2",
        "rules-INITIAL_FORMS": "0",
        "rules-0-measure": "points_behind",
        "rules-0-above": "5",
        "rules-0-colour": "yellow",
        "rules-0-reason": "落后 {value} 个百分点",
        "rules-1-measure": "",
        "rules-1-above": "0",
        "rules-1-colour": "",
        "rules-1-reason": "",
    }
    made = supervisor.post(pages.add_url(LightPolicy), body)
    assert made.status_code == 302, pages.errors(made)
    policy = LightPolicy.objects.get()
    assert [(rule.position, rule.above) for rule in policy.rules.all()] == [(1, 5)]
    assert "落后" in supervisor.get(pages.url(policy)).content.decode()
    without = supervisor.post(
        pages.add_url(LightPolicy), body | {"rules-TOTAL_FORMS": "0", "in_force_from": "2025-10-02"}
    )
    assert "至少写一条规则" in pages.errors(without)


def test_a_supervisor_overrides_a_light_and_exempts_a_lapse():
    project = factories.ProjectFactory()
    supervisor = pages.supervisor()
    made = supervisor.post(
        pages.add_url(LightOverride),
        {
            "project": project.pk, "colour": "red", "reason": "事故",
            "starts_on": "2025-09-23", "ends_on": "2025-10-08",
        },
    )  # fmt: skip
    assert made.status_code == 302, pages.errors(made)
    made = supervisor.post(
        pages.add_url(LightExemption),
        {
            "project": project.pk, "measure": "points_behind", "reason": "文物发掘",
            "until": "2025-10-31",
        },
    )  # fmt: skip
    assert made.status_code == 302, pages.errors(made)
    assert LightOverride.objects.get().set_by == LightExemption.objects.get().granted_by


def test_the_lights_of_the_month_that_is_over_are_kept_by_the_machine_itself():
    factories.ProjectFactory()
    lights_of_last_month()
    lights_of_last_month()
    kept = MonthlyLight.objects.get()
    assert (kept.year, kept.month) == (2025, 8)
