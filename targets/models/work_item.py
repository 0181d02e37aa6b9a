"""The list behind a target, one plan an item (清单, 一项一策)."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Department, User
from projects.models.tracking import Versioned, tracked
from targets.models.target import Target
from targets.querysets import WorkItemQuerySet


@tracked
class WorkItem(Versioned):
    """One thing on the list; done items add up to the target."""

    target = models.ForeignKey(
        Target, models.CASCADE, related_name="work_items", verbose_name=_("目标")
    )
    report_key = models.CharField(
        _("报告键"), max_length=80, null=True, blank=True, unique=True, editable=False
    )
    name = models.CharField(_("事项"), max_length=200)
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
        ]

    def __str__(self) -> str:
        return self.name
