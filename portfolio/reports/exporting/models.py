"""An answer of this API, written to a file by a worker, to be fetched by whoever asked for it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portfolio.reports.exporting.querysets import ExportQuerySet
from projects.core.tracking import Recorded, Versioned, tracked
from projects.people.models import User


class ExportState(models.TextChoices):
    """Where an export has got to."""

    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("导出中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("导出失败")
    EXPIRED = "expired", _("已过期")


class ExportFormat(models.TextChoices):
    """What a file is; the last two are the bulletin's."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    DOCX = "docx", "DOCX"
    PDF = "pdf", "PDF"


@tracked
class Export(Recorded, Versioned):
    """An address of this API and the file with its answer, made with the owner's rights.

    How many rows are done changes every second, so it is kept in the cache; this row keeps what
    must survive the worker.
    """

    owner = models.ForeignKey(
        User, models.PROTECT, related_name="exports", verbose_name=_("导出人"), editable=False
    )
    address = models.CharField(
        _("地址"),
        max_length=2000,
        help_text=_("本接口任一列表或报表的地址, 含筛选条件; 格式写在 format 里"),
    )
    title = models.CharField(_("内容"), max_length=200, editable=False)
    format = models.CharField(_("格式"), max_length=4, choices=ExportFormat, editable=False)
    language = models.CharField(_("语言"), max_length=12, editable=False)
    state = models.CharField(
        _("状态"), max_length=8, choices=ExportState, default=ExportState.QUEUED, editable=False
    )
    rows_total = models.PositiveIntegerField(_("总行数"), null=True, editable=False)
    rows_done = models.PositiveIntegerField(_("已完成行数"), default=0, editable=False)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0, editable=False)
    started_at = models.DateTimeField(_("开始时间"), null=True, editable=False)
    ended_at = models.DateTimeField(_("结束时间"), null=True, editable=False)
    expires_at = models.DateTimeField(_("保留至"), null=True, editable=False)
    file_name = models.CharField(_("文件名"), max_length=120, blank=True, editable=False)
    # Under MEDIA_ROOT/exports; never told to anybody.
    stored_as = models.CharField(max_length=80, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("字节数"), null=True, editable=False)
    error = models.CharField(_("失败原因"), max_length=500, blank=True, editable=False)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("导出")
        verbose_name_plural = _("导出")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="queued"), name="export_queued"),
            models.Index(fields=["expires_at"], condition=Q(state="done"), name="export_kept"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ExportState.values), name="export_state_known"
            ),
            models.CheckConstraint(
                condition=Q(format__in=ExportFormat.values), name="export_format_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done", size__isnull=False, expires_at__isnull=False)
                & ~Q(stored_as="")
                | ~Q(state="done") & Q(stored_as=""),
                name="export_done_has_a_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="export_failed_says_why"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="export_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.format}"
