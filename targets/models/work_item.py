"""The list behind a target, one plan an item (清单, 一项一策), its hand-over and its evidence."""

from decimal import Decimal

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.core.tracking import Versioned, append_only, make_refusal_trigger, tracked
from projects.evidence.models import KeptFile
from projects.handover.models import AbstractHandoverStep
from projects.people.models import Department, User
from targets.choices import WorkItemKind
from targets.models.target import Target
from targets.querysets import WorkItemEvidenceQuerySet, WorkItemQuerySet, WorkItemStepQuerySet


@tracked
class WorkItem(Versioned):
    """One thing on the list; done items add up to the target."""

    target = models.ForeignKey(
        Target, models.CASCADE, related_name="work_items", verbose_name=_("目标")
    )
    report_key = models.CharField(
        _("报告键"), max_length=80, null=True, blank=True, unique=True, editable=False
    )
    kind = models.CharField(
        _("类别"), max_length=12, choices=WorkItemKind, default=WorkItemKind.ITEM
    )
    name = models.CharField(_("事项"), max_length=200)
    origin = models.CharField(
        _("来源"),
        max_length=200,
        blank=True,
        help_text=_("批示的领导和日期、会议名称和次数、议案建议或提案的编号。"),
    )
    placeholder = models.BooleanField(
        _("待分解"),
        default=False,
        help_text=_("只有总量、尚未逐项列出: 不单独到期, 也不能直接登记完成。"),
    )
    quantity = models.DecimalField(
        _("数量"),
        max_digits=18,
        decimal_places=4,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
    )
    unit = models.CharField(_("单位"), max_length=32, blank=True)
    place = models.CharField(_("地点"), max_length=200, blank=True)
    plan = models.TextField(_("措施"), blank=True)
    lead_department = models.ForeignKey(
        Department, models.PROTECT, related_name="led_work_items", verbose_name=_("牵头单位")
    )
    officer = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="officer_of_work_items",
        verbose_name=_("责任人"),
    )
    due_on = models.DateField(_("期限"))
    done_on = models.DateField(_("完成日期"), null=True, blank=True)
    evidence = models.CharField(_("完成依据"), max_length=500, blank=True)
    section = models.CharField(_("报告章节"), max_length=32, blank=True)
    wording = models.CharField(_("报告原文"), max_length=200, blank=True, editable=False)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("清单事项")
        verbose_name_plural = _("清单事项")
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["due_on"], name="workitem_open_due", condition=Q(done_on__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "name"],
                name="workitem_name_once",
                violation_error_message=_("该目标的清单里已有同名事项。"),
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="workitem_not_negative"),
            models.CheckConstraint(
                condition=Q(kind__in=WorkItemKind.values), name="workitem_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(placeholder=False) | Q(done_on__isnull=True),
                name="workitem_placeholder_is_not_done",
                violation_error_message=_("该条是待分解的总量, 请先逐项列出, 再逐项登记完成。"),
            ),
        ]
        triggers = [
            make_refusal_trigger(
                name="done_on_stays_once_closed",
                constraint="workitem_done_on_stays_once_closed",
                message=_("事项已办结销号, 完成日期不能再改; 确需更正请督查员重新交办。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__done_on__df=pgtrigger.F("new__done_on")),
                unless="""(
                    SELECT state FROM targets_workitemstep WHERE work_item_id = NEW.id
                    ORDER BY id DESC LIMIT 1) IS DISTINCT FROM 'closed'""",
            ),
            # What was finished late stays so: its day is not moved behind it afterwards.
            make_refusal_trigger(
                name="due_on_stays_once_done",
                constraint="workitem_due_on_stays_once_done",
                message=_("事项已完成, 期限不能再改。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__due_on__df=pgtrigger.F("new__due_on")),
                unless="OLD.done_on IS NULL",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@append_only
class WorkItemStep(AbstractHandoverStep):
    """One step of an item's hand-over; the newest says where it stands."""

    work_item = models.ForeignKey(
        WorkItem, models.CASCADE, related_name="handover_steps", verbose_name=_("清单事项")
    )

    objects = WorkItemStepQuerySet.as_manager()

    class Meta(AbstractHandoverStep.Meta):
        verbose_name = _("事项交办记录")
        verbose_name_plural = _("事项交办记录")
        ordering = ["work_item_id", "id"]

    def __str__(self) -> str:
        return f"{self.work_item_id}: {self.state}"


@append_only
class WorkItemEvidence(KeptFile):
    """A file that proves something of an item."""

    work_item = models.ForeignKey(
        WorkItem, models.PROTECT, related_name="evidence_files", verbose_name=_("清单事项")
    )

    objects = WorkItemEvidenceQuerySet.as_manager()

    class Meta(KeptFile.Meta):
        verbose_name = _("事项佐证材料")
        verbose_name_plural = _("事项佐证材料")
