"""The rows and the requests of the permission cells: who tries what on which row, over HTTP."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import ForceAuthClientHandler

from notifications.outbox.models import Reminder
from portfolio.core import clock
from projects.inspections import results as inspection_results
from projects.inspections.models import InspectionResult, InspectionRound
from projects.lights.services import light_policy_default
from projects.programmes import services as programmes
from projects.register.models import StageTransition
from projects.returns.models import ReturnPeriod
from tests import clients, factories
from tests.projects.permission_expectations import PEOPLE

OUT_OF_DATE = {"If-Match": "*"}  # whoever may not is told so whatever version he has
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
SOON = dt.timedelta(days=60)


class Scene:
    """One city: three projects (own, supported, none of ours), and rows of each model on them."""

    def __init__(self) -> None:
        self.today = clock.today()
        self.ours, self.theirs, self.others, self.neutral = (
            factories.DepartmentFactory.create_batch(4)
        )
        self.office = factories.ProgrammeOfficeFactory()
        self.users = {person: self._person(person) for person in PEOPLE}
        self.clients = {person: known_as(user) for person, user in self.users.items()}
        self.somebody = factories.UserFactory()
        self.projects = {
            row: factories.ProjectFactory(lead_department=lead)
            for row, lead in zip("osx", (self.ours, self.theirs, self.others), strict=True)
        }
        self.projects["s"].supporting_departments.add(self.ours)
        self.rows: dict[str, dict[str, Any]] = {}
        self.mine: dict[str, dict[str, Any]] = {}
        self._organisation()
        self._programme()
        self._monthly()
        self._milestones()
        self._inspection()
        self._targets()
        self._outbox()

    def _person(self, person: str) -> Any:
        if person == "nobody":
            return factories.UserFactory()
        department = {"reporter": self.ours, "head": self.ours, "office": self.office}
        return factories.MembershipFactory(
            role="reporter" if person == "office" else person,
            department=department.get(person, self.neutral),
        ).user

    def row(self, label: str, row: str, person: str) -> Any:
        """Returns the row of that kind; ``m`` is the person's own."""
        return self.mine[label][person] if row == "m" else self.rows[label][row]

    def project(self, row: str) -> Any:
        """Returns the project; what is mine, or published, is none of our department's."""
        return self.projects[row if row in "os" else "x"]

    def on_projects(self, make: Callable[[Any], Any]) -> dict[str, Any]:
        return {row: make(project) for row, project in self.projects.items()}

    def _organisation(self) -> None:
        self.rows["projects.Department"] = {"x": factories.DepartmentFactory()}
        self.rows["projects.User"] = {"x": self.somebody}
        self.rows["projects.Membership"] = {"x": factories.MembershipFactory()}
        self.rows["projects.CalendarDay"] = {"x": factories.CalendarDayFactory()}
        self.bare = self.on_projects(
            lambda p: factories.ProjectFactory(lead_department=p.lead_department)
        )
        self.bare["s"].supporting_departments.add(self.ours)
        self.rows["projects.Project"] = self.bare
        self.rows["projects.StageTransition"] = self.on_projects(lambda p: p.transitions.get())

    def _programme(self) -> None:
        year = factories.ProgrammeFactory(year=2025)
        self.next_year = factories.ProgrammeFactory(year=2026)
        self.rows["projects.Programme"] = {"x": factories.ProgrammeFactory(year=2027)}
        entries = self.on_projects(
            lambda p: factories.ProgrammeEntryFactory(
                programme=year, project=p, planned_investment=Decimal(100)
            )
        )
        self.rows["projects.ProgrammeEntry"] = entries
        self.rows["projects.PlanPoint"] = {
            row: entry.plan_points.create(month=6, investment=Decimal(50))
            for row, entry in entries.items()
        }
        approved = factories.ProgrammeEntryFactory(programme=self.next_year)
        programmes.entry_approve(entry=approved, by=None)
        self.rows["projects.Baseline"] = {"x": approved.baselines.get()}

    def _monthly(self) -> None:
        period = ReturnPeriod.objects.create(year=2025, month=1, due_on="2025-02-12")
        self.rows["projects.ReturnPeriod"] = {"x": period}
        self.rows["projects.ProgressReturn"] = self.on_projects(
            lambda p: p.returns.create(
                period=period, investment_reported=1, physical_progress=1, work_done="打桩"
            )
        )
        self.rows["projects.SpotCheck"] = self.on_projects(
            lambda p: p.spot_checks.create(checked_on="2025-02-01", found="属实")
        )
        policy = light_policy_default()
        self.rows["projects.LightPolicy"] = {"x": policy}
        other = self.projects["x"]
        self.rows["projects.MonthlyLight"] = {
            "x": other.monthly_lights.create(
                year=2025, month=1, colour="green", computed_colour="green", policy=policy
            )
        }
        self.rows["projects.LightOverride"] = {
            "x": other.light_overrides.create(
                colour="red", reason="停工", starts_on=self.today, ends_on=self.today + SOON
            )
        }
        self.rows["projects.LightExemption"] = {
            "x": other.light_exemptions.create(
                measure="points_behind",
                reason="洪水",
                until=self.today + SOON,
                granted_on=self.today,
            )
        }
        self.rows["projects.Problem"] = self.on_projects(
            lambda p: factories.ProblemFactory(project=p, raised_by=self.somebody)
        )
        self.mine["projects.Problem"] = {
            person: factories.ProblemFactory(project=other, raised_by=user)
            for person, user in self.users.items()
        }
        self.rows["projects.FundingApplication"] = self.on_projects(
            lambda p: factories.FundingApplicationFactory(project=p)
        )
        self.rows["projects.EvidenceFile"] = self.on_projects(
            lambda p: factories.EvidenceFileFactory(project=p)
        )

    def _milestones(self) -> None:
        due = self.today + SOON
        self.rows["projects.Milestone"] = self.on_projects(
            lambda p: factories.MilestoneFactory(project=p, due_on=due)
        )
        self.handed_over = self.on_projects(
            lambda p: factories.MilestoneFactory(project=p, due_on=due)
        )
        self.rows["projects.HandoverStep"] = {
            row: factories.HandoverStepFactory(milestone=milestone)
            for row, milestone in self.handed_over.items()
        }
        self.rows["projects.ExtensionRequest"] = self.on_projects(
            lambda p: factories.AskedExtensionFactory(
                milestone=factories.MilestoneFactory(project=p, due_on=due)
            )
        )

    def _inspection(self) -> None:
        self.rounds = SimpleNamespace(
            draft=factories.DraftRoundFactory(year=2021, quarter=1),
            bare=factories.DraftRoundFactory(year=2021, quarter=2),
            scored=factories.ScoredRoundFactory(year=2022, quarter=1),
            closed=factories.ScoredRoundFactory(year=2022, quarter=2),
            approved=factories.ApprovedRoundFactory(year=2022, quarter=3),
            published=factories.AmendedRoundFactory(year=2022, quarter=4),
        )
        factories.InspectionJudgeFactory(inspection_round=self.rounds.draft)
        inspection_results.round_close(inspection_round=self.rounds.closed, by=None)
        self.rows["projects.InspectionRound"] = {"x": self.rounds.bare}
        self.rows["projects.InspectionEntry"] = {
            "x": factories.InspectionEntryFactory(
                inspection_round=self.rounds.draft, project=self.projects["x"]
            )
        }
        self.rows["projects.InspectionResult"] = {
            "x": InspectionResult.objects.order_by("id").last()
        }
        self.rows["projects.Amendment"] = {"x": self.rounds.published.amendments.get()}
        self._scores()

    def _scores(self) -> None:
        """Two rounds that are being scored: a stranger judges in one, our people in the other."""
        self.theirs_round, self.ours_round = self._scoring(1), self._scoring(2)
        self.stranger = factories.InspectionJudgeFactory(inspection_round=self.theirs_round)
        self.judges = {
            person: factories.InspectionJudgeFactory(inspection_round=self.ours_round, user=user)
            for person, user in self.users.items()
        }
        scoring = InspectionRound.objects.filter(year=2023)
        scoring.update(status="open")
        self.entries = self.on_projects(
            lambda p: factories.InspectionEntryFactory(
                inspection_round=self.theirs_round, project=p
            )
        )
        self.entry_of_ours = factories.InspectionEntryFactory(
            inspection_round=self.ours_round, project=self.projects["x"]
        )
        self.rows["projects.InspectionDeduction"] = {
            row: entry.deductions.create(points=1, reason="通报")
            for row, entry in self.entries.items()
        }

        def score(entry: Any, judge: Any) -> Any:
            used = entry.inspection_round.criteria.get(name="现场得分")
            return entry.scores.create(
                inspection_round=entry.inspection_round, judge=judge, criterion=used, points=80
            )

        self.rows["projects.InspectionScore"] = {
            **{row: score(entry, self.stranger) for row, entry in self.entries.items()},
            "p": self.rounds.published.scores.get(),
        }
        self.mine["projects.InspectionScore"] = {
            person: score(self.entry_of_ours, judge) for person, judge in self.judges.items()
        }

    def _scoring(self, quarter: int) -> Any:
        """A round with two criteria: one that is scored already, one still to be scored."""
        made = factories.DraftRoundFactory(year=2023, quarter=quarter)
        made.criteria.update(weight=50)
        made.criteria.create(name="展示", weight=50)
        return made

    def _targets(self) -> None:
        self.rows["targets.Target"] = {"x": factories.TargetFactory()}
        self.rows["targets.TargetPart"] = {"x": factories.TargetPartFactory()}
        self.rows["targets.TargetPathPoint"] = {
            "x": factories.TargetFactory().path_points.create(month=6, value=1)
        }
        self.led = self.on_projects(
            lambda p: factories.TargetFactory(lead_department=p.lead_department)
        )
        self.led["s"].supporting_departments.add(self.ours)
        self.rows["targets.WorkItem"] = {
            row: self._item_of(target) for row, target in self.led.items()
        }
        self.rows["targets.WorkItemStep"] = {
            row: factories.WorkItemStepFactory(work_item=self._item_of(target))
            for row, target in self.led.items()
        }
        self.rows["targets.WorkItemEvidence"] = {
            row: factories.WorkItemEvidenceFactory(work_item=self._item_of(target))
            for row, target in self.led.items()
        }
        self.rows["targets.Measurement"] = {
            row: target.measurements.create(period="2025-Q1", value=1, source="统计局")
            for row, target in self.led.items()
        }

    def _item_of(self, target: Any) -> Any:
        return factories.WorkItemFactory(target=target, lead_department=target.lead_department)

    def _outbox(self) -> None:
        def told(user: Any, department: Any) -> Reminder:
            message = factories.MessageFactory(recipient_user=user)
            return factories.ReminderFactory(message=message, department=department)

        reminders = self.on_projects(lambda p: told(factories.UserFactory(), p.lead_department))
        mine = {person: told(user, self.others) for person, user in self.users.items()}
        self.rows["notifications.Reminder"] = reminders
        self.mine["notifications.Reminder"] = mine
        self.rows["notifications.Message"] = {"x": reminders["x"].message}
        delivery = factories.WebhookDeliveryFactory(message=reminders["x"].message)
        self.rows["notifications.WebhookDelivery"] = {"x": delivery}
        self.rows["notifications.Webhook"] = {"x": factories.WebhookFactory()}
        self.mine["notifications.Message"] = {
            person: reminder.message for person, reminder in mine.items()
        }
        self.rows["notifications.ReminderPolicy"] = {"x": factories.ReminderPolicyFactory()}
        for make in (factories.TierOptOutFactory, factories.CalendarFeedFactory):
            label = make._meta.model._meta.label
            self.rows[label] = {"x": make()}
            self.mine[label] = {person: make(user=user) for person, user in self.users.items()}
        self.rows["reports.Export"] = {"x": factories.ExportFactory()}
        self.mine["reports.Export"] = {
            person: factories.ExportFactory(owner=user) for person, user in self.users.items()
        }
        self.rows["reports.ReportSubscription"] = {"x": factories.ReportSubscriptionFactory()}
        self.mine["reports.ReportSubscription"] = {
            person: factories.ReportSubscriptionFactory(owner=user)
            for person, user in self.users.items()
        }


