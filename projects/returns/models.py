"""Monthly returns and what was found on site beside them (domain §2)."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.choices import LightColour
from projects.core.tracking import Recorded, Versioned, append_only, tracked
from projects.people.models import User
from projects.register.models import Project
from projects.returns.querysets import (
    ProgressReturnQuerySet,
    ReturnPeriodQuerySet,
    SpotCheckQuerySet,
)

NOT_NEGATIVE = [MinValueValidator(Decimal(0), _("金额不能为负数。"))]
PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


@tracked
class ReturnPeriod(Versioned):
    """A month for which returns are due; the due day is stored, a newer calendar moves nothing."""

    year = models.PositiveSmallIntegerField(_("年度"))
    month = models.PositiveSmallIntegerField(
        _("月份"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    due_on = models.DateField(_("填报期限"), editable=False)
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("开启人"), editable=False
    )

    objects = ReturnPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("月报期")
        verbose_name_plural = _("月报期")
        ordering = ["-year", "-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "month"],
                name="returnperiod_once",
                violation_error_message=_("该月的月报已开启。"),
            ),
            models.CheckConstraint(condition=Q(month__range=(1, 12)), name="returnperiod_month"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


class ReturnState(models.TextChoices):
    DRAFT = "draft", _("待填报")
    SUBMITTED = "submitted", _("待负责人确认")
    CONFIRMED = "confirmed", _("待项目办审核")
    ACCEPTED = "accepted", _("已审核")
    SENT_BACK = "sent_back", _("退回")


@tracked
class ProgressReturn(Versioned):
    """A project's month 进展月报. Money in 万元, of the month only: cumulative figures are derived.

    A correction after acceptance is a new ``revision``; the newest accepted one counts.
    """

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="returns", verbose_name=_("重大项目")
    )
    period = models.ForeignKey(
        ReturnPeriod, models.PROTECT, related_name="returns", verbose_name=_("月报期")
    )
    revision = models.PositiveSmallIntegerField(_("更正次"), default=1, editable=False)
    revision_reason = models.CharField(_("更正理由"), max_length=500, blank=True, editable=False)
    state = models.CharField(
        _("状态"), max_length=10, choices=ReturnState, default=ReturnState.DRAFT, editable=False
    )
    investment_reported = models.DecimalField(
        _("本月完成投资·调度 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
    )
    investment_statistical = models.DecimalField(
        _("本月完成投资·入统 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
    )
    physical_progress = models.DecimalField(
        _("形象进度 (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=PERCENT,
    )
    work_done = models.TextField(_("本月进展"), blank=True)
    obstacles = models.TextField(_("存在问题"), blank=True)
    forecast_commissioning = models.DateField(_("预计投产"), null=True, blank=True)
    department_light = models.CharField(
        _("单位自评"), max_length=8, choices=LightColour, blank=True
    )
    no_change = models.BooleanField(_("本月无变化"), default=False, editable=False)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("填报人"), editable=False
    )
    submitted_at = models.DateTimeField(_("填报时间"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("确认人"), editable=False
    )
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人"), editable=False
    )
    accepted_at = models.DateTimeField(_("审核时间"), null=True, editable=False)
    sent_back_reason = models.CharField(_("退回理由"), max_length=500, blank=True, editable=False)

    objects = ProgressReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("进展月报")
        verbose_name_plural = _("进展月报")
        ordering = ["-period__year", "-period__month", "project_id", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "period", "revision"], name="progressreturn_once"
            ),
            models.UniqueConstraint(
                fields=["project", "period"],
                condition=~Q(state="accepted"),
                name="progressreturn_one_open",
                violation_error_message=_("该项目本月已有一份未办结的月报。"),
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReturnState.values), name="progressreturn_state_known"
            ),
            models.CheckConstraint(
                condition=Q(investment_reported__gte=0), name="progressreturn_reported_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(investment_statistical__gte=0),
                name="progressreturn_statistical_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(physical_progress__range=(0, 100)), name="progressreturn_progress_range"
            ),
            models.CheckConstraint(
                condition=Q(revision=1) | ~Q(revision_reason=""),
                name="progressreturn_correction_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} · {self.period_id}"


@append_only
class SpotCheck(Recorded):
    """What a supervisor found on site, beside what had been reported 实地核查."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="spot_checks", verbose_name=_("重大项目")
    )
    progress_return = models.ForeignKey(
        ProgressReturn,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="spot_checks",
        verbose_name=_("对照的月报"),
    )
    checked_on = models.DateField(_("核查日期"))
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核查人")
    )
    progress_reported = models.DecimalField(
        _("上报形象进度 (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    progress_found = models.DecimalField(
        _("核实形象进度 (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=PERCENT,
    )
    found = models.TextField(_("核查情况"))

    objects = SpotCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("实地核查")
        verbose_name_plural = _("实地核查")
        ordering = ["-checked_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(progress_found__range=(0, 100)), name="spotcheck_progress_range"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} · {self.checked_on}"
