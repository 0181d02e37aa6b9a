"""The year's plan of a project, version by version (domain §2: baseline)."""

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.core.tracking import Recorded, Versioned, append_only, refuse, tracked
from projects.models.organisation import User
from projects.models.programme import ProgrammeEntry
from projects.querysets import BaselineQuerySet, PlanPointQuerySet

# A version that was approved stands as it was approved; a new one brings points of its own.
_NOT_APPROVED = (
    "NOT EXISTS (SELECT 1 FROM projects_baseline b WHERE (b.entry_id, b.number) IN"
    " ((OLD.entry_id, OLD.baseline_number), (NEW.entry_id, NEW.baseline_number)))"
)
_FROZEN_WORDS = _("该版分期计划已批准, 不能直接修改; 需要调整请按调整程序报批。")
NOT_NEGATIVE = [MinValueValidator(Decimal(0), _("金额不能为负数。"))]


@append_only
class Baseline(Recorded):
    """A frozen version of an entry's plan: what was approved, when, by whom, and why anew."""

    entry = models.ForeignKey(
        ProgrammeEntry, models.CASCADE, related_name="baselines", verbose_name=_("入计划项目")
    )
    number = models.PositiveSmallIntegerField(_("版次"))
    planned_investment = models.DecimalField(
        _("年度计划投资 (万元)"), max_digits=14, decimal_places=2, null=True
    )
    planned_start = models.DateField(_("计划开工"), null=True)
    planned_commissioning = models.DateField(_("计划投产"), null=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准人")
    )
    approved_on = models.DateField(_("批准日期"))

    objects = BaselineQuerySet.as_manager()

    class Meta:
        verbose_name = _("计划版次")
        verbose_name_plural = _("计划版次")
        ordering = ["entry_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="baseline_number_once"),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(reason=""), name="baseline_anew_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} · {self.number}"


@tracked
class PlanPoint(Versioned):
    """What the plan says for the end of a month or quarter, cumulative within the year."""

    entry = models.ForeignKey(
        ProgrammeEntry, models.CASCADE, related_name="plan_points", verbose_name=_("入计划项目")
    )
    baseline_number = models.PositiveSmallIntegerField(_("版次"), default=1, editable=False)
    month = models.PositiveSmallIntegerField(
        _("截至月份"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    investment = models.DecimalField(
        _("累计计划投资 (万元)"), max_digits=14, decimal_places=2, validators=NOT_NEGATIVE
    )
    progress = models.DecimalField(
        _("累计形象进度 (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )

    objects = PlanPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("分期计划")
        verbose_name_plural = _("分期计划")
        ordering = ["entry_id", "baseline_number", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "baseline_number", "month"],
                name="planpoint_once",
                violation_error_message=_("该月份的分期计划已存在。"),
            ),
            models.CheckConstraint(condition=Q(month__range=(1, 12)), name="planpoint_month"),
            models.CheckConstraint(
                condition=Q(investment__gte=0), name="planpoint_investment_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(progress__range=(0, 100)), name="planpoint_progress_range"
            ),
        ]
        triggers = [
            refuse(
                name="approved_points_frozen",
                constraint="planpoint_approved_points_frozen",
                message=_FROZEN_WORDS,
                operation=pgtrigger.Insert | pgtrigger.Update,
                unless=_NOT_APPROVED,
            ),
            refuse(
                name="approved_points_kept",
                constraint="planpoint_approved_points_kept",
                message=_FROZEN_WORDS,
                operation=pgtrigger.Delete,
                unless=_NOT_APPROVED,
                passes="OLD",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} · {self.month}: {self.investment}"