def known_as(user: Any) -> Client:
    """Returns a client whose sign-in is taken for granted: in thousands of requests, reading token
    and rights again each time would be most of the work, and sign-in has tests of its own."""
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.handler = ForceAuthClientHandler()
    client.handler._force_user = user
    return client


@dataclass(frozen=True)
class Try:
    """One cell's circumstances, from which its requests are made."""

    scene: Scene
    label: str
    person: str
    row: str

    @property
    def subject(self) -> Any:
        return self.scene.row(self.label, self.row, self.person)

    @property
    def project(self) -> Any:
        return self.scene.project(self.row)

    def set(self, **values: Any) -> None:
        """Puts the subject into the state in which the action makes sense."""
        type(self.subject)._base_manager.filter(pk=self.subject.pk).update(**values)


PREFIXES = {
    "projects.Department": "departments",
    "projects.User": "users",
    "projects.Membership": "memberships",
    "projects.CalendarDay": "calendar-days",
    "projects.Programme": "programmes",
    "projects.ProgrammeEntry": "programme-entries",
    "projects.PlanPoint": "plan-points",
    "projects.ReturnPeriod": "return-periods",
    "projects.ProgressReturn": "progress-returns",
    "projects.SpotCheck": "spot-checks",
    "projects.LightPolicy": "light-policies",
    "projects.MonthlyLight": "monthly-lights",
    "projects.LightOverride": "light-overrides",
    "projects.LightExemption": "light-exemptions",
    "projects.Problem": "problems",
    "projects.FundingApplication": "funding-applications",
    "projects.HandoverStep": "hand-over-steps",
    "projects.EvidenceFile": "evidence-files",
    "projects.Project": "projects",
    "projects.Milestone": "milestones",
    "projects.ExtensionRequest": "extension-requests",
    "projects.InspectionRound": "inspection-rounds",
    "projects.InspectionDeduction": "inspection-deductions",
    "projects.InspectionResult": "inspection-results",
    "projects.Amendment": "amendments",
    "projects.InspectionEntry": "inspection-entries",
    "projects.InspectionScore": "inspection-scores",
    "targets.Target": "targets",
    "targets.TargetPart": "target-parts",
    "targets.TargetPathPoint": "target-path-points",
    "targets.WorkItem": "work-items",
    "targets.WorkItemStep": "work-item-steps",
    "targets.WorkItemEvidence": "work-item-evidence",
    "targets.Measurement": "measurements",
    "notifications.Reminder": "reminders",
    "notifications.Message": "messages",
    "notifications.ReminderPolicy": "reminder-policies",
    "notifications.TierOptOut": "tier-opt-outs",
    "notifications.CalendarFeed": "calendar-feeds",
    "notifications.Webhook": "webhooks",
    "notifications.WebhookDelivery": "webhook-deliveries",
    "reports.Export": "exports",
    "reports.ReportSubscription": "report-subscriptions",
}
# Rows that live inside another: the address of their list.
INSIDE: dict[str, Callable[[Any], str]] = {
    "projects.Baseline": lambda row: f"programme-entries/{row.entry_id}/baselines/",
    "projects.StageTransition": lambda row: f"projects/{row.project_id}/transitions/",
}

