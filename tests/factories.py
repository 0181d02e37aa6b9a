"""Factories: a row in the state that its factory's name says."""

import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from notifications.calendar.models import CalendarFeed
from notifications.outbox.models import Message, Reminder
from notifications.policies.models import ReminderPolicy, TierOptOut
from notifications.webhooks.models import Webhook, WebhookDelivery
from portfolio.reports.exporting.models import Export
from portfolio.reports.subscriptions.models import ReportSubscription
from projects.core.pinyin import pinyin_key
from projects.evidence.models import EvidenceFile
from projects.funding.models import FundingApplication
from projects.inspections import results as inspection_results
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
)
from projects.inspections.services import score_record
from projects.lights.models import (
    LightExemption,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.people.models import CalendarDay, Department, Membership, User
from projects.problems.models import Problem
from projects.programmes.models import PlanPoint, Programme, ProgrammeEntry
from projects.register.models import Project, StageTransition
from projects.register.services import project_codes_allot
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck
from targets import models as targets

PASSWORD = "correct horse battery staple"


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Department

    code = factory.Sequence(lambda n: f"bureau-{n}")
    name = factory.Sequence(lambda n: f"测试市第{n}局")
    short_name = factory.Sequence(lambda n: f"第{n}局")
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.name))
    kind = "bureau"
    email = factory.LazyAttribute(lambda o: f"{o.code}@city.example")


class ProgrammeOfficeFactory(DepartmentFactory):
    programme_office = True


class DistrictFactory(DepartmentFactory):
    kind = "district"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user-{n}")
    name = factory.Sequence(lambda n: f"张{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@city.example")
    # An unusable hash: argon2 costs tens of milliseconds and few tests sign in by password.
    password = "!"


class AdministratorFactory(UserFactory):
    is_superuser = True
    is_staff = True


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    department = factory.SubFactory(DepartmentFactory)
    role = "reporter"


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    year = 2025
    title = "2025 年重大项目计划"
    planned_count = 650


class ProjectFactory(DjangoModelFactory):
    """A registered project in reserve, with the transition that says so."""

    class Meta:
        model = Project
        skip_postgeneration_save = True

    code = factory.LazyFunction(lambda: project_codes_allot(year=2025)[0])
    name = factory.Sequence(lambda n: f"测试项目{n}")
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.name))
    category = "industry"
    cluster = "rare_earth"
    lead_department = factory.SubFactory(DepartmentFactory)
    total_investment = Decimal("12000.00")
    section = "§三（一）"

    @factory.post_generation
    def stage(self, create, extracted, **kwargs):
        if create:
            StageTransition.objects.create(
                project=self,
                to_stage=extracted or "reserve",
                effective_on=dt.date(2024, 1, 1),
            )
            self.refresh_from_db()


class ProgrammeEntryFactory(DjangoModelFactory):
    class Meta:
        model = ProgrammeEntry

    programme = factory.SubFactory(ProgrammeFactory)
    project = factory.SubFactory(ProjectFactory)


class PlanPointFactory(DjangoModelFactory):
    class Meta:
        model = PlanPoint

    entry = factory.SubFactory(ProgrammeEntryFactory)
    month = 6
    investment = Decimal("100.00")


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = Milestone

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda n: f"节点{n}")
    due_on = dt.date(2025, 9, 30)
    baseline_on = factory.SelfAttribute("due_on")


class DoneMilestoneFactory(MilestoneFactory):
    done_on = dt.date(2025, 6, 30)


class DraftRoundFactory(DjangoModelFactory):
    """A round with one criterion of weight 100 and no judges."""

    class Meta:
        model = InspectionRound
        skip_postgeneration_save = True

    year = 2025
    quarter = factory.Sequence(lambda n: n % 4 + 1)

    @factory.post_generation
    def criteria(self, create, extracted, **kwargs):
        if create:
            InspectionCriterion.objects.create(
                inspection_round=self, name="现场得分", weight=Decimal(100)
            )


class OpenRoundFactory(DraftRoundFactory):
    """A round that is being scored."""

    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def opened(self, create, extracted, **kwargs):
        if create:
            self.status = "open"
            self.save(update_fields=["status"])


