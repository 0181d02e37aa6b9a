"""A major project and its moves from stage to stage (domain §2)."""

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from projects.choices import Assigned, Category, Cluster, Stage
from projects.core.tracking import Recorded, Versioned, append_only, make_refusal_trigger, tracked
from projects.people.models import Department, User
from projects.register.querysets import ProjectQuerySet, StageTransitionQuerySet

# What people write of a project, in the order in which the API, sheets and templates tell it.
# Behind them all come ``section`` and ``note``.
PROJECT_FACTS = (
    "approval_code", "name", "description", "category", "cluster", "district", "latitude",
    "longitude", "lead_department", "supporting_departments", "sponsor", "responsible_head",
    "officer", "owner_company", "owner_credit_code", "total_investment", "investment_before",
    "entered_statistics_on",
)  # fmt: skip

NOT_NEGATIVE = [MinValueValidator(Decimal(0), _("金额不能为负数。"))]


@tracked
class Project(Versioned):
    """A major project 重大项目. Money in 万元.

    ``stage`` is the present stage, kept by the database from the transitions
    (``stagetransition_sets_stage``); nothing else can write it.
    """

    code = models.CharField(
        _("项目编号"),
        max_length=16,
        unique=True,
        editable=False,
        help_text=_("BT-年份-序号, 永不重用。"),
    )
    report_key = models.CharField(
        _("报告键"), max_length=80, null=True, blank=True, unique=True, editable=False
    )
    approval_code = models.CharField(
        _("项目代码"),
        max_length=32,
        null=True,
        blank=True,
        unique=True,
        help_text=_("GB/T 40058-2021 的 24 位国家代码, 例如 2501-150203-04-01-123456。"),
        error_messages={"unique": _("该项目代码已属于另一个项目。")},
    )
    name = models.CharField(_("名称"), max_length=200)
    pinyin = models.CharField(_("拼音"), max_length=1024, blank=True, editable=False)
    description = models.TextField(_("建设内容"), blank=True)
    category = models.CharField(_("类别"), max_length=24, choices=Category)
    cluster = models.CharField(_("产业集群"), max_length=32, choices=Cluster, blank=True)
    district = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="located_projects",
        verbose_name=_("所在地区"),
    )
    latitude = models.DecimalField(
        _("纬度"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
    )
    longitude = models.DecimalField(
        _("经度"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
    )
    lead_department = models.ForeignKey(
        Department, models.PROTECT, related_name="led_projects", verbose_name=_("牵头单位")
    )
    supporting_departments = models.ManyToManyField(
        Department,
        through="ProjectSupport",
        related_name="supported_projects",
        blank=True,
        verbose_name=_("配合单位"),
    )
    sponsor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sponsored_projects",
        verbose_name=_("包联领导"),
    )
    responsible_head = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="headed_projects",
        verbose_name=_("责任领导"),
    )
    officer = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="officer_of_projects",
        verbose_name=_("联系人"),
    )
    owner_company = models.CharField(_("业主单位"), max_length=200, blank=True)
    owner_credit_code = models.CharField(
        _("统一社会信用代码"),
        max_length=18,
        blank=True,
        validators=[
            RegexValidator(r"^[0-9A-HJ-NPQRTUWXY]{18}$", _("应为 18 位统一社会信用代码。"))
        ],
    )
    total_investment = models.DecimalField(
        _("总投资 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
    )
    investment_before = models.DecimalField(
        _("年前累计完成投资 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
    )
    entered_statistics_on = models.DateField(_("入统日期"), null=True, blank=True)
    stage = models.CharField(
        _("阶段"), max_length=16, choices=Stage, default=Stage.RESERVE, editable=False
    )
    section = models.CharField(_("报告章节"), max_length=32, blank=True)
    wording = models.CharField(_("报告原文"), max_length=200, blank=True, editable=False)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    assigned = models.CharField(
        _("责任来源"), max_length=8, choices=Assigned, default=Assigned.STATED, editable=False
    )
    synthetic = models.BooleanField(_("模拟数据"), default=False, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("重大项目")
        verbose_name_plural = _("重大项目")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["stage", "code"], name="project_stage"),
            models.Index(fields=["pinyin"], name="project_pinyin"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^BT-\d{4}-\d{4,}$"), name="project_code_shape"
            ),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="project_category_known"
            ),
            models.CheckConstraint(
                condition=Q(cluster="") | Q(cluster__in=Cluster.values),
                name="project_cluster_known",
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="project_stage_known"),
            models.CheckConstraint(
                condition=Q(total_investment__gte=0), name="project_total_investment_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(investment_before__gte=0), name="project_investment_before_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90)) & Q(longitude__range=(-180, 180)),
                name="project_point_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="project_point_whole",
                violation_error_message=_("经度和纬度要么都填, 要么都不填。"),
            ),
        ]
        triggers = [
            # The trigger of StageTransition is one level deep when it writes the stage.
            make_refusal_trigger(
                name="stage_only_by_transition",
                constraint="project_stage_only_by_transition",
                message=_("阶段只能通过登记阶段变动来改变。"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__stage__df=pgtrigger.F("new__stage")),
                unless="pg_trigger_depth() > 1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class ProjectSupport(Versioned):
    """A department that supports a project led by another (配合单位)."""

    project = models.ForeignKey(Project, models.CASCADE, verbose_name=_("重大项目"))
    department = models.ForeignKey(Department, models.PROTECT, verbose_name=_("配合单位"))

    class Meta:
        verbose_name = _("配合单位")
        verbose_name_plural = _("配合单位")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "department"],
                name="projectsupport_once",
                violation_error_message=_("该单位已是配合单位。"),
            )
        ]

    def __str__(self) -> str:
        return str(self.department)