Body = Callable[[Try], dict[str, Any]]


def _person_mail(t: Try) -> dict[str, Any]:
    return {"username": "newcomer", "name": "新人", "email": "newcomer@city.example"}


def _score(t: Try) -> dict[str, Any]:
    if t.row == "p":
        subject = t.scene.rows["projects.InspectionScore"]["p"]
        return {
            "entry": subject.entry_id,
            "judge": subject.judge_id,
            "criterion": subject.criterion_id,
            "points": "70",
        }
    mine = t.row == "m"
    entry = t.scene.entry_of_ours if mine else t.scene.entries[t.row]
    return {
        "entry": entry.pk,
        "judge": (t.scene.judges[t.person] if mine else t.scene.stranger).pk,
        "criterion": entry.inspection_round.criteria.get(name="展示").pk,
        "points": "70",
    }


def _for_somebody_else(t: Try, field: str = "user") -> dict[str, Any]:
    return {} if t.row == "m" else {field: t.scene.somebody.pk}


RULE = {"tier": "remind", "timing": "before", "days": 7}
# What is sent to make a row …
ADD: dict[str, Body] = {
    "projects.Department": lambda t: {
        "code": "new", "name": "新设局", "short_name": "新局", "kind": "bureau",
        "email": "new@city.example",
    },
    "projects.User": _person_mail,
    "projects.Membership": lambda t: {
        "user": t.scene.somebody.pk, "department": t.scene.ours.pk, "role": "viewer",
    },
    "projects.CalendarDay": lambda t: {"day": "2040-01-02", "working": False},
    "projects.Programme": lambda t: {"year": 2030, "title": "计划", "planned_count": 1},
    "projects.ProgrammeEntry": lambda t: {
        "programme": t.scene.next_year.pk, "project": t.project.pk,
    },
    "projects.PlanPoint": lambda t: {
        "entry": t.scene.rows["projects.ProgrammeEntry"][t.row].pk, "month": 12,
        "investment": "100",
    },
    "projects.ReturnPeriod": lambda t: {"year": 2025, "month": 3},
    "projects.SpotCheck": lambda t: {
        "project": t.project.pk, "checked_on": "2025-03-01", "found": "属实",
    },
    "projects.LightPolicy": lambda t: {
        "rules": [
            {"measure": "points_behind", "above": "30", "colour": "red", "reason": "落后 {value}"}
        ]
    },
    "projects.MonthlyLight": lambda t: {"year": 2025, "month": 3},
    "projects.LightOverride": lambda t: {
        "project": t.project.pk, "colour": "red", "reason": "停工",
        "ends_on": str(t.scene.today + SOON),
    },
    "projects.LightExemption": lambda t: {
        "project": t.project.pk, "measure": "points_behind", "reason": "洪水",
        "until": str(t.scene.today + SOON),
    },
    "projects.Problem": lambda t: {"project": t.project.pk, "kind": "land", "title": "缺地"},
    "projects.FundingApplication": lambda t: {
        "project": t.project.pk, "channel": "region", "asked": "10",
    },
    "projects.Project": lambda t: {
        "name": "新项目", "category": "energy", "lead_department": t.project.lead_department_id,
        "supporting_departments": [t.scene.ours.pk] if t.row == "s" else [],
    },
    "projects.Milestone": lambda t: {
        "project": t.project.pk, "name": "新节点", "due_on": str(t.scene.today + SOON),
    },
    "projects.ExtensionRequest": lambda t: {
        "milestone": t.scene.rows["projects.Milestone"][t.row].pk, "reason": "雨",
        "progress": "一半", "new_due_on": str(t.scene.today + 2 * SOON),
    },
    "projects.InspectionRound": lambda t: {"year": 2030, "quarter": 1},
    "projects.InspectionDeduction": lambda t: {
        "entry": t.scene.entries[t.row].pk, "points": "1", "reason": "通报",
    },
    "projects.InspectionEntry": lambda t: {
        "inspection_round": t.scene.rounds.bare.pk, "project": t.project.pk,
    },
    "projects.InspectionScore": _score,
    "targets.Target": lambda t: {
        "year": 2025, "name": "新目标", "section": "§三", "comparator": "at_least", "value": "1",
        "unit": "个", "measure": "cumulative", "lead_department": t.scene.ours.pk,
        "due_on": "2025-12-31",
    },
    "targets.TargetPart": lambda t: {
        "target": t.scene.led["x"].pk, "department": t.scene.ours.pk, "value": "100",
    },
    "targets.TargetPathPoint": lambda t: {
        "target": t.scene.led["x"].pk, "month": 9, "value": "1",
    },
    "targets.WorkItem": lambda t: {
        "target": t.scene.led[t.row].pk, "name": "新事项", "due_on": "2025-12-31",
        "lead_department": t.scene.led[t.row].lead_department_id,
    },
    "targets.Measurement": lambda t: {
        "target": t.scene.led[t.row].pk, "period": "2025-Q2", "value": "2", "source": "统计局",
    },
    "notifications.ReminderPolicy": lambda t: {"rules": [RULE]},
    "notifications.TierOptOut": lambda t: {"days_before": 15, **_for_somebody_else(t)},
    "notifications.CalendarFeed": lambda t: {"name": "手机", **_for_somebody_else(t)},
    "notifications.Webhook": lambda t: {
        "name": "新接口", "url": "https://93.184.215.14/hook", "tiers": ["urge"],
    },
    "reports.Export": lambda t: {
        "address": "/api/v1/projects/?format=csv",
        **_for_somebody_else(t, "owner"),
    },
    "reports.ReportSubscription": lambda t: {
        "report": "problems", "format": "csv", "rhythm": "monthly", "number": 5,
        "recipients": [t.scene.somebody.pk],
    },
}  # fmt: skip
# … and to change one.
CHANGE: dict[str, dict[str, Any]] = {
    "projects.Department": {"short_name": "改"},
    "projects.User": {"name": "改"},
    "projects.Membership": {"role": "viewer"},
    "projects.CalendarDay": {"note": "改"},
    "projects.Programme": {"title": "改"},
    "projects.ProgrammeEntry": {"expected_outcome": "改"},
    "projects.PlanPoint": {"investment": "60"},
    "projects.ProgressReturn": {"work_done": "改"},
    "reports.ReportSubscription": {"note": "改"},
    "projects.LightOverride": {"reason": "改"},
    "projects.LightExemption": {"reason": "改"},
    "projects.Problem": {"title": "改"},
    "projects.FundingApplication": {"note": "改"},
    "projects.Project": {"note": "改"},
    "projects.Milestone": {"evidence": "改"},
    "projects.ExtensionRequest": {"reason": "改"},
    "projects.InspectionRound": {"ends_on": "2030-01-01"},
    "projects.InspectionDeduction": {"reason": "改"},
    "projects.InspectionEntry": {"league": "改"},
    "projects.InspectionScore": {"points": "70"},
    "targets.Target": {"note": "改"},
    "targets.TargetPart": {"note": "改"},
    "targets.TargetPathPoint": {"value": "2"},
    "targets.WorkItem": {"note": "改"},
    "notifications.Webhook": {"name": "改"},
}