class InspectionJudgeFactory(DjangoModelFactory):
    class Meta:
        model = InspectionJudge

    inspection_round = factory.SubFactory(OpenRoundFactory)
    user = factory.SubFactory(UserFactory)


class InspectionEntryFactory(DjangoModelFactory):
    class Meta:
        model = InspectionEntry

    inspection_round = factory.SubFactory(OpenRoundFactory)
    project = factory.SubFactory(ProjectFactory)


class ScoredRoundFactory(OpenRoundFactory):
    """A round with a judge and an entry, and the judge's score of 90."""

    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def scored(self, create, extracted, **kwargs):
        if create:
            score_record(
                by=None,
                fields={
                    "entry": InspectionEntryFactory(inspection_round=self),
                    "judge": InspectionJudgeFactory(inspection_round=self),
                    "criterion": self.criteria.get(),
                    "points": Decimal(90),
                },
            )


class ApprovedRoundFactory(ScoredRoundFactory):
    """A round that is closed and whose results a leader has approved."""

    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def approved(self, create, extracted, **kwargs):
        if create:
            inspection_results.round_close(inspection_round=self, by=None)
            inspection_results.round_approve(inspection_round=self, by=None)
            self.refresh_from_db()


class PublishedRoundFactory(ApprovedRoundFactory):
    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def published(self, create, extracted, **kwargs):
        if create:
            inspection_results.round_publish(inspection_round=self, by=None)
            self.refresh_from_db()


class AmendedRoundFactory(PublishedRoundFactory):
    """A published round whose score was corrected from 90 to 80."""

    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def amended(self, create, extracted, **kwargs):
        if create:
            inspection_results.score_amend(
                score=self.scores.get(), by=None, points=Decimal(80), reason="登记有误"
            )


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = targets.Target

    year = 2025
    name = factory.Sequence(lambda n: f"测试目标{n}")
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.name))
    section = "§三（一）"
    comparator = "at_least"
    value = Decimal(100)
    unit = "个"
    measure = "cumulative"
    lead_department = factory.SubFactory(DepartmentFactory)
    due_on = dt.date(2025, 12, 31)


class WorkItemFactory(DjangoModelFactory):
    class Meta:
        model = targets.WorkItem

    target = factory.SubFactory(TargetFactory)
    name = factory.Sequence(lambda n: f"清单事项{n}")
    lead_department = factory.SubFactory(DepartmentFactory)
    due_on = dt.date(2025, 12, 31)


class PlaceholderFactory(WorkItemFactory):
    """The whole of a list that is still to be itemised."""

    placeholder = True
    quantity = Decimal(56)


class CalendarDayFactory(DjangoModelFactory):
    class Meta:
        model = CalendarDay

    day = factory.Sequence(lambda n: dt.date(2030, 1, 1) + dt.timedelta(days=n))
    working = False


class TargetPartFactory(DjangoModelFactory):
    class Meta:
        model = targets.TargetPart

    target = factory.SubFactory(TargetFactory)
    department = factory.SubFactory(DepartmentFactory)
    value = Decimal(10)


class TargetPathPointFactory(DjangoModelFactory):
    class Meta:
        model = targets.TargetPathPoint

    target = factory.SubFactory(TargetFactory)
    month = 6
    value = Decimal(40)


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    recipient_user = factory.SubFactory(UserFactory)
    recipient = factory.SelfAttribute("recipient_user.email")
    day = dt.date(2025, 9, 23)
    planned_for = dt.datetime(2025, 9, 23, 1, tzinfo=dt.UTC)


class ReminderFactory(DjangoModelFactory):
    class Meta:
        model = Reminder

    message = factory.SubFactory(MessageFactory)
    recipient = factory.SelfAttribute("message.recipient")
    recipient_user = factory.SelfAttribute("message.recipient_user")
    department = factory.SubFactory(DepartmentFactory)
    deadline_kind = "milestone"
    object_id = factory.Sequence(lambda n: n + 1)
    title = "林南平房区安置房 · 建成交付"
    due_on = dt.date(2025, 9, 30)
    tier = "remind"
    ordinal = 7
    falls_on = factory.SelfAttribute("message.day")
    planned_for = factory.SelfAttribute("message.planned_for")


