"""The programme on the admin site: plan by month, approval, versions, joining and leaving."""

import datetime as dt
from decimal import Decimal

import pytest

from portfolio.core import clock
from projects.programmes.models import ProgrammeEntry
from projects.programmes.services import entry_approve
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_september():
    with clock.at(dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)):
        yield


@pytest.fixture
def entry():
    return factories.ProgrammeEntryFactory(planned_investment=2000)


def points_of(entry):
    return list(entry.plan_points.order_by("month").values_list("month", "investment"))


def test_a_department_writes_its_plan_by_month_as_a_whole(entry):
    client = pages.reporter_of(entry.project.lead_department)
    factories.PlanPointFactory(entry=entry, month=3, investment=100)
    factories.PlanPointFactory(entry=entry, month=6, investment=800)
    response = pages.save(
        client,
        pages.url(entry),
        **{
            "plan_points-TOTAL_FORMS": 3,
            # row by row, March's 900 would be more than June's 800
            "plan_points-0-investment": "900",
            "plan_points-1-investment": "1000",
            "plan_points-2-month": "12",
            "plan_points-2-investment": "2000",
        },
    )
    assert response.status_code == 302
    assert points_of(entry) == [(3, Decimal(900)), (6, Decimal(1000)), (12, Decimal(2000))]


def test_a_plan_that_falls_is_refused_beside_what_was_typed(entry):
    factories.PlanPointFactory(entry=entry, month=6, investment=800)
    response = pages.save(
        pages.administrator(),
        pages.url(entry),
        **{
            "plan_points-TOTAL_FORMS": 2,
            "plan_points-1-month": "9",
            "plan_points-1-investment": "799",
        },
    )
    assert "不能小于之前的月份" in pages.errors(response)
    assert points_of(entry) == [(6, Decimal(800))]


def test_the_office_approves_on_the_page_and_the_department_cannot(entry):
    own = pages.reporter_of(entry.project.lead_department)
    assert own.get(pages.url(entry, "approve")).status_code == 403
    office = pages.reporter_of(factories.ProgrammeOfficeFactory())
    assert office.get(pages.url(entry, "approve")).status_code == 200
    assert (
        office.post(pages.url(entry, "approve"), {"approved_on": "2025-09-01"}).status_code == 302
    )
    entry.refresh_from_db()
    assert (entry.approved_on, entry.baseline_number) == (dt.date(2025, 9, 1), 1)
    assert office.get(pages.url(entry, "approve")).status_code == 403
    assert "第 1 版" not in office.get(pages.url(entry)).content.decode()


def test_a_new_version_is_made_on_the_page(entry):
    entry_approve(entry=entry, by=None)
    client = pages.supervisor()
    typed = {"planned_investment": "1500", "planned_start": "", "planned_commissioning": ""}
    nameless = client.post(pages.url(entry, "rebaseline"), typed)
    assert nameless.status_code == 200
    assert (
        client.post(pages.url(entry, "rebaseline"), typed | {"reason": "推迟"}).status_code == 302
    )
    entry.refresh_from_db()
    assert (entry.baseline_number, entry.planned_investment) == (2, Decimal(1500))
    page = client.get(pages.url(entry)).content.decode()
    assert "推迟" in page


def test_a_project_leaves_on_the_page(entry):
    client = pages.supervisor()
    typed = {"left_on": "2025-08-01", "leave_approval": "包政办〔2025〕8 号"}
    assert client.post(pages.url(entry, "leave"), typed).status_code == 302
    entry.refresh_from_db()
    assert entry.left_on == dt.date(2025, 8, 1)
    assert client.get(pages.url(entry, "leave")).status_code == 403


def test_the_programme_is_approved_on_its_page_and_who_comes_later_joins(entry):
    client = pages.supervisor()
    programme = entry.programme
    assert client.post(pages.url(programme, "approve"), {"approved_on": ""}).status_code == 200
    assert (
        client.post(pages.url(programme, "approve"), {"approved_on": "2025-02-01"}).status_code
        == 302
    )
    entry.refresh_from_db()
    assert entry.approved_on == dt.date(2025, 2, 1)
    assert client.get(pages.url(programme, "approve")).status_code == 403
    typed = {"programme": programme.pk, "project": factories.ProjectFactory().pk}
    bare = pages.save(client, pages.add_url(ProgrammeEntry), **typed)
    assert "须写明调入日期和依据" in pages.errors(bare)
    joining = {"joined_on": "2025-06-01", "join_approval": "包政办〔2025〕6 号"}
    joined = pages.save(client, pages.add_url(ProgrammeEntry), **typed, **joining)
    assert joined.status_code == 302
    assert programme.entries.get(joined_on=dt.date(2025, 6, 1))