@dataclass(frozen=True)
class Asked:
    """A POST to a sub-resource, and what must be so before."""

    path: Callable[[Try], str]
    body: Body = lambda t: {}
    before: Callable[[Try], Any] = lambda t: None


def _on(prefix: str, verb: str) -> Callable[[Try], str]:
    return lambda t: f"{prefix}/{t.subject.pk}/{verb}/"


def _returned(verb: str, state: str, body: dict[str, Any] | None = None) -> Asked:
    return Asked(_on("progress-returns", verb), lambda t: body or {}, lambda t: t.set(state=state))


def _assigned(t: Try, **more: Any) -> None:
    t.set(
        **{
            "state": "assigned",
            "solver_department": t.project.lead_department,
            "due_on": t.scene.today,
            **more,
        }
    )


def _solved(t: Try) -> None:
    _assigned(t, state="solved", solution="已协调", solved_on=t.scene.today)


def _to_sign_off(t: Try) -> None:
    """A leader decides what would move by more than 30 days, a supervisor the rest."""
    decider = "leader" if t.person == "leader" else "supervisor"
    t.set(state="signed", decider=decider, signed_at=clock.now(), decide_by=t.scene.today)


def _round(verb: str, state: str) -> Asked:
    return Asked(lambda t: f"inspection-rounds/{getattr(t.scene.rounds, state).pk}/{verb}/")


