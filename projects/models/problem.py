"""What stands in a project's way, and the money that is sought for it (domain §2)."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.core.tracking import Versioned, tracked
from projects.models.organisation import Department, User
from projects.models.project import Project
from projects.querysets import FundingApplicationQuerySet, ProblemQuerySet


class ProblemKind(models.TextChoices):
    LAND = "land", _("用地")
    WATER = "water", _("用水")
    POWER = "power", _("用电")
    ENVIRONMENT = "environment", _("环评")
    MONEY = "money", _("资金")
    APPROVAL = "approval", _("审批")
    DEMOLITION = "demolition", _("拆迁")
    OTHER = "other", _("其他")


class ProblemState(models.TextChoices):
    RAISED = "raised", _("已提出")
    ASSIGNED = "assigned", _("已交办")
    SOLVED = "solved", _("已解决待确认")
    CONFIRMED = "confirmed", _("已销号")
    REOPENED = "reopened", _("重新打开")


@tracked
class Problem(Versioned):
    """A problem 堵点; closed only when whoever raised it confirms that it is solved."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="problems", verbose_name=_("重大项目")
    )
    kind = models.CharField(_("类别"), max_length=12, choices=ProblemKind)
    title = models.CharField(_("堵点"), max_length=200)
    description = models.TextField(_("情况"), blank=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=ProblemState, default=ProblemState.RAISED, editable=False
    )
    raised_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人"), editable=False
    )
    raised_on = models.DateField(_("提出日期"), editable=False)
    solver_department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="problems_to_solve",
        verbose_name=_("解决单位"),
        editable=False,
    )
    due_on = models.DateField(_("解决期限"), null=True, blank=True, editable=False)
    solution = models.TextField(_("解决情况"), blank=True, editable=False)
    solved_on = models.DateField(_("解决日期"), null=True, blank=True, editable=False)
    confirmed_on = models.DateField(_("销号日期"), null=True, blank=True, editable=False)
    reopened_reason = models.CharField(
        _("重新打开的理由"), max_length=500, blank=True, editable=False
    )

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("堵点")
        verbose_name_plural = _("堵点")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ProblemKind.values), name="problem_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProblemState.values), name="problem_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="raised")
                | Q(solver_department__isnull=False, due_on__isnull=False),
                name="problem_assigned_to_somebody_by_a_day",
                violation_error_message=_("交办堵点须写明解决单位和期限。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["solved", "confirmed"])
                | (Q(solved_on__isnull=False) & ~Q(solution="")),
                name="problem_solved_says_how",
                violation_error_message=_("须写明解决情况。"),
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", confirmed_on__isnull=False)
                | (~Q(state="confirmed") & Q(confirmed_on__isnull=True)),
                name="problem_confirmed_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="reopened") | ~Q(reopened_reason=""),
                name="problem_reopened_for_a_reason",
                violation_error_message=_("重新打开须写明理由。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FundingChannel(models.TextChoices):
    CENTRAL_BUDGET = "central_budget", _("中央预算内投资")
    ULTRA_LONG_BOND = "ultra_long_bond", _("超长期特别国债")
    LOCAL_SPECIAL_BOND = "local_special_bond", _("地方政府专项债")
    REGION = "region", _("自治区资金")
    OTHER = "other", _("其他")


class FundingState(models.TextChoices):
    PLANNED = "planned", _("谋划")
    SUBMITTED = "submitted", _("已申报")
    GRANTED = "granted", _("已获批")
    REFUSED = "refused", _("未获批")


@tracked
class FundingApplication(Versioned):
    """Money asked for a project through a channel 资金争取 (work report §三（四）). 万元."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="funding_applications", verbose_name=_("重大项目")
    )
    channel = models.CharField(_("渠道"), max_length=20, choices=FundingChannel)
    state = models.CharField(
        _("状态"), max_length=10, choices=FundingState, default=FundingState.PLANNED
    )
    asked = models.DecimalField(
        _("申请金额 (万元)"),
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0), _("金额不能为负数。"))],
    )
    granted = models.DecimalField(
        _("获批金额 (万元)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0), _("金额不能为负数。"))],
    )
    submitted_on = models.DateField(_("申报日期"), null=True, blank=True)
    decided_on = models.DateField(_("批复日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = FundingApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("资金争取")
        verbose_name_plural = _("资金争取")
        ordering = ["-submitted_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=FundingChannel.values), name="fundingapplication_channel"
            ),
            models.CheckConstraint(
                condition=Q(state__in=FundingState.values), name="fundingapplication_state_known"
            ),
            models.CheckConstraint(
                condition=Q(asked__gte=0), name="fundingapplication_asked_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(granted__gte=0), name="fundingapplication_granted_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(granted__isnull=False, decided_on__isnull=False),
                name="fundingapplication_granted_says_what",
                violation_error_message=_("已获批须写明获批金额和批复日期。"),
            ),
            models.CheckConstraint(
                condition=Q(state="planned") | Q(submitted_on__isnull=False),
                name="fundingapplication_submitted_on_a_day",
                violation_error_message=_("已申报须写明申报日期。"),
            ),
            models.CheckConstraint(
                condition=Q(state="granted") | Q(granted__isnull=True),
                name="fundingapplication_granted_only_when_granted",
                violation_error_message=_("未获批的申请没有获批金额。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(decided_on__isnull=False),
                name="fundingapplication_refused_on_a_day",
                violation_error_message=_("未获批须写明批复日期。"),
            ),
            models.CheckConstraint(
                condition=Q(decided_on__gte=F("submitted_on")),
                name="fundingapplication_dates",
                violation_error_message=_("批复日期不能早于申报日期。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} · {self.get_channel_display()}"
