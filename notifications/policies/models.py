"""When reminders are sent: the tiers as data, the days that were planned, who opted out."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.outbox.models import Tier
from notifications.policies.querysets import ReminderPolicyQuerySet, TierOptOutQuerySet
from projects.choices import Commitment
from projects.core.tracking import Recorded, Versioned, tracked
from projects.people.models import User

MOST_DAYS_BEFORE = 365
MOST_WORKING_DAYS_AFTER = 250


class Timing(models.TextChoices):
    """What a tier's ``days`` are counted from."""

    BEFORE = "before", _("到期前 (自然日)")
    AFTER = "after", _("逾期后 (工作日)")
    FORECAST = "forecast", _("预计完成晚于期限")


@tracked
class ReminderPolicy(Versioned):
    """A version of the tiers; the newest that is in force on a day counts."""

    number = models.PositiveSmallIntegerField(_("版次"), unique=True)
    in_force_from = models.DateField(_("启用日期"))
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = ReminderPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("提醒规则")
        verbose_name_plural = _("提醒规则")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number} ({self.in_force_from})"


@tracked
class TierRule(Versioned):
    """One tier of a policy, for a kind of deadline and a commitment ("": any).

    The officer and the reporters are always told; the three flags say who else is.
    """

    policy = models.ForeignKey(
        ReminderPolicy, models.CASCADE, related_name="rules", verbose_name=_("提醒规则")
    )
    kind = models.CharField(_("事项类别"), max_length=32, blank=True, help_text=_("空: 所有类别"))
    commitment = models.CharField(
        _("承诺强度"), max_length=8, choices=Commitment, blank=True, help_text=_("空: 所有强度")
    )
    tier = models.CharField(_("级别"), max_length=10, choices=Tier)
    timing = models.CharField(_("时点"), max_length=10, choices=Timing)
    days = models.PositiveSmallIntegerField(_("天数"))
    repeat_every = models.PositiveSmallIntegerField(_("此后每隔 (工作日)"), null=True, blank=True)
    to_heads = models.BooleanField(_("并告单位负责人"), default=False)
    to_supervisors = models.BooleanField(_("并告督查室"), default=False)
    to_sponsor = models.BooleanField(_("并告包联领导"), default=False)

    class Meta:
        verbose_name = _("提醒级别")
        verbose_name_plural = _("提醒级别")
        ordering = ["policy_id", "kind", "commitment", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "kind", "commitment", "tier", "timing", "days"],
                name="tierrule_once",
                violation_error_message=_("同一级别、时点和天数只能写一条。"),
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="tierrule_tier_known"),
            models.CheckConstraint(
                condition=Q(tier=Tier.REMIND, timing=Timing.BEFORE)
                | Q(
                    tier__in=[Tier.URGE, Tier.SUPERVISE], timing__in=[Timing.AFTER, Timing.FORECAST]
                ),
                name="tierrule_timing_fits",
                violation_error_message=_("提醒在到期前, 催办和督办在逾期后或预计逾期时。"),
            ),
            models.CheckConstraint(
                condition=Q(timing=Timing.BEFORE, days__lte=MOST_DAYS_BEFORE)
                | Q(timing=Timing.AFTER, days__range=(1, MOST_WORKING_DAYS_AFTER))
                | Q(timing=Timing.FORECAST, days=0),
                name="tierrule_days_fit",
                violation_error_message=_(
                    "到期前为 0 到 365 天; 逾期后为第 1 到 250 个工作日; 预计逾期写 0。"
                ),
            ),
            models.CheckConstraint(
                condition=Q(repeat_every__isnull=True)
                | Q(timing=Timing.AFTER, repeat_every__range=(1, MOST_WORKING_DAYS_AFTER)),
                name="tierrule_repeat_fits",
                violation_error_message=_("只有逾期后的级别可以每隔若干工作日重复。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.timing} {self.days}"


@tracked
class TierOptOut(Recorded, Versioned):
    """A person does not want the 提醒 of so many days ahead; 催办 and 督办 cannot be opted out of,
    nor can the reminder of the day itself."""

    user = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="tier_opt_outs",
        verbose_name=_("用户"),
        editable=False,
    )
    days_before = models.PositiveSmallIntegerField(_("提前天数"))

    objects = TierOptOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("免收的提醒")
        verbose_name_plural = _("免收的提醒")
        ordering = ["user_id", "-days_before"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "days_before"],
                name="tieroptout_once",
                violation_error_message=_("已经免收这一级提醒。"),
            ),
            models.CheckConstraint(
                condition=Q(days_before__range=(1, MOST_DAYS_BEFORE)),
                name="tieroptout_early_only",
                violation_error_message=_(
                    "只能免收提前 1 到 365 天的提醒; 到期当日的提醒、催办和督办不能免收。"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.days_before}"