def _approved(t: Try) -> None:
    programmes.entry_approve(entry=t.subject, by=None)


def _prepared(t: Try) -> None:
    StageTransition.objects.create(
        project=t.project,
        from_stage="reserve",
        to_stage="preparation",
        effective_on=t.scene.today,
    )


def _transition(stage: str, before: Callable[[Try], Any] = lambda t: None) -> Asked:
    return Asked(
        lambda t: f"projects/{t.project.pk}/transitions/",
        lambda t: {"to_stage": stage, "effective_on": str(t.scene.today), "reason": "更正"},
        before,
    )


ACTIONS: dict[tuple[str, str], Asked] = {
    ("projects.Programme", "approve"): Asked(
        _on("programmes", "approve"),
        before=lambda t: factories.ProgrammeEntryFactory(
            programme=t.subject, project=t.scene.projects["x"]
        ),
    ),
    ("projects.ProgrammeEntry", "approve"): Asked(_on("programme-entries", "approve")),
    ("projects.ProgrammeEntry", "rebaseline"): Asked(
        _on("programme-entries", "rebaseline"),
        lambda t: {"planned_investment": "90", "reason": "调概"},
        _approved,
    ),
    ("projects.ProgrammeEntry", "leave"): Asked(
        _on("programme-entries", "leave"),
        lambda t: {"left_on": str(t.scene.today), "leave_approval": "会议纪要"},
        _approved,
    ),
    ("projects.ProgressReturn", "submit"): _returned("submit", "draft"),
    ("projects.ProgressReturn", "confirm"): _returned("confirm", "submitted"),
    ("projects.ProgressReturn", "send_back"): Asked(
        _on("progress-returns", "send-back"),
        lambda t: {"reason": "与现场不符"},
        # A head sends back what was handed in, the programme office what a head has confirmed.
        lambda t: t.set(state="confirmed" if t.person == "office" else "submitted"),
    ),
    ("projects.ProgressReturn", "accept"): _returned("accept", "confirmed"),
    ("projects.ProgressReturn", "correct"): _returned("correct", "accepted", {"reason": "漏报"}),
    ("projects.Problem", "assign"): Asked(
        _on("problems", "assign"),
        lambda t: {"solver_department": t.scene.neutral.pk, "due_on": str(t.scene.today + SOON)},
    ),
    ("projects.Problem", "solve"): Asked(
        _on("problems", "solve"), lambda t: {"solution": "已协调"}, _assigned
    ),
    ("projects.Problem", "confirm"): Asked(_on("problems", "confirm"), before=_solved),
    ("projects.Problem", "reopen"): Asked(
        _on("problems", "reopen"), lambda t: {"reason": "仍未解决"}, _solved
    ),
    ("projects.HandoverStep", "report"): Asked(
        lambda t: f"milestones/{t.subject.milestone_id}/hand-over/report/",
        lambda t: {"text": "已完成"},
    ),
    ("projects.HandoverStep", "decide"): Asked(
        lambda t: f"milestones/{t.subject.milestone_id}/hand-over/park/",
        lambda t: {"reason": "等批复", "parked_until": str(t.scene.today + SOON)},
    ),
    ("targets.WorkItemStep", "report"): Asked(
        lambda t: f"work-items/{t.subject.work_item_id}/hand-over/report/",
        lambda t: {"text": "已办理"},
    ),
    ("targets.WorkItemStep", "decide"): Asked(
        lambda t: f"work-items/{t.subject.work_item_id}/hand-over/park/",
        lambda t: {"reason": "等批复", "parked_until": str(t.scene.today + SOON)},
    ),
    ("projects.StageTransition", "add"): _transition("preparation"),
    ("projects.StageTransition", "move_back"): _transition("reserve", _prepared),
    ("projects.ExtensionRequest", "sign"): Asked(_on("extension-requests", "sign")),
    ("projects.ExtensionRequest", "decide"): Asked(
        _on("extension-requests", "grant"), before=_to_sign_off
    ),
    ("projects.InspectionRound", "open"): _round("open", "draft"),
    ("projects.InspectionRound", "close"): _round("close", "scored"),
    ("projects.InspectionRound", "approve"): _round("approve", "closed"),
    ("projects.InspectionRound", "publish"): _round("publish", "approved"),
    ("notifications.Webhook", "renew_key"): Asked(_on("webhooks", "renew-key")),
    ("notifications.Message", "acknowledge"): Asked(
        _on("messages", "acknowledge"),
        before=lambda t: t.set(state="sent", sent_at=clock.now()),
    ),
    ("notifications.ReminderPolicy", "preview"): Asked(
        lambda t: "reminder-preview/", lambda t: {"rules": [RULE]}
    ),
    ("reports.ReportSubscription", "preview"): Asked(_on("report-subscriptions", "preview")),
    ("notifications.CalendarFeed", "revoke"): Asked(_on("calendar-feeds", "revoke")),
    ("projects.Amendment", "add"): Asked(
        lambda t: f"inspection-scores/{t.subject.score_id}/amend/",
        lambda t: {"points": "75", "reason": "登记有误"},
    ),
}
# What a file that is sent is said to prove.
FILES: dict[str, Body] = {
    "projects.EvidenceFile": lambda t: {"project": t.project.pk},
    "targets.WorkItemEvidence": lambda t: {"work_item": t.subject.work_item_id},
}
BULK = {"projects.Project", "projects.Milestone", "projects.InspectionScore", "targets.Measurement"}
API = "/api/v1/"