class CalendarFeedFactory(DjangoModelFactory):
    """An address in use, whose secret nobody knows."""

    class Meta:
        model = CalendarFeed

    user = factory.SubFactory(UserFactory)
    name = "手机"
    digest = factory.Sequence(lambda n: f"{n:064x}")


class WebhookFactory(DjangoModelFactory):
    """An address that is told of every tier."""

    class Meta:
        model = Webhook

    name = factory.Sequence(lambda n: f"短信平台{n}")
    url = "https://93.184.215.14/hook"  # public, and nobody has to be asked for it
    tiers = ["remind", "urge", "supervise"]


class WebhookDeliveryFactory(DjangoModelFactory):
    """What a webhook is still to be told."""

    class Meta:
        model = WebhookDelivery

    webhook = factory.SubFactory(WebhookFactory)
    message = factory.SubFactory(MessageFactory)


class ReminderPolicyFactory(DjangoModelFactory):
    """A version of the tiers, with one for everything."""

    class Meta:
        model = ReminderPolicy
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: n + 100)
    in_force_from = dt.date(2025, 1, 1)

    @factory.post_generation
    def rules(self, create: bool, extracted: object, **kwargs: object) -> None:
        self.rules.create(tier="remind", timing="before", days=7)


class TierOptOutFactory(DjangoModelFactory):
    class Meta:
        model = TierOptOut

    user = factory.SubFactory(UserFactory)
    days_before = 30


class ProblemFactory(DjangoModelFactory):
    """A problem that somebody has raised."""

    class Meta:
        model = Problem

    project = factory.SubFactory(ProjectFactory)
    kind = "land"
    title = factory.Sequence(lambda n: f"堵点{n}")
    raised_by = factory.SubFactory(UserFactory)
    raised_on = dt.date(2025, 9, 1)


class AssignedProblemFactory(ProblemFactory):
    state = "assigned"
    solver_department = factory.SubFactory(DepartmentFactory)
    due_on = dt.date(2025, 10, 15)


class SolvedProblemFactory(AssignedProblemFactory):
    state = "solved"
    solution = "已协调解决"
    solved_on = dt.date(2025, 9, 20)


class FundingApplicationFactory(DjangoModelFactory):
    """An application that is only planned."""

    class Meta:
        model = FundingApplication

    project = factory.SubFactory(ProjectFactory)
    channel = "central_budget"
    asked = Decimal("1000.00")


class AskedExtensionFactory(DjangoModelFactory):
    """A request that the department's head has not signed yet."""

    class Meta:
        model = ExtensionRequest

    milestone = factory.SubFactory(MilestoneFactory)
    due_on_before = factory.SelfAttribute("milestone.due_on")
    new_due_on = factory.LazyAttribute(lambda o: o.due_on_before + dt.timedelta(days=20))
    reason = "雨季停工"
    progress = "主体完工"
    requested_by = factory.SubFactory(UserFactory)
    requested_at = dt.datetime(2025, 9, 20, 1, tzinfo=dt.UTC)


class SignedExtensionFactory(AskedExtensionFactory):
    """A request that waits for a supervisor."""

    state = "signed"
    decider = "supervisor"
    signed_at = dt.datetime(2025, 9, 22, 1, tzinfo=dt.UTC)
    decide_by = dt.date(2025, 9, 25)


class GrantedExtensionFactory(SignedExtensionFactory):
    """A granted request, with the milestone's due date moved by it: nothing else moves one."""

    class Meta:
        skip_postgeneration_save = True

    state = "granted"
    decided_at = dt.datetime(2025, 9, 22, 2, tzinfo=dt.UTC)

    @factory.post_generation
    def moved(self, create, extracted, **kwargs):
        if create:
            self.milestone.due_on = self.new_due_on
            self.milestone.save(update_fields=["due_on"])


class HandoverStepFactory(DjangoModelFactory):
    """A milestone is handed over by a numbered notice."""

    class Meta:
        model = HandoverStep

    milestone = factory.SubFactory(MilestoneFactory)
    state = "assigned"
    notice_number = factory.Sequence(lambda n: f"督办〔2024〕{n + 1}号")


class KeptFileFactory(DjangoModelFactory):
    """A row of a register; no file lies behind it."""

    class Meta:
        abstract = True

    name = factory.Sequence(lambda n: f"验收单{n}.pdf")
    content_type = "application/pdf"
    size = 100
    sha256 = "0" * 64
    file = factory.Sequence(lambda n: f"evidence/2025/09/{n}.pdf")


