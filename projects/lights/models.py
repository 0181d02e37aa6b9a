"""Red, yellow, green: the policy, each month's light, overrides and exemptions (domain §2)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.choices import LightColour, LightMeasure
from projects.core.tracking import Recorded, Versioned, append_only, tracked
from projects.lights.querysets import (
    LightExemptionQuerySet,
    LightOverrideQuerySet,
    LightPolicyQuerySet,
    MonthlyLightQuerySet,
)
from projects.people.models import User
from projects.register.models import Project


@tracked
class LightPolicy(Versioned):
    """A version of the policy; the newest that is in force on a day counts."""

    number = models.PositiveSmallIntegerField(_("版次"), unique=True)
    in_force_from = models.DateField(_("启用日期"))
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = LightPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("评灯规则")
        verbose_name_plural = _("评灯规则")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number} ({self.in_force_from})"


@tracked
class LightRule(Versioned):
    """A line of the policy: from ``threshold`` (exclusive) on, the colour, for this reason."""

    policy = models.ForeignKey(
        LightPolicy, models.CASCADE, related_name="rules", verbose_name=_("评灯规则")
    )
    position = models.PositiveSmallIntegerField(_("次序"))
    measure = models.CharField(_("指标"), max_length=32, choices=LightMeasure)
    above = models.DecimalField(_("大于"), max_digits=7, decimal_places=2, default=0)
    colour = models.CharField(_("灯"), max_length=8, choices=LightColour)
    reason = models.CharField(_("理由"), max_length=200)

    class Meta:
        verbose_name = _("评灯条目")
        verbose_name_plural = _("评灯条目")
        ordering = ["policy_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="lightrule_position_once"),
            models.CheckConstraint(
                condition=Q(measure__in=LightMeasure.values), name="lightrule_measure_known"
            ),
            models.CheckConstraint(
                condition=Q(colour__in=LightColour.values), name="lightrule_colour_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} > {self.above}: {self.get_colour_display()}"


@append_only
class MonthlyLight(Recorded):
    """A project's light at the end of a month, with its reasons in words; never rewritten."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="monthly_lights", verbose_name=_("重大项目")
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    month = models.PositiveSmallIntegerField(_("月份"))
    colour = models.CharField(_("灯"), max_length=8, choices=LightColour)
    computed_colour = models.CharField(_("计算的灯"), max_length=8, choices=LightColour)
    reasons = models.JSONField(_("理由"), default=list)
    policy = models.ForeignKey(
        LightPolicy, models.PROTECT, related_name="+", verbose_name=_("评灯规则")
    )

    objects = MonthlyLightQuerySet.as_manager()

    class Meta:
        verbose_name = _("月度评灯")
        verbose_name_plural = _("月度评灯")
        ordering = ["-year", "-month", "project_id", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(month__range=(1, 12)), name="monthlylight_month"),
            models.CheckConstraint(
                condition=Q(colour__in=LightColour.values), name="monthlylight_colour_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "-year", "-month", "-id"], name="monthlylight_of_project"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.year}-{self.month:02d}: {self.colour}"


@tracked
class LightOverride(Versioned):
    """A supervisor's own light beside the computed one, with a reason and an end."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="light_overrides", verbose_name=_("重大项目")
    )
    colour = models.CharField(_("灯"), max_length=8, choices=LightColour)
    reason = models.CharField(_("理由"), max_length=500)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("设定人"), editable=False
    )

    objects = LightOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("人工评灯")
        verbose_name_plural = _("人工评灯")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="lightoverride_dates",
                violation_error_message=_("结束日期不能早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(colour__in=LightColour.values), name="lightoverride_colour_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.colour} → {self.ends_on}"


@tracked
class LightExemption(Versioned):
    """A lapse with an accepted reason 正当理由: exempted, by whom and until when."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="light_exemptions", verbose_name=_("重大项目")
    )
    measure = models.CharField(_("指标"), max_length=32, choices=LightMeasure)
    reason = models.CharField(_("理由"), max_length=500)
    until = models.DateField(_("有效至"))
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准人"), editable=False
    )
    granted_on = models.DateField(_("批准日期"), editable=False)

    objects = LightExemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("正当理由")
        verbose_name_plural = _("正当理由")
        ordering = ["-granted_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(measure__in=LightMeasure.values), name="lightexemption_measure_known"
            ),
            models.CheckConstraint(
                condition=Q(until__gte=F("granted_on")), name="lightexemption_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.measure} → {self.until}"
