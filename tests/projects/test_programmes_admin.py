"""The programme on the admin site: plan by month, and joining."""

import datetime as dt
from decimal import Decimal

import pytest

from portfolio.core import clock
from projects.programmes.models import ProgrammeEntry
from projects.programmes.services import programme_approve
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


def test_who_comes_after_the_approval_joins(entry):
    client = pages.supervisor()
    programme = entry.programme
    programme_approve(programme=programme, by=None, approved_on=dt.date(2025, 2, 1))
    typed = {"programme": programme.pk, "project": factories.ProjectFactory().pk}
    bare = pages.save(client, pages.add_url(ProgrammeEntry), **typed)
    assert "须写明调入日期和依据" in pages.errors(bare)
    joining = {"joined_on": "2025-06-01", "join_approval": "包政办〔2025〕6 号"}
    joined = pages.save(client, pages.add_url(ProgrammeEntry), **typed, **joining)
    assert joined.status_code == 302
    assert programme.entries.get(joined_on=dt.date(2025, 6, 1))
