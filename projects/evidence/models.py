"""A milestone that is handed over to somebody 交办, and the files that prove things (domain §2)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from projects.core.tracking import Recorded, append_only
from projects.evidence.querysets import EvidenceFileQuerySet
from projects.people.models import User
from projects.register.models import Project


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
