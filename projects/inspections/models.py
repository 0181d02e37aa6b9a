"""The quarterly inspection 观摩测评: rounds, what is scored, by whom (domain §3)."""

from decimal import Decimal

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from projects.core.tracking import Recorded, Versioned, append_only, make_refusal_trigger, tracked
from projects.inspections.freeze import (
    BY_AMENDMENT,
    OF_ENTRY,
    make_amendment_trigger,
    make_freeze_trigger,
    make_result_trigger,
    make_round_freeze_trigger,
)
from projects.inspections.querysets import (
    AmendmentQuerySet,
    InspectionDeductionQuerySet,
    InspectionEntryQuerySet,
    InspectionResultQuerySet,
    InspectionRoundQuerySet,
    InspectionScoreQuerySet,
)
from projects.people.models import User
from projects.register.models import Project

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class RoundStatus(models.TextChoices):
    DRAFT = "draft", _("筹备")
    OPEN = "open", _("评分中")
    CLOSED = "closed", _("已截止")
    PUBLISHED = "published", _("已公布")


class RoundMethod(models.TextChoices):
    TRIMMED_MEAN = "trimmed_mean", _("去掉最高最低分后取平均")
    MEAN = "mean", _("取平均")


@tracked
class InspectionRound(Versioned):
    """One quarter's inspection; scores come in only while it is open."""

    year = models.PositiveSmallIntegerField(_("年度"))
    quarter = models.PositiveSmallIntegerField(
        _("季度"), validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    status = models.CharField(
        _("状态"), max_length=10, choices=RoundStatus, default=RoundStatus.DRAFT, editable=False
    )
    method = models.CharField(
        _("计分办法"), max_length=16, choices=RoundMethod, default=RoundMethod.TRIMMED_MEAN
    )
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("评分截止"), null=True, blank=True)
    site_share = models.DecimalField(
        _("现场占比 (%)"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        validators=PERCENT,
        help_text=_("其余为经济数据占比。"),
    )
    deduction_cap = models.DecimalField(
        _("扣分上限"), max_digits=5, decimal_places=2, default=Decimal(5), validators=PERCENT
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准人"), editable=False
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("公布人"), editable=False
    )
    published_at = models.DateTimeField(_("公布时间"), null=True, editable=False)

    objects = InspectionRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("观摩测评")
        verbose_name_plural = _("观摩测评")
        ordering = ["-year", "-quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "quarter"],
                name="inspectionround_once",
                violation_error_message=_("该季度的观摩测评已存在。"),
            ),
            models.CheckConstraint(
                condition=Q(quarter__range=(1, 4)), name="inspectionround_quarter"
            ),
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)), name="inspectionround_year_plausible"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RoundStatus.values), name="inspectionround_status_known"
            ),
            models.CheckConstraint(
                condition=Q(site_share__range=(0, 100)), name="inspectionround_site_share"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(approved_at__isnull=False),
                name="inspectionround_published_after_approval",
                violation_error_message=_("市领导批准后才能公布。"),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="inspectionround_dates",
                violation_error_message=_("评分截止不能早于开始日期。"),
            ),
        ]
        triggers = [
            make_refusal_trigger(
                name="weights_add_up",
                constraint="inspectionround_weights_add_up",
                message=_("评分项权重合计应为 100。"),
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=~pgtrigger.Q(new__status="draft"),
                unless="(SELECT coalesce(sum(weight), 0) FROM projects_inspectioncriterion"
                " WHERE inspection_round_id = NEW.id) = 100",
            ),
            make_round_freeze_trigger(),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年第 {self.quarter} 季度"


@tracked
class InspectionCriterion(Versioned):
    """What is scored, and its weight among the round's criteria (they add up to 100)."""

    inspection_round = models.ForeignKey(
        InspectionRound, models.CASCADE, related_name="criteria", verbose_name=_("观摩测评")
    )
    name = models.CharField(_("评分项"), max_length=100)
    weight = models.DecimalField(
        _("权重"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )

    class Meta:
        verbose_name = _("评分项")
        verbose_name_plural = _("评分项")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection_round", "name"], name="inspectioncriterion_once"
            ),
            models.UniqueConstraint(
                fields=["id", "inspection_round"], name="inspectioncriterion_of_round"
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=100), name="inspectioncriterion_weight"
            ),
        ]
        triggers = [make_freeze_trigger()]

    def __str__(self) -> str:
        return self.name


