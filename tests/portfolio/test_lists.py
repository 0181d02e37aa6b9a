"""Every list: the shape its serializer declares, a bounded number of queries, a page limit."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.policies.services import reminder_policy_default
from portfolio.core import clock
from portfolio.core.api.rows import row_plan
from portfolio.urls import router
from tests import clients, factories


def some_of(prefix: str, count: int) -> None:
    """Makes rows for the list at the prefix."""
    for number in range(count):
        MAKERS[prefix](number)


def make_extension(number):
    client = clients.administrator()
    milestone = factories.MilestoneFactory(due_on="2099-01-01")
    body = {"milestone": milestone.pk, "new_due_on": "2099-02-01", "reason": "a", "progress": "b"}
    assert clients.post(client, "/api/v1/extension-requests/", body).status_code == 201


def make_score(number):
    entry = factories.InspectionEntryFactory(inspection_round__year=2001 + number)
    judge = factories.InspectionJudgeFactory(inspection_round=entry.inspection_round)
    entry.scores.create(
        inspection_round=entry.inspection_round,
        judge=judge,
        criterion=entry.inspection_round.criteria.get(),
        points=90,
    )


def make_project(number):
    project = factories.ProjectFactory()
    project.supporting_departments.add(factories.DepartmentFactory())


def make_target(number):
    target = factories.TargetFactory()
    target.supporting_departments.add(factories.DepartmentFactory())


def make_measurement(number):
    factories.TargetFactory().measurements.create(period="2025-Q1", value=1, source="统计局")


def make_promise(number):
    """Something of which somebody is told within 30 days."""
    reminder_policy_default()
    milestone = factories.MilestoneFactory(due_on=clock.today() + dt.timedelta(days=7))
    factories.MembershipFactory(department=milestone.project.lead_department)


def make_message(number):
    return factories.MessageFactory()


MAKERS = {
    "departments": lambda n: factories.DepartmentFactory(),
    "users": lambda n: factories.UserFactory(),
    "memberships": lambda n: factories.MembershipFactory(),
    "calendar-days": lambda n: factories.CalendarDayFactory(),
    "programmes": lambda n: factories.ProgrammeFactory(year=2030 + n),
    "programme-entries": lambda n: factories.ProgrammeEntryFactory(programme__year=2030 + n),
    "plan-points": lambda n: factories.PlanPointFactory(entry__programme__year=2030 + n),
    "projects": make_project,
    "milestones": lambda n: factories.MilestoneFactory(),
    "extension-requests": make_extension,
    "hand-over-steps": lambda n: factories.HandoverStepFactory(),
    "problems": lambda n: factories.ProblemFactory(),
    "funding-applications": lambda n: factories.FundingApplicationFactory(),
    "evidence-files": lambda n: factories.EvidenceFileFactory(),
    "inspection-rounds": lambda n: factories.InspectionJudgeFactory(
        inspection_round__year=2001 + n
    ),
    "inspection-entries": lambda n: factories.InspectionEntryFactory(
        inspection_round__year=2001 + n
    ),
    "inspection-scores": make_score,
    "inspection-deductions": lambda n: factories.InspectionEntryFactory(
        inspection_round__year=2001 + n
    ).deductions.create(points=1, reason="通报"),
    "inspection-results": lambda n: factories.PublishedRoundFactory(year=2001 + n),
    "amendments": lambda n: factories.AmendedRoundFactory(year=2001 + n),
    "targets": make_target,
    "target-path-points": lambda n: factories.TargetPathPointFactory(),
    "target-parts": lambda n: factories.TargetPartFactory(),
    "work-items": lambda n: factories.WorkItemFactory(),
    "work-item-steps": lambda n: factories.WorkItemStepFactory(),
    "work-item-evidence": lambda n: factories.WorkItemEvidenceFactory(),
    "measurements": make_measurement,
    "return-periods": lambda n: factories.ProgressReturnFactory(period__year=2030 + n),
    "progress-returns": lambda n: factories.AcceptedReturnFactory(),
    "spot-checks": lambda n: factories.SpotCheckFactory(),
    "monthly-lights": lambda n: factories.MonthlyLightFactory(),
    "light-policies": lambda n: factories.LightPolicyFactory(),
    "light-overrides": lambda n: factories.LightOverrideFactory(),
    "light-exemptions": lambda n: factories.LightExemptionFactory(),
    "reminders": lambda n: factories.ReminderFactory(),
    "messages": make_message,
    "deadlines": lambda n: factories.MilestoneFactory(),
    "reminder-policies": lambda n: factories.ReminderPolicyFactory(),
    "reminder-preview": make_promise,
    "reminder-statistics": lambda n: factories.ReminderFactory(
        message__day=clock.today() - dt.timedelta(days=n)
    ),
    "tier-opt-outs": lambda n: factories.TierOptOutFactory(),
    "calendar-feeds": lambda n: factories.CalendarFeedFactory(),
    "webhooks": lambda n: factories.WebhookFactory(),
    "webhook-deliveries": lambda n: factories.WebhookDeliveryFactory(),
    "exports": lambda n: factories.ExportFactory(),
    "report-subscriptions": lambda n: factories.ReportSubscriptionFactory(),
}
REGISTERED = {prefix: viewset for prefix, viewset, _name in router.registry}
# sign-in (2), count, rows, and one for each relation that hangs on the rows
MOST_QUERIES = {
    "light-policies": 5,
    "inspection-rounds": 7,
    "projects": 5,
    "targets": 6,
    "deadlines": 7,
    "reminder-policies": 5,
    "reminder-preview": 18,
    "reminder-statistics": 5,
    "report-subscriptions": 5,
}
# Rows that are no model's: no instance could be asked what it says.
COMPUTED = {"deadlines", "reminder-preview", "reminder-statistics"}


def test_every_list_is_covered_here():
    assert set(MAKERS) == set(REGISTERED)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", MAKERS)
def test_a_lists_queries_do_not_grow_with_its_rows(prefix):
    client = clients.administrator()
    client.get("/api/v1/auth/me")  # a token's first use of the day is a write of its own
    counts = []
    for more in (2, 8):
        some_of(prefix, more) if more == 2 else some_more(prefix, more)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(f"/api/v1/{prefix}/?page_size=500")
        assert response.status_code == 200
        counts.append(len(captured))
    assert response.json()["count"] >= 8
    assert counts[0] == counts[1] <= MOST_QUERIES.get(prefix, 4)


def some_more(prefix: str, count: int) -> None:
    for number in range(2, 2 + count):
        MAKERS[prefix](number)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", MAKERS)
def test_a_list_gives_at_most_500_rows_a_page(prefix):
    response = clients.administrator().get(f"/api/v1/{prefix}/?page_size=501")
    assert clients.errors_of(response) == {"/page_size": "out_of_range"}


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", sorted(set(MAKERS) - COMPUTED))
def test_rows_say_what_the_serializer_would_say_of_the_instance(prefix):
    some_of(prefix, 2)
    viewset = REGISTERED[prefix]
    rows = viewset.queryset.all()
    if viewset.annotate:
        rows = getattr(rows, viewset.annotate)()
    plan = row_plan(viewset.serializer_class)
    declared = viewset.serializer_class(rows, many=True).data
    for row, expected in zip(plan.rows(rows), declared, strict=True):
        assert row.keys() == expected.keys()
        for name, value in expected.items():
            assert _comparable(row[name]) == _comparable(value), name


def _comparable(value):
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, list):
        return [dict(v) if hasattr(v, "keys") else v for v in value]
    return value


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "history/"])
def test_a_single_row_refuses_an_unknown_parameter_too(address):
    project = factories.ProjectFactory()
    response = clients.viewer().get(f"/api/v1/projects/{project.pk}/{address}?colour=red")
    assert clients.errors_of(response) == {"/colour": "unknown_parameter"}


@pytest.mark.django_db
def test_a_page_number_longer_than_ten_digits_is_refused_not_cut():
    response = clients.viewer().get("/api/v1/projects/?page=10000000000")
    assert clients.errors_of(response) == {"/page": "out_of_range"}


@pytest.mark.django_db
def test_a_wrong_filter_value_is_named_by_its_parameter_not_by_the_column():
    response = clients.viewer().get("/api/v1/milestones/?lead_department=nobody-knows")
    assert clients.errors_of(response) == {"/lead_department": "does_not_exist"}
    response = clients.viewer().get("/api/v1/milestones/?lead_department=²")
    assert clients.errors_of(response) == {"/lead_department": "does_not_exist"}


@pytest.mark.django_db
def test_the_counted_list_of_programmes_keeps_its_order():
    for year in (2031, 2033, 2032):
        factories.ProgrammeFactory(year=year)
    rows = clients.viewer().get("/api/v1/programmes/").json()["results"]
    assert [row["year"] for row in rows] == [2033, 2032, 2031]
