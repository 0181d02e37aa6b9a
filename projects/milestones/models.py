"""A dated promise of a project, and what is asked when the date will not be kept (domain §2)."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.choices import Commitment, Decider
from projects.core.tracking import Versioned, append_only, make_refusal_trigger, tracked
from projects.handover.models import AbstractHandoverStep
from projects.milestones.querysets import (
    ExtensionRequestQuerySet,
    HandoverStepQuerySet,
    MilestoneQuerySet,
)
from projects.people.models import User
from projects.register.models import Project


class DateBasis(models.TextChoices):
    STATED = "stated", _("载明日期")
    YEAR_END = "year_end", _("未载明日期, 按年底计")


@tracked
class Milestone(Versioned):
    """A dated promise 节点. The baseline date stays; the due date moves by extensions only."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="milestones", verbose_name=_("重大项目")
    )
    report_key = models.CharField(
        _("报告键"), max_length=80, null=True, blank=True, unique=True, editable=False
    )
    name = models.CharField(_("节点"), max_length=200)
    commitment = models.CharField(
        _("承诺强度"), max_length=8, choices=Commitment, default=Commitment.PLAN
    )
    baseline_on = models.DateField(_("基准日期"))
    due_on = models.DateField(_("现定期限"))
    date_basis = models.CharField(
        _("期限依据"), max_length=8, choices=DateBasis, default=DateBasis.STATED
    )
    forecast_on = models.DateField(_("预计完成"), null=True, blank=True)
    done_on = models.DateField(_("完成日期"), null=True, blank=True)
    officer = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="officer_of_milestones",
        verbose_name=_("责任人"),
        help_text=_("不填时由项目联系人负责。"),
    )
    evidence = models.CharField(_("完成依据"), max_length=500, blank=True)
    section = models.CharField(_("报告章节"), max_length=32, blank=True)
    wording = models.CharField(_("报告原文"), max_length=200, blank=True, editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("节点")
        verbose_name_plural = _("节点")
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["due_on"], name="milestone_open_due", condition=Q(done_on__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="milestone_name_once",
                violation_error_message=_("该项目已有同名节点。"),
            ),
            models.CheckConstraint(
                condition=Q(commitment__in=Commitment.values), name="milestone_commitment_known"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("baseline_on")),
                name="milestone_due_not_before_baseline",
                violation_error_message=_("现定期限不能早于基准日期。"),
            ),
        ]
        triggers = [
            # Each grant moves the date that it was asked of, once: an older one moves nothing back.
            make_refusal_trigger(
                name="due_on_by_extension",
                constraint="milestone_due_on_by_extension_only",
                message=_("现定期限只能由获准的延期申请改变。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__due_on__df=pgtrigger.F("new__due_on")),
                unless="""EXISTS (
                    SELECT 1 FROM projects_extensionrequest
                    WHERE milestone_id = NEW.id AND state = 'granted'
                      AND new_due_on = NEW.due_on AND due_on_before = OLD.due_on)""",
            ),
            make_refusal_trigger(
                name="baseline_stays",
                constraint="milestone_baseline_stays",
                message=_("基准日期不能改变。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__baseline_on__df=pgtrigger.F("new__baseline_on")),
            ),
            make_refusal_trigger(
                name="done_on_stays_once_closed",
                constraint="milestone_done_on_stays_once_closed",
                message=_("节点已办结销号, 完成日期不能再改; 确需更正请督查员重新交办。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__done_on__df=pgtrigger.F("new__done_on")),
                unless="""(
                    SELECT state FROM projects_handoverstep WHERE milestone_id = NEW.id
                    ORDER BY id DESC LIMIT 1) IS DISTINCT FROM 'closed'""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.name} · {self.name}"


class ExtensionState(models.TextChoices):
    ASKED = "asked", _("已申请")
    SIGNED = "signed", _("负责人已签")
    GRANTED = "granted", _("同意")
    REFUSED = "refused", _("不同意")


OPEN_EXTENSION_STATES = (ExtensionState.ASKED, ExtensionState.SIGNED)


@tracked
class ExtensionRequest(Versioned):
    """A request 延期申请 for a definite new date, asked before the day is over."""

    milestone = models.ForeignKey(
        Milestone, models.CASCADE, related_name="extension_requests", verbose_name=_("节点")
    )
    due_on_before = models.DateField(_("申请时的期限"), editable=False)
    new_due_on = models.DateField(_("申请的新期限"))
    reason = models.CharField(_("理由"), max_length=500)
    progress = models.CharField(_("目前进展"), max_length=500)
    state = models.CharField(
        _("状态"),
        max_length=8,
        choices=ExtensionState,
        default=ExtensionState.ASKED,
        editable=False,
    )
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("申请人"), editable=False
    )
    requested_at = models.DateTimeField(_("申请时间"), editable=False)
    signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("签字人"), editable=False
    )
    signed_at = models.DateTimeField(_("签字时间"), null=True, editable=False)
    decide_by = models.DateField(
        _("应决定日期"), null=True, editable=False, help_text=_("签字后三个工作日")
    )
    decider = models.CharField(
        _("由谁决定"),
        max_length=10,
        choices=Decider,
        blank=True,
        editable=False,
        help_text=_("签字时按规则确定"),
    )
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("决定人"), editable=False
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, editable=False)
    decision_note = models.CharField(_("决定意见"), max_length=500, blank=True, editable=False)

    objects = ExtensionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("延期申请")
        verbose_name_plural = _("延期申请")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["milestone"],
                condition=Q(state__in=OPEN_EXTENSION_STATES),
                name="extensionrequest_one_open",
                violation_error_message=_("该节点已有一份待定的延期申请。"),
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExtensionState.values), name="extensionrequest_state_known"
            ),
            models.CheckConstraint(
                condition=Q(new_due_on__gt=F("due_on_before")),
                name="extensionrequest_later",
                violation_error_message=_("新期限应晚于现定期限。"),
            ),
            models.CheckConstraint(
                condition=Q(decider__in=["", *Decider.values]),
                name="extensionrequest_decider_known",
            ),
            models.CheckConstraint(
                condition=Q(state="asked")
                | Q(signed_at__isnull=False, decide_by__isnull=False, decider__gt=""),
                name="extensionrequest_signed_first",
                violation_error_message=_("延期申请须先由负责人签字。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "refused"]) | Q(decided_at__isnull=False),
                name="extensionrequest_decided_at_a_moment",
            ),
        ]
        triggers = [
            make_refusal_trigger(
                name="decision_is_final",
                constraint="extensionrequest_decision_is_final",
                message=_("延期申请已有决定, 不能再改。"),
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=["granted", "refused"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone} → {self.new_due_on}"


@append_only
class HandoverStep(AbstractHandoverStep):
    """One step of a hand-over; the newest says where it stands."""

    milestone = models.ForeignKey(
        Milestone, models.CASCADE, related_name="handover_steps", verbose_name=_("节点")
    )

    objects = HandoverStepQuerySet.as_manager()

    class Meta(AbstractHandoverStep.Meta):
        verbose_name = _("交办记录")
        verbose_name_plural = _("交办记录")
        ordering = ["milestone_id", "id"]

    def __str__(self) -> str:
        return f"{self.milestone_id}: {self.state}"