@tracked
class JudgeGroup(Versioned):
    """A circle of judges (leaders, departments, deputies) and its weight on site."""

    inspection_round = models.ForeignKey(
        InspectionRound, models.CASCADE, related_name="judge_groups", verbose_name=_("观摩测评")
    )
    name = models.CharField(_("评委组"), max_length=100)
    weight = models.DecimalField(
        _("权重"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )

    class Meta:
        verbose_name = _("评委组")
        verbose_name_plural = _("评委组")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["inspection_round", "name"], name="judgegroup_once"),
            models.UniqueConstraint(fields=["id", "inspection_round"], name="judgegroup_of_round"),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=100), name="judgegroup_weight"
            ),
        ]
        triggers = [make_freeze_trigger()]

    def __str__(self) -> str:
        return self.name


@tracked
class InspectionJudge(Versioned):
    """A judge of a round, in a group where there are groups; ``absent`` ones are not waited for."""

    inspection_round = models.ForeignKey(
        InspectionRound, models.CASCADE, related_name="judges", verbose_name=_("观摩测评")
    )
    user = models.ForeignKey(
        User, models.PROTECT, related_name="judgeships", verbose_name=_("评委")
    )
    group = models.ForeignKey(
        JudgeGroup,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="judges",
        verbose_name=_("评委组"),
    )
    absent = models.BooleanField(_("缺席"), default=False)

    class Meta:
        verbose_name = _("评委")
        verbose_name_plural = _("评委")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection_round", "user"], name="inspectionjudge_once"
            ),
            models.UniqueConstraint(
                fields=["id", "inspection_round"], name="inspectionjudge_of_round"
            ),
        ]
        triggers = [make_freeze_trigger()]

    def __str__(self) -> str:
        return str(self.user)


@tracked
class InspectionEntry(Versioned):
    """A project shown in a round."""

    inspection_round = models.ForeignKey(
        InspectionRound, models.PROTECT, related_name="entries", verbose_name=_("观摩测评")
    )
    project = models.ForeignKey(
        Project, models.PROTECT, related_name="inspection_entries", verbose_name=_("重大项目")
    )
    league = models.CharField(_("组别"), max_length=40, blank=True)
    withdrawn = models.BooleanField(_("退出"), default=False, editable=False)
    data_points = models.DecimalField(
        _("经济数据得分"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=PERCENT,
    )
    data_source = models.CharField(_("经济数据出处"), max_length=200, blank=True)

    objects = InspectionEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("参评项目")
        verbose_name_plural = _("参评项目")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(data_points__isnull=True) | ~Q(data_source=""),
                name="inspectionentry_data_has_a_source",
                violation_error_message=_("经济数据得分须写明出处。"),
            ),
            models.CheckConstraint(
                condition=Q(data_points__range=(0, 100)), name="inspectionentry_data_points"
            ),
            models.UniqueConstraint(
                fields=["inspection_round", "project"],
                name="inspectionentry_once",
                violation_error_message=_("该项目已列入本轮测评。"),
            ),
            models.UniqueConstraint(
                fields=["id", "inspection_round"], name="inspectionentry_of_round"
            ),
        ]
        triggers = [make_freeze_trigger()]

    def __str__(self) -> str:
        return str(self.project)


class UnscaledDecimalField(models.DecimalField):
    """A decimal that the column stores as given: a scaled column would round 88.888 away
    before any check saw it."""

    def db_type(self, connection) -> str:
        return "numeric"


