"""What stands in a project's way, and the money that is sought for it (domain §2)."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.choices import FundingState
from projects.core.tracking import Versioned, tracked
from projects.funding.querysets import FundingApplicationQuerySet
from projects.register.models import Project


class FundingChannel(models.TextChoices):
    CENTRAL_BUDGET = "central_budget", _("中央预算内投资")
    ULTRA_LONG_BOND = "ultra_long_bond", _("超长期特别国债")
    LOCAL_SPECIAL_BOND = "local_special_bond", _("地方政府专项债")
    REGION = "region", _("自治区资金")
    OTHER = "other", _("其他")


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
