"""Every model's pages open, and their cost does not grow with the rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.calendar.models import CalendarFeed
from notifications.outbox.models import Message, Reminder
from notifications.policies.models import ReminderPolicy, TierOptOut
from notifications.webhooks.models import Webhook, WebhookDelivery
from portfolio.admin_site import PAGES
from portfolio.core.history import past as as_of
from portfolio.reports.exporting.models import Export
from portfolio.reports.subscriptions.models import ReportSubscription
from projects.evidence.models import EvidenceFile
from projects.funding.models import FundingApplication
from projects.inspections.models import (
    Amendment,
    InspectionDeduction,
    InspectionEntry,
    InspectionResult,
    InspectionRound,
    InspectionScore,
)
from projects.inspections.services import score_record
from projects.lights.models import LightExemption, LightOverride, LightPolicy, MonthlyLight
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.people.models import CalendarDay, Department, Membership, PersonalToken, User
from projects.people.services import token_create
from projects.problems.models import Problem
from projects.programmes.models import Programme, ProgrammeEntry
from projects.register.models import Project, StageTransition  # fmt: skip
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck
from targets.models import (
    Measurement,
    Target,
    TargetPart,
    TargetPathPoint,
    WorkItem,
    WorkItemEvidence,
    WorkItemStep,
)
from tests import admin_pages as pages
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def an_extension(number: int) -> None:
    milestone = factories.MilestoneFactory()
    ExtensionRequest.objects.create(
        milestone=milestone,
        due_on_before=milestone.due_on,
        new_due_on="2025-10-31",
        reason="雨季",
        progress="主体完成",
        requested_by=factories.UserFactory(),
        requested_at="2025-09-01T00:00:00Z",
    )


def a_score(number: int) -> None:
    entry = factories.InspectionEntryFactory(
        inspection_round=InspectionRound.objects.first() or factories.OpenRoundFactory()
    )
    judge = factories.InspectionJudgeFactory(inspection_round=entry.inspection_round)
    criterion = entry.inspection_round.criteria.first()
    score_record(
        by=None,
        fields={"entry": entry, "judge": judge, "criterion": criterion, "points": number % 100},
    )


def an_entry(number: int) -> None:
    factories.InspectionEntryFactory(
        inspection_round=InspectionRound.objects.first() or factories.OpenRoundFactory()
    )


def a_programme_entry(number: int) -> None:
    factories.ProgrammeEntryFactory(
        programme=Programme.objects.first() or factories.ProgrammeFactory()
    )


def a_measurement(number: int) -> None:
    Measurement.objects.create(
        target=factories.TargetFactory(),
        period="2025-03",
        value=number,
        source="统计局",
        recorded_by=factories.UserFactory(),
    )


def a_return() -> ProgressReturn:
    return factories.AcceptedReturnFactory()


MAKERS: dict[Any, Callable[[int], Any]] = {
    CalendarFeed: lambda n: factories.CalendarFeedFactory(),
    CalendarDay: lambda n: CalendarDay.objects.create(day=f"2025-05-{n + 1:02}", working=False),
    Department: lambda n: factories.DepartmentFactory(parent=factories.DepartmentFactory()),
    ExtensionRequest: an_extension,
    Export: lambda n: factories.ExportFactory(),
    ReportSubscription: lambda n: factories.ReportSubscriptionFactory(),
    EvidenceFile: lambda n: factories.EvidenceFileFactory(),
    FundingApplication: lambda n: factories.FundingApplicationFactory(),
    HandoverStep: lambda n: factories.HandoverStepFactory(),
    WorkItemStep: lambda n: factories.WorkItemStepFactory(),
    WorkItemEvidence: lambda n: factories.WorkItemEvidenceFactory(),
    Problem: lambda n: factories.AssignedProblemFactory(),
    InspectionDeduction: lambda n: factories.InspectionEntryFactory(
        inspection_round=InspectionRound.objects.first() or factories.OpenRoundFactory()
    ).deductions.create(points=1, reason="通报"),
    InspectionResult: lambda n: factories.PublishedRoundFactory(year=2001 + n),
    Amendment: lambda n: factories.AmendedRoundFactory(year=2001 + n),
    InspectionEntry: an_entry,
    InspectionRound: lambda n: factories.DraftRoundFactory(year=2001 + n, quarter=1),
    InspectionScore: a_score,
    LightExemption: lambda n: factories.LightExemptionFactory(),
    LightOverride: lambda n: factories.LightOverrideFactory(),
    LightPolicy: lambda n: factories.LightPolicyFactory(),
    Measurement: a_measurement,
    Membership: lambda n: factories.MembershipFactory(),
    Message: lambda n: factories.MessageFactory(),
    Milestone: lambda n: factories.MilestoneFactory(officer=factories.UserFactory()),
    MonthlyLight: lambda n: factories.MonthlyLightFactory(
        reasons=[{"measure": "", "colour": "grey", "text": "数据不足", "exempted": False}]
    ),
    PersonalToken: lambda n: token_create(user=factories.UserFactory(), name=f"{n}"),
    Programme: lambda n: factories.ProgrammeFactory(year=2001 + n),
    ProgrammeEntry: a_programme_entry,
    Project: lambda n: factories.ProjectFactory(
        officer=factories.UserFactory(), district=factories.DistrictFactory()
    ),
    ProgressReturn: lambda n: factories.AcceptedReturnFactory(submitted_by=factories.UserFactory()),
    Reminder: lambda n: factories.ReminderFactory(),
    ReminderPolicy: lambda n: factories.ReminderPolicyFactory(),
    ReturnPeriod: lambda n: factories.ReturnPeriodFactory(year=2001 + n),
    SpotCheck: lambda n: factories.SpotCheckFactory(progress_return=a_return()),
    StageTransition: lambda n: factories.ProjectFactory(),
    Target: lambda n: factories.TargetFactory(),
    TargetPathPoint: lambda n: factories.TargetPathPointFactory(),
    TargetPart: lambda n: factories.TargetPartFactory(),
    TierOptOut: lambda n: factories.TierOptOutFactory(),
    User: lambda n: factories.MembershipFactory(),
    Webhook: lambda n: factories.WebhookFactory(),
    WebhookDelivery: lambda n: factories.WebhookDeliveryFactory(),
    WorkItem: lambda n: factories.WorkItemFactory(officer=factories.UserFactory()),
}


def by_name(model: Any) -> str:
    return model.__name__


def test_every_model_of_the_site_is_among_these():
    ours = {"projects", "targets", "notifications", "reports"}
    assert {m for m in admin.site._registry if m._meta.app_label in ours} == set(MAKERS)


@pytest.mark.parametrize("model", MAKERS, ids=by_name)
def test_a_list_costs_the_same_number_of_queries_for_2_and_for_20_rows(model):
    client = pages.administrator()
    address = pages.list_url(model)
    client.get(address)  # what is read once a process

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    for number in range(2):
        MAKERS[model](number)
    few = cost()
    for number in range(2, 20):
        MAKERS[model](number)
    assert cost() == few
    assert few < 25


READ_ONLY = {
    EvidenceFile,
    HandoverStep,
    StageTransition,
    WorkItemEvidence,
    ExtensionRequest,
    WorkItemStep,
    Amendment,
    InspectionResult,
    InspectionScore,
    Measurement,
    Message,
    Reminder,
    PersonalToken,
    ProgressReturn,
    ReturnPeriod,
    Problem,
    FundingApplication,
    SpotCheck,
    WebhookDelivery,
    Export,
}
# What everybody has of their own.
EVERYBODYS = {CalendarFeed, TierOptOut}
# … and what only administrators, or only supervisors, see.
NOT_FOR_VIEWERS = {PersonalToken, Webhook, WebhookDelivery}


@pytest.mark.parametrize("model", MAKERS, ids=by_name)
def test_an_administrator_opens_the_add_page_unless_it_is_only_read(model):
    expected = 403 if model in READ_ONLY else 200
    assert pages.administrator().get(pages.add_url(model)).status_code == expected


@pytest.mark.parametrize("model", MAKERS, ids=by_name)
def test_a_rows_page_and_its_history_open(model):
    MAKERS[model](1)
    row = model._base_manager.order_by("pk").last()
    client = pages.administrator()
    assert client.get(pages.url(row)).status_code == 200
    if as_of.has_history(model):
        assert client.get(pages.url(row, "history")).context["events"]


@pytest.mark.parametrize("label", PAGES)
def test_a_rows_page_leads_to_where_its_steps_are_taken(label):
    model = apps.get_model(label)
    MAKERS[model](1)
    row = model._base_manager.order_by("pk").last()
    client = pages.administrator()
    address = client.get(pages.url(row)).context["absolute_url"]
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("model", MAKERS, ids=by_name)
def test_a_search_and_a_viewer_are_welcome(model):
    MAKERS[model](1)
    viewer = pages.signed_in(factories.MembershipFactory(role="viewer").user)
    expected = 403 if model in NOT_FOR_VIEWERS else 200
    assert viewer.get(pages.list_url(model), {"q": "局"}).status_code == expected
    expected = 200 if model in EVERYBODYS else 403
    assert viewer.get(pages.add_url(model)).status_code == expected


@pytest.mark.parametrize(
    "query", ["stage__exact=%00", "stage=%00", "entered_statistics_on__year=99999"]
)
def test_an_address_that_no_page_makes_leads_back_to_the_list(query):
    response = pages.administrator().get(f"{pages.list_url(Project)}?{query}", follow=True)
    assert response.status_code == 200


def test_a_choice_of_rows_that_no_page_makes_changes_nothing():
    project = factories.ProjectFactory()
    body = {"action": "delete_selected", "_selected_action": [project.pk, "abc"], "post": "yes"}
    response = pages.administrator().post(pages.list_url(Project), body, follow=True)
    assert response.status_code == 200
    assert Project.objects.filter(pk=project.pk).exists()
