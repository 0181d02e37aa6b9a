"""A milestone that is handed over to somebody 交办, and the files that prove things (domain §2)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from projects.core.tracking import Recorded, append_only
from projects.models.milestone import Milestone
from projects.models.organisation import User
from projects.models.project import Project
from projects.querysets import EvidenceFileQuerySet, HandoverStepQuerySet


class HandoverState(models.TextChoices):
    ASSIGNED = "assigned", _("已交办")
    REPORTED = "reported", _("已反馈")
    RETURNED = "returned", _("退办")
    PARKED = "parked", _("挂账")
    CLOSED = "closed", _("办结销号")


class NoticeCounter(models.Model):
    """The last notice number of a year; a number is never used twice."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("通知编号计数")
        verbose_name_plural = _("通知编号计数")

    def __str__(self) -> str:
        return f"{self.year}: {self.last_number}"


class Step(Recorded):
    """What a step of a hand-over is, whatever was handed over: a subclass names the task, by a
    foreign key that calls the steps ``handover_steps`` there."""

    state = models.CharField(_("状态"), max_length=10, choices=HandoverState)
    notice_number = models.CharField(
        _("通知编号"),
        max_length=32,
        blank=True,
        editable=False,
        help_text=_("督办〔2025〕1号; 由系统编定。"),
    )
    text = models.CharField(_("内容"), max_length=500, blank=True)
    parked_until = models.DateField(_("挂账至"), null=True, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"), editable=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=HandoverState.values), name="%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="parked") | Q(parked_until__isnull=False),
                name="%(class)s_parked_has_an_end",
                violation_error_message=_("挂账须写明截止日期。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returned", "parked"]) | ~Q(text=""),
                name="%(class)s_has_a_reason",
                violation_error_message=_("退办和挂账须写明理由。"),
            ),
            models.UniqueConstraint(
                fields=["notice_number"],
                condition=~Q(notice_number=""),
                name="%(class)s_notice_once",
            ),
        ]


@append_only
class HandoverStep(Step):
    """One step of a hand-over; the newest says where it stands."""

    milestone = models.ForeignKey(
        Milestone, models.CASCADE, related_name="handover_steps", verbose_name=_("节点")
    )

    objects = HandoverStepQuerySet.as_manager()

    class Meta(Step.Meta):
        verbose_name = _("交办记录")
        verbose_name_plural = _("交办记录")
        ordering = ["milestone_id", "id"]

    def __str__(self) -> str:
        return f"{self.milestone_id}: {self.state}"


class EvidenceSubject(models.TextChoices):
    """What a file can prove, besides the project as a whole."""

    STAGE_TRANSITION = "stage_transition", _("阶段变动")
    MILESTONE = "milestone", _("节点")
    HAND_OVER_STEP = "hand_over_step", _("交办记录")
    EXTENSION_REQUEST = "extension_request", _("延期申请")
    PROGRESS_RETURN = "progress_return", _("进展月报")
    SPOT_CHECK = "spot_check", _("实地核查")
    PROBLEM = "problem", _("堵点")
    FUNDING_APPLICATION = "funding_application", _("资金争取")


def evidence_path(instance: "KeptFile", name: str) -> str:
    """Returns where a file is kept: by the month, under a name that the system made."""
    return f"evidence/{clock.today():%Y/%m}/{name}"


class KeptFile(Recorded):
    """A file that proves something; its type and size were read off its content."""

    name = models.CharField(_("文件名"), max_length=200, editable=False)
    content_type = models.CharField(_("类型"), max_length=100, editable=False)
    size = models.PositiveIntegerField(_("大小 (字节)"), editable=False)
    sha256 = models.CharField(_("摘要"), max_length=64, editable=False)
    file = models.FileField(_("文件"), upload_to=evidence_path, max_length=200)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("上传人"), editable=False
    )

    class Meta:
        abstract = True
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="%(class)s_not_empty")]

    def __str__(self) -> str:
        return self.name


@append_only
class EvidenceFile(KeptFile):
    """A file that proves something of a project."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="evidence_files", verbose_name=_("重大项目")
    )
    subject_kind = models.CharField(
        _("所证事项"), max_length=32, choices=EvidenceSubject, blank=True
    )
    subject_id = models.PositiveBigIntegerField(_("事项编号"), null=True, blank=True)

    objects = EvidenceFileQuerySet.as_manager()

    class Meta(KeptFile.Meta):
        verbose_name = _("佐证材料")
        verbose_name_plural = _("佐证材料")
        constraints = [
            *KeptFile.Meta.constraints,
            models.CheckConstraint(
                condition=Q(subject_kind__in=["", *EvidenceSubject.values]),
                name="evidencefile_subject_known",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind="", subject_id__isnull=True)
                | (~Q(subject_kind="") & Q(subject_id__isnull=False)),
                name="evidencefile_subject_whole",
                violation_error_message=_("所证事项的类别和编号须一并填写。"),
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="evidencefile_of_subject")
        ]