class ProjectCodeCounter(models.Model):
    """The last serial given out in a year: a code is never reused, not even after a deletion."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last_serial = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("编号计数")
        verbose_name_plural = _("编号计数")

    def __str__(self) -> str:
        return f"{self.year}: {self.last_serial}"


@append_only
class StageTransition(Recorded):
    """One move of a project to a stage, or the take-back of one (``revokes``)."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="transitions", verbose_name=_("重大项目")
    )
    from_stage = models.CharField(_("原阶段"), max_length=16, choices=Stage, blank=True)
    to_stage = models.CharField(_("新阶段"), max_length=16, choices=Stage)
    effective_on = models.DateField(_("生效日期"))
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("记录人")
    )
    evidence = models.CharField(_("依据"), max_length=500, blank=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    revokes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="revoked_by",
        verbose_name=_("撤销的变动"),
    )

    objects = StageTransitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("阶段变动")
        verbose_name_plural = _("阶段变动")
        ordering = ["project_id", "effective_on", "recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_stage__in=Stage.values), name="stagetransition_to_known"
            ),
            models.CheckConstraint(
                condition=Q(from_stage="") | Q(from_stage__in=Stage.values),
                name="stagetransition_from_known",
            ),
            models.CheckConstraint(
                condition=~Q(from_stage=F("to_stage")) | Q(revokes__isnull=False),
                name="stagetransition_moves",
            ),
            models.CheckConstraint(
                condition=Q(effective_on__lte=TruncDate("recorded_at")),
                name="stagetransition_not_in_the_future",
                violation_error_message=_("生效日期不能晚于今天。"),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sets_stage",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                # A move to the stage that the project is in already (its registration, above all)
                # cannot change it: the whole search is spared, which many rows at once feel.
                func="""
                    IF NEW.revokes_id IS NULL AND EXISTS (
                        SELECT 1 FROM projects_project p
                        WHERE p.id = NEW.project_id AND p.stage = NEW.to_stage
                    ) THEN
                        RETURN NULL;
                    END IF;
                    UPDATE projects_project SET stage = present.to_stage
                    FROM (
                        SELECT t.to_stage FROM projects_stagetransition t
                        WHERE t.project_id = NEW.project_id AND t.revokes_id IS NULL
                          AND NOT EXISTS (SELECT 1 FROM projects_stagetransition r
                                          WHERE r.revokes_id = t.id)
                        ORDER BY t.effective_on DESC, t.recorded_at DESC, t.id DESC LIMIT 1
                    ) present
                    WHERE projects_project.id = NEW.project_id
                      AND projects_project.stage IS DISTINCT FROM present.to_stage;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.from_stage} → {self.to_stage} {self.effective_on}"