def request_of(t: Try, action: str) -> Any:
    """Does the action over HTTP and returns the answer."""
    client = t.scene.clients[t.person]
    asked = ACTIONS.get((t.label, action))
    if asked is not None:
        asked.before(t)
        return clients.post(client, API + asked.path(t), asked.body(t))
    if t.label in FILES:
        file = SimpleUploadedFile("验收.pdf", PDF, content_type="application/pdf")
        return client.post(f"{API}{PREFIXES[t.label]}/", {**FILES[t.label](t), "file": file})
    address = f"{API}{PREFIXES[t.label]}/"
    if action == "add":
        return clients.post(client, address, ADD[t.label](t))
    address += f"{t.subject.pk}/"
    if action == "change":
        body = CHANGE[t.label]
        return client.patch(address, body, content_type="application/json", headers=OUT_OF_DATE)
    assert action == "delete"
    return client.delete(address)


def bulk_request_of(t: Try, action: str) -> Any:
    """Does the same to one row, through the door for many."""
    client = t.scene.clients[t.person]
    address = f"{API}{PREFIXES[t.label]}/bulk/"
    if action == "add":
        return clients.post(client, address, [ADD[t.label](t)])
    version = type(t.subject)._base_manager.values_list("version", flat=True).get(pk=t.subject.pk)
    row = {"id": t.subject.pk, "version": version, **CHANGE[t.label]}
    return client.patch(address, [row], content_type="application/json")