class EvidenceFileFactory(KeptFileFactory):
    class Meta:
        model = EvidenceFile

    project = factory.SubFactory(ProjectFactory)


class WorkItemStepFactory(DjangoModelFactory):
    """An item of a list is handed over by a numbered notice."""

    class Meta:
        model = targets.WorkItemStep

    work_item = factory.SubFactory(WorkItemFactory)
    state = "assigned"
    notice_number = factory.Sequence(lambda n: f"督办〔2023〕{n + 1}号")


class WorkItemEvidenceFactory(KeptFileFactory):
    class Meta:
        model = targets.WorkItemEvidence

    work_item = factory.SubFactory(WorkItemFactory)


class ReturnPeriodFactory(DjangoModelFactory):
    class Meta:
        model = ReturnPeriod
        django_get_or_create = ("year", "month")

    year = 2025
    month = 8
    due_on = dt.date(2025, 9, 5)


class ProgressReturnFactory(DjangoModelFactory):
    """A return that the department still owes."""

    class Meta:
        model = ProgressReturn

    project = factory.SubFactory(ProjectFactory)
    period = factory.SubFactory(ReturnPeriodFactory)


class AcceptedReturnFactory(ProgressReturnFactory):
    state = "accepted"
    investment_reported = Decimal("100.00")
    physical_progress = Decimal("40.00")
    work_done = "主体封顶"
    submitted_at = dt.datetime(2025, 9, 4, 2, tzinfo=dt.UTC)


class SpotCheckFactory(DjangoModelFactory):
    class Meta:
        model = SpotCheck

    project = factory.SubFactory(ProjectFactory)
    checked_on = dt.date(2025, 9, 20)
    progress_reported = Decimal("60.00")
    progress_found = Decimal("48.50")
    found = "二层未封顶"


class LightPolicyFactory(DjangoModelFactory):
    """A version with one rule."""

    class Meta:
        model = LightPolicy
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: n + 1)
    in_force_from = dt.date(2025, 1, 1)

    @factory.post_generation
    def rules(self, create, extracted, **kwargs):
        if create:
            LightRule.objects.create(
                policy=self,
                position=1,
                measure="points_behind",
                above=Decimal("10.00"),
                colour="yellow",
                reason="落后序时进度 {value} 个百分点",
            )


class MonthlyLightFactory(DjangoModelFactory):
    class Meta:
        model = MonthlyLight

    project = factory.SubFactory(ProjectFactory)
    policy = factory.SubFactory(LightPolicyFactory)
    year = 2025
    month = 8
    colour = "green"
    computed_colour = "green"


class LightOverrideFactory(DjangoModelFactory):
    class Meta:
        model = LightOverride

    project = factory.SubFactory(ProjectFactory)
    colour = "red"
    reason = "现场事故"
    starts_on = dt.date(2025, 9, 1)
    ends_on = dt.date(2025, 12, 31)


class LightExemptionFactory(DjangoModelFactory):
    class Meta:
        model = LightExemption

    project = factory.SubFactory(ProjectFactory)
    measure = "points_behind"
    reason = "文物发掘"
    granted_on = dt.date(2025, 9, 1)
    until = dt.date(2025, 12, 31)


class ExportFactory(DjangoModelFactory):
    """An export that waits for a worker."""

    class Meta:
        model = Export

    owner = factory.SubFactory(UserFactory)
    address = "/api/v1/projects/?format=csv"
    title = "重大项目"
    format = "csv"
    language = "zh-hans"
    file_name = "projects-2025-09-23.csv"


class ReportSubscriptionFactory(DjangoModelFactory):
    """The scoreboard of the departments, as a workbook, each Monday at nine."""

    class Meta:
        model = ReportSubscription
        skip_postgeneration_save = True

    owner = factory.SubFactory(UserFactory)
    report = "department-scoreboard"
    format = "xlsx"
    rhythm = "weekly"
    number = 1
    counts_from = dt.datetime(2025, 9, 23, tzinfo=dt.UTC)

    @factory.post_generation
    def recipients(self, create, people, **kwargs):
        self.recipients.set([self.owner] if people is None else people)
