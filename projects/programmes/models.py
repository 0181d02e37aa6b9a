"""The year's programme of major projects, and a project's place in it (domain §2)."""

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.core.tracking import Recorded, Versioned, append_only, make_refusal_trigger, tracked
from projects.people.models import User
from projects.programmes.querysets import (
    BaselineQuerySet,
    PlanPointQuerySet,
    ProgrammeEntryQuerySet,
    ProgrammeQuerySet,
)
from projects.register.models import Project


@tracked
class Programme(Versioned):
    """A year's programme 年度重大项目计划; the count registered is counted, never typed."""

    year = models.PositiveSmallIntegerField(
        _("年度"), unique=True, error_messages={"unique": _("该年度的计划已存在。")}
    )
    title = models.CharField(_("标题"), max_length=120)
    planned_count = models.PositiveIntegerField(_("计划项目数"))
    section = models.CharField(_("报告章节"), max_length=32, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准人"), editable=False
    )
    approved_on = models.DateField(_("批准日期"), null=True, editable=False)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("年度重大项目计划")
        verbose_name_plural = _("年度重大项目计划")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)),
                name="programme_year_plausible",
                violation_error_message=_("年度应在 2000 与 2100 之间。"),
            )
        ]

    def __str__(self) -> str:
        return self.title


def _row(row: str) -> str:
    """Returns the SQL of all that an approval freezes."""
    names = (
        "planned_investment", "planned_start", "planned_commissioning", "approved_on",
        "approved_by_id", "baseline_number",
    )  # fmt: skip
    return f"({', '.join(f'{row}.{name}' for name in names)})"


_NEXT_VERSION_STANDS = (
    "(OLD.approved_on, OLD.approved_by_id) IS NOT DISTINCT FROM"
    " (NEW.approved_on, NEW.approved_by_id)"
    " AND NEW.baseline_number = OLD.baseline_number + 1"
    " AND EXISTS (SELECT 1 FROM projects_baseline b"
    " WHERE b.entry_id = NEW.id AND b.number = NEW.baseline_number AND"
    " (b.planned_investment, b.planned_start, b.planned_commissioning) IS NOT DISTINCT FROM"
    " (NEW.planned_investment, NEW.planned_start, NEW.planned_commissioning))"
)


@tracked
class ProgrammeEntry(Versioned):
    """A project in a year with its plan (money in 万元); frozen once approved."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="entries", verbose_name=_("年度重大项目计划")
    )
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="programme_entries", verbose_name=_("重大项目")
    )
    planned_investment = models.DecimalField(
        _("年度计划投资 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0), _("金额不能为负数。"))],
    )
    planned_start = models.DateField(_("计划开工"), null=True, blank=True)
    planned_commissioning = models.DateField(_("计划投产"), null=True, blank=True)
    expected_outcome = models.CharField(_("年度预期"), max_length=300, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    approved_on = models.DateField(_("批准日期"), null=True, blank=True)
    baseline_number = models.PositiveSmallIntegerField(
        _("现行版次"), default=0, editable=False, help_text=_("0: 尚未批准")
    )
    joined_on = models.DateField(
        _("调入日期"), null=True, blank=True, help_text=_("仅在年度计划批准之后列入时填写。")
    )
    join_approval = models.CharField(_("调入依据"), max_length=200, blank=True)
    left_on = models.DateField(_("调出日期"), null=True, blank=True, editable=False)
    leave_approval = models.CharField(_("调出依据"), max_length=200, blank=True, editable=False)

    objects = ProgrammeEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("入计划项目")
        verbose_name_plural = _("入计划项目")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "project"],
                name="programmeentry_once",
                violation_error_message=_("该项目已列入此年度计划。"),
            ),
            models.CheckConstraint(
                condition=Q(joined_on__isnull=True) | ~Q(join_approval=""),
                name="programmeentry_joined_with_an_approval",
                violation_error_message=_("调入须写明依据。"),
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | ~Q(leave_approval=""),
                name="programmeentry_left_with_an_approval",
                violation_error_message=_("调出须写明依据。"),
            ),
            models.CheckConstraint(
                condition=Q(planned_investment__gte=0), name="programmeentry_money_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(planned_commissioning__gte=F("planned_start")),
                name="programmeentry_start_before_commissioning",
                violation_error_message=_("计划投产不能早于计划开工。"),
            ),
        ]
        triggers = [
            make_refusal_trigger(
                name="approved_plan_frozen",
                constraint="programmeentry_approved_plan_frozen",
                message=_("年度计划已批准, 计划数不能直接修改; 需要调整请按调整程序报批。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.approved_on IS NOT NULL AND {_row('OLD')} IS DISTINCT FROM {_row('NEW')}"
                ),
                # A re-baselining: the next version stands already, and says the same.
                unless=_NEXT_VERSION_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.project}"


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
            make_refusal_trigger(
                name="approved_points_frozen",
                constraint="planpoint_approved_points_frozen",
                message=_FROZEN_WORDS,
                operation=pgtrigger.Insert | pgtrigger.Update,
                unless=_NOT_APPROVED,
            ),
            make_refusal_trigger(
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
