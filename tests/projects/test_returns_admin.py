"""Monthly returns and lights on the admin site, as a clerk uses it."""

import datetime as dt

import pytest

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


def test_returns_and_checks_are_read_there_and_made_on_their_pages():
    row = factories.AcceptedReturnFactory(state="sent_back")
    check = factories.SpotCheckFactory(progress_return=factories.AcceptedReturnFactory())
    office = factories.ProgrammeOfficeFactory()
    for client in (
        pages.reporter_of(row.project.lead_department),
        pages.reporter_of(office),
        pages.supervisor(),
        pages.administrator(),
    ):
        for one in (row, row.period):
            page = client.get(pages.url(one))
            assert page.status_code == 200
            assert pages.field_names(page) == set()
            assert client.post(pages.url(one), {"investment_reported": "1"}).status_code == 403
        for model in (ReturnPeriod, ProgressReturn, SpotCheck):
            assert client.get(pages.add_url(model)).status_code == 403
    assert "-10" in pages.supervisor().get(pages.list_url(SpotCheck)).content.decode()
    assert pages.supervisor().get(pages.url(check)).status_code == 200


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
