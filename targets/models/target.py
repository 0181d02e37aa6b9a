"""A measurable promise of the year, and its breakdown (domain §4)."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.choices import Assigned, Category, Cluster, Commitment
from projects.core.tracking import Versioned, tracked
from projects.people.models import Department, User
from targets.choices import (
    BaselinePeriod,
    BaselineQualifier,
    Comparator,
    Frequency,
    Measure,
    ProjectFigure,
    Source,
)
from targets.querysets import TargetPartQuerySet, TargetPathPointQuerySet, TargetQuerySet

# A figure may be published up to two years after its period.
LATEST = MaxValueValidator(731)


@tracked
class Target(Versioned):
    """What was promised: a value, how the report words it, and how it is measured."""

    year = models.PositiveSmallIntegerField(_("年度"))
    report_key = models.CharField(
        _("报告键"), max_length=80, null=True, blank=True, unique=True, editable=False
    )
    name = models.CharField(_("目标"), max_length=200)
    pinyin = models.CharField(_("拼音"), max_length=1024, blank=True, editable=False)
    section = models.CharField(_("报告章节"), max_length=32, blank=True)
    wording = models.CharField(_("报告原文"), max_length=200, blank=True, editable=False)
    commitment = models.CharField(
        _("承诺强度"), max_length=8, choices=Commitment, default=Commitment.PLAN
    )
    comparator = models.CharField(_("比较方式"), max_length=16, choices=Comparator)
    value = models.DecimalField(_("目标值"), max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=32, blank=True)
    tolerance = models.DecimalField(
        _("容差"),
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("只用于“左右”和“同步”; 不填时用默认值。"),
    )
    in_step_with = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("同步于"),
    )
    measure = models.CharField(_("计量方式"), max_length=12, choices=Measure)
    source = models.CharField(_("数据来源"), max_length=16, choices=Source, default=Source.REPORTED)
    project_figure = models.CharField(
        _("项目口径"),
        max_length=20,
        choices=ProjectFigure,
        blank=True,
        help_text=_("由项目汇总时, 汇总哪一项; 单位填报时, 哪一项与填报数对照。"),
    )
    project_category = models.CharField(
        _("限于项目类别"), max_length=24, choices=Category, blank=True
    )
    project_cluster = models.CharField(
        _("限于产业集群"), max_length=32, choices=Cluster, blank=True
    )
    project_district = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("限于所在旗县区"),
    )
    project_min_investment = models.DecimalField(
        _("限于总投资不低于 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    frequency = models.CharField(
        _("公布频率"), max_length=8, choices=Frequency, default=Frequency.MONTH
    )
    jan_feb_combined = models.BooleanField(
        _("1、2月合并公布"), default=False, help_text=_("1月不单独公布, 2月公布两个月累计数。")
    )
    published_after_days = models.PositiveSmallIntegerField(
        _("期后多少天公布"),
        default=10,
        validators=[LATEST],
        help_text=_("自期末次日起算; 到这一天仍无数值才算待填报。"),
    )
    year_published_after_days = models.PositiveSmallIntegerField(
        _("全年数年后多少天公布"),
        null=True,
        blank=True,
        validators=[LATEST],
        help_text=_("不填即与其他期间相同。"),
    )
    breakdown_note = models.CharField(
        _("分解说明"),
        max_length=500,
        blank=True,
        help_text=_("累计类目标的分解之和与目标值不等时, 说明原因。"),
    )
    baseline = models.DecimalField(
        _("上年实绩"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    baseline_qualifier = models.CharField(
        _("实绩措辞"), max_length=8, choices=BaselineQualifier, blank=True
    )
    baseline_estimated = models.BooleanField(_("实绩为预计"), default=False)
    baseline_period = models.CharField(
        _("实绩期间"), max_length=24, choices=BaselinePeriod, blank=True
    )
    baseline_section = models.CharField(_("实绩出处"), max_length=32, blank=True)
    baseline_note = models.CharField(_("实绩说明"), max_length=200, blank=True)
    lead_department = models.ForeignKey(
        Department, models.PROTECT, related_name="led_targets", verbose_name=_("牵头单位")
    )
    supporting_departments = models.ManyToManyField(
        Department,
        through="TargetSupport",
        related_name="supported_targets",
        blank=True,
        verbose_name=_("配合单位"),
    )
    sponsor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sponsored_targets",
        verbose_name=_("包联领导"),
    )
    due_on = models.DateField(_("期限"))
    weight = models.DecimalField(
        _("权重"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
    )
    assigned = models.CharField(
        _("责任来源"), max_length=8, choices=Assigned, default=Assigned.STATED, editable=False
    )
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("目标")
        verbose_name_plural = _("目标")
        ordering = ["year", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "name"],
                name="target_name_once_a_year",
                violation_error_message=_("该年度已有同名目标。"),
            ),
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)), name="target_year_plausible"
            ),
            models.CheckConstraint(
                condition=Q(comparator__in=Comparator.values), name="target_comparator_known"
            ),
            models.CheckConstraint(
                condition=Q(measure__in=Measure.values), name="target_measure_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="target_source_known"
            ),
            models.CheckConstraint(
                condition=Q(commitment__in=Commitment.values), name="target_commitment_known"
            ),
            models.CheckConstraint(
                # All of a list is a goal whose number is the list's length, known once it is there.
                condition=Q(comparator__in=[Comparator.DONE, Comparator.IN_STEP_WITH])
                | Q(comparator=Comparator.EXACTLY_ALL, source=Source.FROM_ITEMS)
                | Q(value__isnull=False),
                name="target_has_value",
                violation_error_message=_(
                    "除“完成”、“同步”和由清单汇总的“全部”外, 目标必须有目标值。"
                ),
            ),
            models.CheckConstraint(
                condition=Q(comparator=Comparator.IN_STEP_WITH, in_step_with__isnull=False)
                | (~Q(comparator=Comparator.IN_STEP_WITH) & Q(in_step_with__isnull=True)),
                name="target_in_step_with_another",
                violation_error_message=_("“同步”须指明另一个目标, 其他比较方式则不填。"),
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values), name="target_frequency_known"
            ),
            models.CheckConstraint(
                condition=Q(project_figure__in=["", *ProjectFigure.values]),
                name="target_project_figure_known",
            ),
            models.CheckConstraint(
                condition=Q(project_figure="")
                | Q(source__in=[Source.FROM_PROJECTS, Source.REPORTED]),
                name="target_project_figure_from_projects",
                violation_error_message=_("只有由项目汇总或单位填报的目标才选项目口径。"),
            ),
            models.CheckConstraint(
                condition=Q(jan_feb_combined=False) | Q(frequency=Frequency.MONTH),
                name="target_jan_feb_of_months",
                violation_error_message=_("只有按月公布的目标才有1、2月合并。"),
            ),
            models.CheckConstraint(
                condition=Q(in_step_with__isnull=True) | ~Q(in_step_with=F("id")),
                name="target_not_in_step_with_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked
class TargetSupport(Versioned):
    """A department that supports a target led by another."""

    target = models.ForeignKey(Target, models.CASCADE, verbose_name=_("目标"))
    department = models.ForeignKey(Department, models.PROTECT, verbose_name=_("配合单位"))

    class Meta:
        verbose_name = _("配合单位")
        verbose_name_plural = _("配合单位")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "department"],
                name="targetsupport_once",
                violation_error_message=_("该单位已是配合单位。"),
            )
        ]

    def __str__(self) -> str:
        return str(self.department)


@tracked
class TargetPart(Versioned):
    """The share of a target that one department or district answers for (分解)."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="parts", verbose_name=_("目标"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="target_parts", verbose_name=_("责任单位")
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级分解"),
        help_text=_("再往下分解时, 属于哪一个分解。"),
    )
    value = models.DecimalField(_("分解值"), max_digits=18, decimal_places=4)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = TargetPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("目标分解")
        verbose_name_plural = _("目标分解")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "department"],
                name="targetpart_once",
                violation_error_message=_("该目标已分解到此单位。"),
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="targetpart_not_negative"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="targetpart_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} · {self.department}"


@tracked
class TargetPathPoint(Versioned):
    """What a target's own path says for the end of a month (序时进度)."""

    target = models.ForeignKey(
        Target, models.CASCADE, related_name="path_points", verbose_name=_("目标")
    )
    month = models.PositiveSmallIntegerField(
        _("截至月份"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    value = models.DecimalField(_("计划值"), max_digits=18, decimal_places=4)

    objects = TargetPathPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("目标序时计划")
        verbose_name_plural = _("目标序时计划")
        ordering = ["target_id", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "month"],
                name="targetpathpoint_once",
                violation_error_message=_("该目标此月份的计划值已存在。"),
            ),
            models.CheckConstraint(condition=Q(month__range=(1, 12)), name="targetpathpoint_month"),
        ]

    def __str__(self) -> str:
        return f"{self.target} · {self.month}: {self.value}"