@tracked
class InspectionScore(Versioned):
    """One judge's points for one entry under one criterion: 0 to 100, two decimals at most.

    ``inspection_round`` repeats the entry's round so that composite foreign keys can hold entry,
    judge and criterion to the same round (the migration).
    """

    inspection_round = models.ForeignKey(
        InspectionRound, models.PROTECT, related_name="scores", editable=False
    )
    entry = models.ForeignKey(
        InspectionEntry, models.PROTECT, related_name="scores", verbose_name=_("参评项目")
    )
    judge = models.ForeignKey(
        InspectionJudge, models.PROTECT, related_name="scores", verbose_name=_("评委")
    )
    criterion = models.ForeignKey(
        InspectionCriterion, models.PROTECT, related_name="scores", verbose_name=_("评分项")
    )
    points = UnscaledDecimalField(_("得分"), max_digits=5, decimal_places=2)

    objects = InspectionScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("评分")
        verbose_name_plural = _("评分")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "judge", "criterion"],
                name="inspectionscore_once",
                violation_error_message=_("该评委对此项目的此评分项已打过分。"),
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=100), name="inspectionscore_range"
            ),
            models.CheckConstraint(
                condition=Q(points=Func(F("points"), 2, function="round")),
                name="inspectionscore_two_decimals",
            ),
        ]
        triggers = [make_freeze_trigger(unless=BY_AMENDMENT)]

    def __str__(self) -> str:
        return f"{self.entry_id} · {self.judge_id} · {self.points}"


@tracked
class InspectionDeduction(Versioned):
    """Points taken off an entry for criticism, each with its reason; capped by the round."""

    entry = models.ForeignKey(
        InspectionEntry, models.CASCADE, related_name="deductions", verbose_name=_("参评项目")
    )
    points = models.DecimalField(
        _("扣分"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )
    reason = models.CharField(_("理由"), max_length=500)

    objects = InspectionDeductionQuerySet.as_manager()

    class Meta:
        verbose_name = _("扣分")
        verbose_name_plural = _("扣分")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, points__lte=100), name="inspectiondeduction_range"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="inspectiondeduction_reason"),
        ]
        triggers = [make_freeze_trigger(rounds=OF_ENTRY)]

    def __str__(self) -> str:
        return f"{self.entry_id}: -{self.points}"


@append_only
class InspectionResult(Recorded):
    """An entry's result as published; an amendment adds a newer ``revision`` of all of them."""

    entry = models.ForeignKey(
        InspectionEntry, models.PROTECT, related_name="results", verbose_name=_("参评项目")
    )
    revision = models.PositiveSmallIntegerField(_("版次"), default=1)
    site_points = models.DecimalField(_("现场得分"), max_digits=5, decimal_places=2)
    data_points = models.DecimalField(_("经济数据得分"), max_digits=5, decimal_places=2, null=True)
    deducted = models.DecimalField(_("扣分"), max_digits=5, decimal_places=2)
    points = models.DecimalField(_("总分"), max_digits=5, decimal_places=2)
    league = models.CharField(_("组别"), max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(_("名次"))

    objects = InspectionResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("测评结果")
        verbose_name_plural = _("测评结果")
        ordering = ["entry__inspection_round_id", "league", "rank", "entry_id"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "revision"], name="inspectionresult_once")
        ]
        triggers = [make_result_trigger()]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.points} ({self.rank})"


@append_only
class Amendment(Recorded):
    """A correction after publication: which score, old, new, who and why."""

    inspection_round = models.ForeignKey(
        InspectionRound, models.PROTECT, related_name="amendments", verbose_name=_("观摩测评")
    )
    score = models.ForeignKey(
        InspectionScore, models.PROTECT, related_name="amendments", verbose_name=_("评分")
    )
    revision = models.PositiveSmallIntegerField(_("版次"))
    old_points = UnscaledDecimalField(_("原得分"), max_digits=5, decimal_places=2)
    new_points = UnscaledDecimalField(_("新得分"), max_digits=5, decimal_places=2)
    reason = models.CharField(_("理由"), max_length=500)
    amended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("更正人")
    )

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("更正")
        verbose_name_plural = _("更正")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="amendment_has_a_reason"),
            models.CheckConstraint(
                condition=Q(new_points__gte=0, new_points__lte=100)
                & Q(new_points=Func(F("new_points"), 2, function="round")),
                name="amendment_points",
            ),
        ]
        triggers = [make_amendment_trigger()]

    def __str__(self) -> str:
        return f"{self.score_id}: {self.old_points} → {self.new_points}"
